import { type FieldError, Problem } from '../contract/problem.ts';
import type { Rule, RuleList, RulePatch, RuleRequest } from '../contract/reference-data.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { versionedRule } from './alert-rules.ts';
import { applyChange, applyChanges, type ChangeCounts, type ChangeRequest, repeatedPlaces } from './apply-change.ts';
import { type InstrumentChoice, instrumentFilterOf, instrumentIdOf, type Versioned } from './instruments.ts';
import { findRuleInstruments } from './sql/alert-rules.ts';
import { type RuleItem, ruleTable } from './sql/put-rules.ts';

/**
 * Creates a rule, or replaces it.
 * @throws Problem precondition_failed, instrument_not_found
 */
export async function putRule(
  database: Database,
  name: string,
  request: RuleRequest,
  change: ChangeRequest,
): Promise<Versioned<Rule>> {
  const instrumentId = await instrumentIdOf(database, request, change.options);
  return versionedRule(await applyChange(database, ruleTable, itemOf(name, instrumentId, request), change, true));
}

/**
 * Changes what the request names.
 * @throws Problem precondition_failed, rule_not_found, instrument_not_found
 */
export async function patchRule(
  database: Database,
  name: string,
  request: RulePatch,
  change: ChangeRequest,
): Promise<Versioned<Rule>> {
  const instrumentId = await instrumentFilterOf(database, request, change.options);
  return versionedRule(await applyChange(database, ruleTable, itemOf(name, instrumentId, request), change, false));
}

/**
 * Creates or replaces many, all or none.
 * @throws Problem invalid_request if a name occurs twice or an instrument is unknown, which says where
 */
export async function putRules(
  database: Database,
  { alertRules }: RuleList,
  change: ChangeRequest,
): Promise<ChangeCounts> {
  const named = await findInstruments(database, alertRules, change.options);
  const repeated = repeatedPlaces(alertRules.map(({ name }) => name)).map((place): FieldError => {
    const message = 'is the name of a rule before it';
    return { path: `alertRules.${place}.name`, code: 'repeated_name', message };
  });
  const unknown = alertRules.flatMap((request, place): FieldError[] => {
    if (named(request) !== undefined) return [];
    const field = request.symbol === undefined ? 'instrumentId' : 'symbol';
    return [{ path: `alertRules.${place}.${field}`, code: 'unknown_instrument', message: 'names no instrument' }];
  });
  const errors = [...repeated, ...unknown];
  if (errors[0] !== undefined)
    throw new Problem('invalid_request', `${errors[0].path} ${errors[0].message}; nothing was changed`, { errors });
  const items = alertRules.map((request) => itemOf(request.name, named(request) ?? null, request));
  return applyChanges(database, ruleTable, items, change);
}

/** Finds the instruments of rules at once: their ids, undefined for one that does not exist. */
async function findInstruments(
  database: Database,
  requests: readonly InstrumentChoice[],
  options: CallOptions,
): Promise<(choice: InstrumentChoice) => number | undefined> {
  const ids = new Set(requests.flatMap(({ instrumentId }) => instrumentId ?? []));
  const symbols = new Set(requests.flatMap(({ symbol }) => symbol ?? []));
  const found = await database.run<{ id: number; symbol: string }>(
    findRuleInstruments([...ids], [...symbols]),
    options,
  );
  const bySymbol = new Map(found.map(({ id, symbol }) => [symbol, id]));
  const known = new Set(found.map(({ id }) => id));
  return ({ instrumentId, symbol }) =>
    symbol === undefined ? (known.has(instrumentId ?? 0) ? instrumentId : undefined) : bySymbol.get(symbol);
}

/** The values that a request stores: null for what it does not name, and 0 for a null that it names. */
const itemOf = (name: string, instrumentId: number | null, request: RulePatch): RuleItem => ({
  name,
  instrumentId,
  ruleType: request.ruleType ?? null,
  condition: request.condition ?? null,
  threshold: request.threshold ?? null,
  timeWindowSeconds: request.timeWindowSeconds === null ? 0 : (request.timeWindowSeconds ?? null),
  movingAveragePeriod: request.movingAveragePeriod === null ? 0 : (request.movingAveragePeriod ?? null),
  cooldownSeconds: request.cooldownSeconds ?? null,
  active: request.active ?? null,
});
