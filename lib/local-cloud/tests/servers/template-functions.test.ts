// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  apiOf,
  type ExchangeRecord,
  ExecutionEnvironments,
  functionsOf,
  type HttpApi,
  type InvocationRecord,
  resolveTemplate,
  startHttpApi,
  type Template,
} from '../../index.ts';

const HANDLER = `
export const handler = async (event) => {
  await new Promise((resolve) => setTimeout(resolve, Number(event.queryStringParameters?.ms ?? 0)));
  return { statusCode: 200, body: JSON.stringify({ said: process.env.SAID, name: process.env.AWS_LAMBDA_FUNCTION_NAME }) };
};`;

const lambda = (name: string, more: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: { 'Fn::Join': ['-', [{ Ref: 'AWS::StackName' }, name]] },
    Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}' }, S3Key: 'abc.zip' },
    Handler: 'index.handler',
    MemorySize: 128,
    Environment: { Variables: { SAID: { Ref: 'AWS::Region' }, MORE: 'template' } },
    ...more,
  },
});
const alias = (target: string) => ({
  Type: 'AWS::Lambda::Alias',
  Properties: { FunctionName: { Ref: target }, Name: 'live' },
});
const integration = (target: string, timeout: number) => ({
  Type: 'AWS::ApiGatewayV2::Integration',
  Properties: {
    IntegrationType: 'AWS_PROXY',
    PayloadFormatVersion: '2.0',
    IntegrationUri: { Ref: target },
    TimeoutInMillis: timeout,
  },
});
const route = (key: string, target: string) => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: { RouteKey: key, Target: { 'Fn::Join': ['', ['integrations/', { Ref: target }]] } },
});

const TEMPLATE: Template = {
  Resources: {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default' } },
    Lone: lambda('lone', { Timeout: 20, ReservedConcurrentExecutions: 1 }),
    LoneAlias: alias('Lone'),
    LoneIntegration: integration('LoneAlias', 1500),
    LoneRoute: route('GET /lone', 'LoneIntegration'),
    Brief: lambda('brief', { Timeout: 1 }),
    BriefAlias: alias('Brief'),
    BriefIntegration: integration('BriefAlias', 20_000),
    BriefRoute: route('GET /brief', 'BriefIntegration'),
  },
};

let asset: string;
let api: HttpApi | undefined;
const invocations: InvocationRecord[] = [];
const exchanges: ExchangeRecord[] = [];

beforeAll(() => {
  asset = mkdtempSync(join(tmpdir(), 'tick-store-asset-'));
  writeFileSync(join(asset, 'index.mjs'), HANDLER);
});
afterAll(() => rmSync(asset, { recursive: true, force: true }));
afterEach(() => api?.stop());

async function start(concurrency = 10) {
  const names = { account: '000000000000', region: 'eu-west-1', stack: 'tick' };
  const resources = resolveTemplate(TEMPLATE, { ...names, values: {}, isRun: () => true });
  const local = (variables: Readonly<Record<string, string>>) => ({ MORE: `${variables['MORE']} and local` });
  const { definitions, aliases } = functionsOf(resources, new Map([['abc.zip', asset]]), local);
  invocations.length = 0;
  exchanges.length = 0;
  const environments = new ExecutionEnvironments({
    ...{ functions: definitions, concurrency, queueTimeoutMs: 5000 },
    onInvocation: (record) => invocations.push(record),
  });
  for (const { name } of definitions) await environments.warm(name);
  api = await startHttpApi({
    ...{ routes: apiOf(resources).routes, environments, port: 0, print: () => undefined },
    onExchange: (record) => exchanges.push(record),
  });
  return { url: api.url, environments, definitions, aliases };
}

test("a function has the template's asset, name, variables and limits, and the local variables over them", async () => {
  const { url, definitions, aliases } = await start();
  expect(definitions[0]).toEqual({
    name: 'tick-lone',
    entry: join(asset, 'index.mjs'),
    handler: 'handler',
    environment: { SAID: 'eu-west-1', MORE: 'template and local' },
    timeoutMs: 20_000,
    memoryMb: 128,
    reservedConcurrency: 1,
  });
  expect(aliases.get('tick-lone')).toBe('live');
  expect(await (await fetch(`${url}/lone`)).json()).toEqual({ said: 'eu-west-1', name: 'tick-lone' });
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  expect(exchanges).toMatchObject([
    { status: 200, integrationLatencyMs: expect.any(Number) },
    { status: 404, integrationLatencyMs: null },
  ]);
});

test('over its reserved concurrency it is throttled at once: 429, and counted', async () => {
  const { url, environments } = await start();
  const first = environments.invoke('tick-lone', { queryStringParameters: { ms: '600' } });
  const second = await fetch(`${url}/lone`);
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await second.json()).toMatchObject({ message: 'Too Many Requests' });
  expect((await first).ok).toBe(true);
  expect(invocations.map(({ outcome }) => outcome)).toEqual(['throttled', 'success']);
  expect((await fetch(`${url}/lone`)).status).toBe(200);
});

test("over the template's integration timeout the client gets 504, and the function runs on", async () => {
  const { url } = await start();
  const late = await fetch(`${url}/lone?ms=9000`);
  expect([late.status, await late.json()]).toMatchObject([504, { message: 'Gateway Timeout' }]);
  expect((await fetch(`${url}/lone`)).status).toBe(429);
  expect(exchanges.map(({ status }) => status)).toEqual([504, 429]);
});

test('over its own timeout it is killed: 504, and counted as an error', async () => {
  const { url } = await start();
  const late = await fetch(`${url}/brief?ms=5000`);
  expect([late.status, await late.json()]).toMatchObject([504, { message: 'Gateway Timeout' }]);
  expect(invocations).toMatchObject([{ functionName: 'tick-brief', outcome: 'error' }]);
  expect(invocations[0]?.durationMs).toBeGreaterThanOrEqual(990);
  // dated by its beginning, so that it counts for that minute
  expect(Date.now() - (invocations[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
});

test('a function without a reservation has as many processes as the machine allows, and waits for more', async () => {
  const { url } = await start(1);
  const responses = await Promise.all([1, 2, 3].map(() => fetch(`${url}/brief?ms=50`)));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(invocations.map(({ concurrentExecutions }) => concurrentExecutions)).toEqual([1, 1, 1]);
});

test('an asset that is not in the assembly is named', () => {
  const names = { account: '000000000000', region: 'eu-west-1', stack: 'tick' };
  const resources = resolveTemplate(TEMPLATE, { ...names, values: {}, isRun: () => true });
  expect(() => functionsOf(resources, new Map(), () => ({}))).toThrow('no file for index.handler of the function Lone');
});
