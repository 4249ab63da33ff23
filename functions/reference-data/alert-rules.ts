import type { Page } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { Rule } from '../contract/reference-data.ts';
import type { CallOptions, Database } from '../database/database.ts';
import type { Versioned } from './instruments.ts';
import { listByName, type NamedListQuery } from './list-by-name.ts';
import { findRule, listRules, type RuleRow } from './sql/alert-rules.ts';

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
export async function ruleByName(database: Database, name: string, options: CallOptions): Promise<Versioned<Rule>> {
  const [row] = await database.run<RuleRow>(findRule(name), options);
  return versionedRule(row);
}

/**
 * A rule with the ETag of its state.
 * @throws Problem rule_not_found
 */
export function versionedRule(row: RuleRow | undefined): Versioned<Rule> {
  if (row === undefined) throw new Problem('rule_not_found', 'no alert rule has this name');
  return { value: toRule(row), version: row.version };
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
