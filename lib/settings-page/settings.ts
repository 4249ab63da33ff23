import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { infraConfig } from '../config/schema.ts';
import { readComments } from './read-comments.ts';

/** One setting, as the page shows it. */
export interface Setting {
  /** `alerts.critical.email`; `[]` after a list. */
  readonly path: string;
  readonly values: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** A member of the configuration, with its settings. */
export interface SettingsGroup {
  /** `database`, or `database of kind 'neon'`. */
  readonly title: string;
  readonly meaning: string;
  readonly settings: readonly Setting[];
}

/** The part of JSON Schema that zod generates for these settings. */
interface SettingSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly items?: SettingSchema;
  readonly additionalProperties?: SettingSchema | false;
  readonly oneOf?: readonly SettingSchema[];
}

const SOURCES = [
  ...[
    'service',
    'database-backend',
    'capacity-schedule',
    'schema',
    'api',
    'functions',
    'retention',
    'thresholds',
    'alerts',
  ].map((name) => `lib/config/${name}.ts`),
  'functions/contract/thresholds.ts',
];

/** The constants that describe settings under another name. */
const DESCRIBED_BY: readonly [path: RegExp, constants: readonly string[]][] = [
  [/^database\.capacitySchedule\[\]/, ['capacityChange']],
  [/^(?:ingest|deletion|restoration|reads|referenceData|health)/, ['apiFunction']],
  [/^thresholds/, ['thresholdsSchema', 'platformThresholds']],
  [/^alerts\.(?:warning|critical)\.slack\[\]/, ['slackChannel']],
  [/^alerts\.(?:warning|critical)/, ['recipients']],
  [/^console/, ['webConsole']],
];

/** All settings, by the members of the configuration. */
export function settingsGroups(): SettingsGroup[] {
  const schema = z.toJSONSchema(infraConfig, { io: 'input', unrepresentable: 'any' }) as SettingSchema;
  const comments = new Map(
    SOURCES.flatMap((file) => [...readComments(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))]),
  );
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    (member.oneOf ?? [member]).map((one) => groupOf(name, one, comments)),
  );
}

type Comments = ReadonlyMap<string, string>;

function groupOf(name: string, member: SettingSchema, comments: Comments): SettingsGroup {
  const kind = member.properties?.['kind']?.const;
  const constants = kind === undefined ? [] : [String(kind)];
  return {
    title: kind === undefined ? name : `${name} of kind '${String(kind)}'`,
    meaning: [...constants, name, ...constantsOf(name)].map((one) => comments.get(one)).find(Boolean) ?? '',
    settings: membersOf(name, member, comments, constants),
  };
}

/** Pairs of thresholds are one setting, because one comment describes both. */
const isPair = ({ properties = {} }: SettingSchema): boolean => {
  const [first] = Object.entries(properties);
  return first !== undefined && /^(?:warning|critical)$/.test(first[0]) && first[1].properties === undefined;
};

function membersOf(path: string, schema: SettingSchema, comments: Comments, constants: readonly string[]): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const own = `${path}.${name}`;
    if (name === 'kind' && member.const !== undefined) return [];
    const meaning = meaningOf(own, comments, constants);
    const item = member.items?.properties ? member.items : undefined;
    const setting: Setting = { path: own, values: valuesOf(member), fallback: fallbackOf(member), meaning };
    if (isPair(member)) return [setting];
    if (item) return [setting, ...membersOf(`${own}[]`, item, comments, constants)];
    if (member.properties) return [...(meaning ? [setting] : []), ...membersOf(own, member, comments, constants)];
    return [setting];
  });
}

const constantsOf = (path: string): readonly string[] =>
  DESCRIBED_BY.find(([pattern]) => pattern.test(path))?.[1] ?? [];

/** The comment for the longest end of the path that a constant has. */
function meaningOf(path: string, comments: Comments, constants: readonly string[]): string {
  const [root = '', ...names] = path.replaceAll('[]', '').split('.');
  const roots = [...constantsOf(path), ...constants, root];
  const ends = names.map((_, at) => names.slice(at).join('.'));
  for (const end of ends)
    for (const one of roots) {
      const comment = comments.get(`${one}.${end}`);
      if (comment !== undefined) return comment;
    }
  return '';
}

function valuesOf(schema: SettingSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (isPair(schema)) {
    const [pair = {}] = Object.values(schema.properties ?? {});
    return `${Object.keys(schema.properties ?? {}).join(' and ')}, each ${valuesOf(pair)}`;
  }
  if (schema.properties) return 'group';
  if (schema.type === 'array')
    return `list of ${schema.items?.properties ? 'groups' : valuesOf(schema.items ?? {})}${countOf(schema)}`;
  if (schema.additionalProperties) return `${valuesOf(schema.additionalProperties)} by name`;
  if (schema.type === 'string') return 'text';
  return `${schema.type === 'boolean' ? '`true`, `false`' : (schema.type ?? 'value')}${rangeOf(schema)}`;
}

function countOf({ minItems, maxItems }: SettingSchema): string {
  if (minItems !== undefined && minItems === maxItems) return `, ${minItems}`;
  if (maxItems !== undefined) return `, ${minItems ?? 0} to ${maxItems}`;
  return minItems === undefined ? '' : `, ${minItems} or more`;
}

function rangeOf({ minimum, exclusiveMinimum, maximum, multipleOf }: SettingSchema): string {
  const from = exclusiveMinimum === undefined ? minimum : `over ${exclusiveMinimum}`;
  const to = maximum === Number.MAX_SAFE_INTEGER ? ' or more' : ` to ${maximum}`;
  const range = from === undefined || maximum === undefined ? '' : `, ${from}${to}`;
  return `${range}${multipleOf === undefined ? '' : `, by ${multipleOf}`}`;
}

function fallbackOf(schema: SettingSchema): string {
  if (isPair(schema))
    return Object.values(schema.properties ?? {})
      .map((one) => JSON.stringify(one.default))
      .join(', ');
  if (schema.properties) return '';
  return schema.default === undefined ? 'none' : `\`${JSON.stringify(schema.default)}\``;
}
