import { ServiceError } from './service-error.ts';

/** A value on the wire: one member of these is set. */
export interface SqlParameterValue {
  readonly isNull?: boolean;
  readonly booleanValue?: boolean;
  readonly longValue?: number | string;
  readonly doubleValue?: number | string;
  readonly stringValue?: string;
  /** Base64. */
  readonly blobValue?: string;
  readonly arrayValue?: unknown;
}

export interface SqlParameter {
  readonly name?: string;
  readonly value?: SqlParameterValue;
  readonly typeHint?: string;
}

/** A statement for Postgres: numbered placeholders, and the type that each one's value had on the wire. */
export interface BoundStatement {
  readonly text: string;
  readonly values: (string | number | boolean | Buffer | null)[];
  /** OIDs; 0 leaves it to Postgres. */
  readonly types: number[];
}

/** What each hint makes of a string (OIDs from pg_type.dat), and how it must look. */
const HINTS: Record<string, { readonly type: number; readonly form: RegExp }> = {
  DATE: { type: 1082, form: /^\d{4}-\d\d-\d\d$/ },
  DECIMAL: { type: 1700, form: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/ },
  JSON: { type: 114, form: /^/ },
  TIME: { type: 1083, form: /^\d\d:\d\d:\d\d(\.\d{1,3})?$/ },
  TIMESTAMP: { type: 1114, form: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/ },
  UUID: { type: 2950, form: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i },
};

/** In the order they are tried: what no placeholder can be in, casts, and placeholders. */
const TOKENS =
  /(?<![\w$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(?<![\w$])(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|::|:=|:([A-Za-z_]\w*)/g;

/**
 * Binds named parameters. Each value has the type it had on the wire: a string is text, and Postgres turns text into nothing
 * else unless the statement says so, which is what clients of the service stumble over.
 * @throws ServiceError for an array, a name without a value, or a value that its hint does not take
 */
export function bind(sql: string, parameters: readonly SqlParameter[]): BoundStatement {
  const byName = new Map(parameters.map((parameter) => [parameter.name ?? '', parameter]));
  const values: BoundStatement['values'] = [];
  const types: number[] = [];
  const placeholders = new Map<string, string>();
  const text = sql.replace(TOKENS, (token: string, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined) return token;
    const known = placeholders.get(name);
    if (known !== undefined) return known;
    const parameter = byName.get(name);
    if (parameter === undefined) throw new ServiceError('BadRequestException', `Cannot find parameter: ${name}`);
    const { value, type } = typed(parameter);
    values.push(value);
    types.push(type);
    const placeholder = `$${values.length}`;
    placeholders.set(name, placeholder);
    return placeholder;
  });
  return { text, values, types };
}

function typed({ name, value = {}, typeHint }: SqlParameter): {
  value: BoundStatement['values'][0];
  type: number;
} {
  if (value.arrayValue !== undefined)
    throw new ServiceError('BadRequestException', 'Array parameters are not supported.');
  if (value.isNull) return { value: null, type: 0 };
  if (value.booleanValue !== undefined) return { value: value.booleanValue, type: 16 };
  if (value.longValue !== undefined) return { value: String(value.longValue), type: 20 };
  if (value.doubleValue !== undefined) return { value: String(value.doubleValue), type: 701 };
  if (value.blobValue !== undefined) return { value: Buffer.from(value.blobValue, 'base64'), type: 17 };
  if (value.stringValue === undefined) throw new ServiceError('BadRequestException', `Parameter ${name} has no value.`);
  if (typeHint === undefined) return { value: value.stringValue, type: 25 };
  const hint = HINTS[typeHint];
  if (hint === undefined)
    throw new ServiceError('ValidationException', `typeHint must be one of ${Object.keys(HINTS)}.`);
  if (!hint.form.test(value.stringValue))
    throw new ServiceError('BadRequestException', `Parameter ${name} is not of the form that ${typeHint} takes.`);
  return { value: value.stringValue, type: hint.type };
}
