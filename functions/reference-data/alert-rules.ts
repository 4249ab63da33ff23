import type { Page } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { Rule, RuleRequest } from '../contract/reference-data.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { instrumentIdOf } from './instruments.ts';
import { listByName, type NamedListQuery } from './list-by-name.ts';
import { findRule, listRules, putRule, type RuleRow } from './sql/alert-rules.ts';

/**
 * Rules, by name.
 * @throws Problem invalid_request for a cursor that is not valid
 */
export const listRulePage = (database: Database, query: NamedListQuery, options: CallOptions): Promise<Page<Rule>> =>
  listByName<RuleRow, Rule>(
    database,
    query,
    { statement: listRules, toItem: toRule, nameOf: ({ name }) => name },
    options,
  );

/** @throws Problem rule_not_found */
export async function ruleByName(database: Database, name: string, options: CallOptions): Promise<Rule> {
  const [row] = await database.run<RuleRow>(findRule(name), options);
  if (row === undefined) throw new Problem('rule_not_found', 'no alert rule has this name');
  return toRule(row);
}

/**
 * Creates a rule, or replaces it.
 * @throws Problem instrument_not_found
 */
export async function saveRule(
  database: Database,
  name: string,
  request: RuleRequest,
  options: CallOptions,
): Promise<Rule> {
  const instrumentId = await instrumentIdOf(database, request, options);
  const [rows] = await database.transaction([putRule(name, instrumentId, request)], options);
  return toRule(rows?.[0] as RuleRow);
}

function toRule(row: RuleRow): Rule {
  return {
    id: row.id,
    name: row.name,
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    ruleType: row.rule_type as Rule['ruleType'],
    condition: row.condition as Rule['condition'],
    threshold: row.threshold,
    timeWindowSeconds: row.time_window_seconds,
    movingAveragePeriod: row.moving_average_period,
    cooldownSeconds: row.cooldown_seconds,
    active: row.active,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
