import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../functions/contract/openapi.ts';
import { PROBLEMS, problem } from '../../functions/contract/problem.ts';
import type { Route } from '../../functions/contract/route.ts';
import { routes } from '../../functions/contract/routes.ts';
import { TEST_RELEASE } from '../support/openapi-file.ts';
import { startService, type TestService } from '../support/service.ts';

const run = promisify(execFile);
// biome-ignore lint/suspicious/noExplicitAny: the document is read as a client would
const document = openApiDocument(TEST_RELEASE) as any;
const table = Object.entries(routes) as [string, Route][];

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('the document is valid to an outside linter, without an error or a warning', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'openapi-'));
  const file = join(directory, 'openapi.json');
  try {
    await writeFile(file, JSON.stringify(document));
    // `batches/{batchId}` and `{id}/history` cannot both match, because an id is a number
    const options = ['--format=json', '--skip-rule=no-ambiguous-paths'];
    const { stdout } = await run('npx', ['--no-install', 'redocly', 'lint', file, ...options]);
    const { totals, problems } = JSON.parse(stdout.slice(stdout.indexOf('{')));
    expect([totals.errors, totals.warnings, problems]).toEqual([0, 0, []]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the service returns it, with its release', async () => {
  const { status, body } = await service.get('/v1/openapi.json');
  expect([status, body.openapi, body.info.version]).toEqual([200, '3.1.1', TEST_RELEASE]);
  expect(body).toEqual(JSON.parse(JSON.stringify(document)));
});

test('it is the same text each time', async () => {
  const [first, second] = [await service.get('/v1/openapi.json'), await service.get('/v1/openapi.json')];
  expect(first.text).toBe(second.text);
  expect(JSON.stringify(openApiDocument('1'))).toBe(JSON.stringify(openApiDocument('1')));
});

test('it has exactly the routes of the table', () => {
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as object).map(([method, operation]) => `${operation.operationId} ${method} ${path}`),
  );
  expect(listed.sort()).toEqual(
    table.map(([name, route]) => `${name} ${route.method.toLowerCase()} ${route.path}`).sort(),
  );
});

test.each(table)('%s has its parameters, its body, its response and its problems', (name, route) => {
  const operation = document.paths[route.path][route.method.toLowerCase()];
  const named = (where: string) =>
    operation.parameters
      .filter((parameter: { in: string }) => parameter.in === where)
      .map((parameter: { name: string }) => parameter.name);
  expect(named('path')).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
  expect(named('query')).toEqual(Object.keys((route.query as unknown as { shape: object }).shape));
  const conditions = route.method === 'PATCH' ? ['If-Match'] : ['If-Match', 'If-None-Match'];
  expect(named('header')).toEqual([
    ...(route.idempotent ? ['Idempotency-Key'] : []),
    ...(route.conditional ? conditions : []),
  ]);
  expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
  expect(operation.responses[200].content['application/json'].schema).toBeTypeOf('object');
  for (const code of route.problems)
    expect([name, operation.responses[PROBLEMS[code].status].description]).toEqual([
      name,
      expect.stringContaining(`\`${code}\``),
    ]);
  // API Gateway itself returns 403, without a request id from the service
  const ours = Object.entries(operation.responses as Record<string, { headers: object }>).filter(
    ([status]) => status !== '403',
  );
  for (const [status, response] of ours)
    expect([status, Object.keys(response.headers)]).toEqual([status, expect.arrayContaining(['X-Request-Id'])]);
});

test.each(table)('%s has a description, and its examples are valid requests and responses', (name, route) => {
  const operation = document.paths[route.path][route.method.toLowerCase()];
  expect(operation.description.length).toBeGreaterThan(20);
  const [success] = Object.values(operation.responses[200].content['application/json'].examples) as {
    value: unknown;
  }[];
  expect([name, route.response.safeParse(success?.value).error]).toEqual([name, undefined]);
  if (route.body === undefined) return;
  const { content } = operation.requestBody;
  const values = (type: string) => Object.values(content[type].examples) as { value: unknown }[];
  const json = values('application/json').map(({ value }) => value);
  expect(json.length).toBeGreaterThan(0);
  if ('json' in route.body)
    for (const value of json) expect([name, route.body.json.safeParse(value).error]).toEqual([name, undefined]);
  else
    for (const type of ['application/x-ndjson', 'text/csv', 'text/tab-separated-values'])
      expect(values(type)).toHaveLength(1);
});

test('every example of a batch is stored as given', async () => {
  // the examples refer to rule 3
  for (const name of ['first', 'second', 'es-above-4300'])
    await service.put(`/v1/alert-rules/${name}`, { symbol: 'ES', condition: 'above', threshold: 4300 });
  for (const path of ['/v1/market-data', '/v1/alert-logs'])
    for (const [type, { examples }] of Object.entries(document.paths[path].post.requestBody.content) as [
      string,
      { examples: Record<string, { value: unknown }> },
    ][])
      for (const { value } of Object.values(examples)) {
        const body = typeof value === 'string' ? value : JSON.stringify(value);
        const { status, body: receipt } = await service.post(path, body, { headers: { 'content-type': type } });
        expect([path, type, status, receipt.rejected ?? receipt.detail]).toEqual([path, type, 200, 0]);
      }
});

test('every problem that an operation names has an example, which is a problem document', () => {
  const named = new Set(table.flatMap(([, { problems }]) => problems));
  for (const code of named) {
    const { value } = document.components.examples[`problem_${code}`];
    expect(problem.safeParse(value).error).toBeUndefined();
    expect([value.code, value.status]).toEqual([code, PROBLEMS[code].status]);
  }
});

test('no schema needs keywords that common tools do not support, such as prefixItems', () => {
  expect(JSON.stringify(document)).not.toContain('prefixItems');
});

test('every POST that changes rows honours an idempotency key', () => {
  for (const [name, route] of table)
    expect([name, route.idempotent ?? false]).toEqual([name, route.method === 'POST' && route.function !== 'read']);
});

test('the schema of a tick has each of its fields, with those that can be null', () => {
  const { properties, required } = document.components.schemas.Tick;
  expect(Object.keys(properties)).toEqual(
    'id timestamp instrumentId symbol price volume bid ask bidSize askSize openPrice highPrice lowPrice sequence batchId deletedAt deletedBy'.split(
      ' ',
    ),
  );
  expect(required).toEqual(Object.keys(properties));
  expect(JSON.stringify(properties.price)).toContain('"null"');
});
