import type { Datum } from './datum.ts';

/** What CloudWatch reads from a line of a function's output. */
export type EmfReading =
  /** A log line that is not in the embedded metric format. */
  | { readonly kind: 'none' }
  | { readonly kind: 'metrics'; readonly data: readonly Datum[] }
  /** Meant as metrics, but CloudWatch would extract nothing from it. */
  | { readonly kind: 'malformed'; readonly problem: string };

const MAX_BYTES = 1024 * 1024;
const MAX_DIMENSIONS = 30;
const MAX_METRICS = 100;
const MAX_VALUES = 100;
const MAX_DIMENSION_VALUE = 1024;

class Malformed extends Error {}

type EmfJson = Readonly<Record<string, unknown>>;

/**
 * Reads a line in the embedded metric format. Only the listed sets of dimensions are published, each as it is, without
 * further aggregation. As on CloudWatch, a fault anywhere in the line loses all of its metrics.
 */
export function readEmf(line: string): EmfReading {
  const event = parsed(line);
  if (event === undefined || !isObject(event['_aws'])) return { kind: 'none' };
  try {
    if (Buffer.byteLength(line) > MAX_BYTES) throw new Malformed(`the line has more than ${MAX_BYTES} bytes`);
    return { kind: 'metrics', data: [...read(event, event['_aws'])] };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', problem: error.message };
    throw error;
  }
}

function* read(event: EmfJson, metadata: EmfJson): Generator<Datum> {
  const { Timestamp: timestamp, CloudWatchMetrics: directives } = metadata;
  if (!Number.isSafeInteger(timestamp)) throw new Malformed('_aws.Timestamp must be epoch milliseconds');
  for (const directive of objects(directives, '_aws.CloudWatchMetrics')) {
    const { Namespace: namespace, Dimensions: sets, Metrics: metrics } = directive;
    if (typeof namespace !== 'string' || namespace === '') throw new Malformed('a Namespace is missing');
    const dimensionSets = readSets(event, sets);
    const definitions = objects(metrics, 'Metrics');
    if (definitions.length > MAX_METRICS) throw new Malformed(`more than ${MAX_METRICS} metrics`);
    for (const definition of definitions) {
      const metric = { namespace, timestamp: timestamp as number, ...readMetric(event, definition) };
      for (const dimensions of dimensionSets) yield { ...metric, dimensions };
    }
  }
}

function readMetric(event: EmfJson, definition: EmfJson): Pick<Datum, 'name' | 'value' | 'unit' | 'resolution'> {
  const { Name: name, Unit: unit = 'None', StorageResolution: resolution = 60 } = definition;
  if (typeof name !== 'string' || name === '') throw new Malformed('a metric has no Name');
  if (typeof unit !== 'string') throw new Malformed(`the Unit of ${name} must be a string`);
  if (resolution !== 1 && resolution !== 60) throw new Malformed(`the StorageResolution of ${name} must be 1 or 60`);
  const target = event[name];
  if (target === undefined) throw new Malformed(`${name} is not at the root of the line`);
  const values = Array.isArray(target) ? target : [target];
  if (values.length > MAX_VALUES) throw new Malformed(`${name} has more than ${MAX_VALUES} values`);
  if (!values.every(isNumber)) throw new Malformed(`${name} must be a number or an array of numbers`);
  return { name, value: values, unit, resolution };
}

function readSets(event: EmfJson, sets: unknown): Record<string, string>[] {
  if (!Array.isArray(sets)) throw new Malformed('Dimensions must be an array of arrays');
  return sets.map((names: unknown) => {
    if (!Array.isArray(names)) throw new Malformed('Dimensions must be an array of arrays');
    if (names.length > MAX_DIMENSIONS) throw new Malformed(`more than ${MAX_DIMENSIONS} dimensions in a set`);
    return Object.fromEntries(names.map((name: unknown) => [String(name), readDimension(event, String(name))]));
  });
}

function readDimension(event: EmfJson, name: string): string {
  const value = event[name];
  if (typeof value !== 'string' || value === '')
    throw new Malformed(`the dimension ${name} must be a string at the root of the line`);
  if (value.length > MAX_DIMENSION_VALUE)
    throw new Malformed(`the dimension ${name} has more than ${MAX_DIMENSION_VALUE} characters`);
  return value;
}

function objects(value: unknown, what: string): EmfJson[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new Malformed(`${what} must be an array of objects`);
  return value;
}

function parsed(line: string): EmfJson | undefined {
  // most lines are ordinary log lines
  if (!line.includes('"_aws"')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is EmfJson =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
