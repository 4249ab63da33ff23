import type { RouteName } from './endpoints.ts';
import { BODY_EXAMPLES, type Example, RECORD_EXAMPLES } from './examples.ts';
import { PROBLEMS, type ProblemCode, problemType } from './problem.ts';

/** Where an example of a problem says more than its title. */
const DETAILS: Readonly<Partial<Record<ProblemCode, string>>> = {
  invalid_request: 'limit: must be at most 10000',
  malformed_body: 'the body is not JSON: unexpected end at character 17',
  instrument_not_found: 'there is no instrument XYZ',
  idempotency_key_reused: 'this idempotency key belongs to a request with another payload',
  expected_count_mismatch: '61 rows would change, not 60',
  all_rejected: 'nothing was written: 60 of 60 records were rejected, because price must be a finite number',
  pool_exhausted: 'no connection was free in time: nothing was written',
  database_unavailable: 'retry, a write with the same Idempotency-Key',
  body_too_large: 'the body has 7340032 bytes, and 6291456 are allowed: gzip makes it about ten times smaller',
};

/** Fields that a problem points at. */
const ERRORS: Readonly<Partial<Record<ProblemCode, readonly object[]>>> = {
  invalid_request: [{ path: 'limit', code: 'too_big', message: 'must be at most 10000' }],
};

/** The name of a problem's example among the components. */
export const problemExampleName = (code: ProblemCode): string => `problem_${code}`;

/** An example of each problem, once: operations refer to them. */
export function problemExamples(codes: Iterable<ProblemCode>): Record<string, Example> {
  return Object.fromEntries(
    [...codes].map((code) => {
      const { status, category, title } = PROBLEMS[code];
      const value = {
        ...{ type: problemType(code), title, status, detail: DETAILS[code] ?? title.toLowerCase() },
        ...{ instance: '/v1/market-data', code, category, requestId: '5f0c1c3e-3f0d-4f6a-9d8f-0e4d7f6b2a11' },
        errors: ERRORS[code] ?? [],
      };
      return [problemExampleName(code), { summary: title, value }];
    }),
  );
}

/** A batch in each form that it can be sent in, or a JSON body. */
export function requestExamples(name: RouteName): {
  json: Readonly<Record<string, Example>>;
  ndjson?: Readonly<Record<string, Example>>;
  csv?: Readonly<Record<string, Example>>;
  tsv?: Readonly<Record<string, Example>>;
} {
  const records = RECORD_EXAMPLES[name];
  if (records === undefined) return { json: BODY_EXAMPLES[name] ?? {} };
  const lines = records.map((record) => JSON.stringify(record)).join('\n');
  return {
    json: { batch: { summary: 'Two records', value: { records } } },
    ndjson: { lines: { summary: 'One record per line', value: `${lines}\n` } },
    csv: { table: { summary: 'A header line, then one record per line', value: tableOf(records, ',') } },
    tsv: { table: { summary: 'The same with tabs', value: tableOf(records, '\t') } },
  };
}

/** Records as a header line and lines of cells. */
export function tableOf(records: readonly object[], delimiter: string): string {
  const fields = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) =>
    fields.map((field) => (record as Record<string, unknown>)[field] ?? '').join(delimiter),
  );
  return `${[fields.join(delimiter), ...rows].join('\n')}\n`;
}
