import { nearestOf } from '../../functions/contract/nearest.ts';
import { type InfraConfig, readConfig, type Settings } from './schema.ts';

/** The context value that names a stage: `npx cdk deploy -c stage=prod`; several by commas. */
export const STAGE_CONTEXT = 'stage';

type Partially<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Partially<T[K]> } : T;

/** What one stage changes of the configuration that all stages share. */
export type StageConfig = Partially<InfraConfig>;

/** Stages by name. */
export type Stages = Readonly<Record<string, StageConfig>>;

/**
 * The configuration of a stage: the shared one with what the stage changes. Groups are merged setting by setting, lists are
 * replaced, and a `database` of another kind replaces the whole group. Without a name of its own, a stage's service is called
 * `<name>-<stage>`, and the secret of an external database `<that name>/database`, so that stages share nothing by accident.
 * @param stage undefined is the shared configuration itself
 * @throws Error if there is no such stage, with the nearest
 */
export function configOfStage(config: InfraConfig, stages: Stages, stage: string | undefined): InfraConfig {
  if (stage === undefined) return config;
  const names = Object.keys(stages);
  const changes = stages[stage];
  if (changes === undefined) {
    const hint = names.length === 0 ? 'it has none' : `the nearest is ${nearestOf(stage, names)}`;
    throw new Error(`There is no stage ${stage} in infra.config.ts; ${hint}.`);
  }
  const merged = merge(config, changes) as InfraConfig;
  const name = changes.service?.name ?? `${config.service?.name ?? 'tick-store'}-${stage}`;
  return { ...merged, service: { ...merged.service, name }, ...ownSecret(merged, name) };
}

/** @throws Error naming file and stage, with one line for each wrong setting */
export const readStage = (config: InfraConfig, stage: string | undefined): Settings =>
  readConfig(config, stage === undefined ? 'infra.config.ts' : `infra.config.ts, stage ${stage},`);

/** The stages that a context value names. @returns [undefined], the shared configuration, without one */
export const stagesIn = (context: unknown): (string | undefined)[] =>
  typeof context === 'string' && context !== '' ? context.split(',').map((name) => name.trim()) : [undefined];

/**
 * @throws Error if two of the deployments would have the same names in one account and region, or the same stage twice
 */
export function refuseCollisions(settings: readonly Settings[]): void {
  const seen = new Set<string>();
  for (const { service } of settings) {
    const place = `${service.name} in account ${service.account ?? 'of the credentials'}, region ${service.region ?? 'of the credentials'}`;
    if (seen.has(place)) throw new Error(`Two stages would both be ${place}: give each a service.name of its own.`);
    seen.add(place);
  }
}

function ownSecret({ database }: InfraConfig, name: string): Pick<InfraConfig, 'database'> {
  if (database === undefined || database.kind === 'aurora' || database.secretName !== undefined) return {};
  return { database: { ...database, secretName: `${name}/database` } };
}

type Group = Readonly<Record<string, unknown>>;
const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (!isGroup(base) || !isGroup(changes)) return changes;
  if ('kind' in changes && changes['kind'] !== base['kind']) return changes;
  const names = new Set([...Object.keys(base), ...Object.keys(changes)]);
  return Object.fromEntries([...names].map((name) => [name, merge(base[name], changes[name])]));
}
