import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { HttpRoute } from '../../api-gateway/gateway.ts';
import type { DescribeFault } from '../../api-gateway/gateway-faults.ts';
import { type HttpApi, type HttpApiOptions, startHttpApi } from '../../api-gateway/http-api.ts';
import type { FunctionDefinition, StartEnvironment } from '../../lambda/execution-environment.ts';
import { ExecutionEnvironments, type InvocationRecord } from '../../lambda/execution-environments.ts';

/** The file of a fixture's handler. */
export const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/handlers/${name}`, import.meta.url));

/** A function of the fixtures. */
export function define(name: string, more: Partial<FunctionDefinition> = {}): FunctionDefinition {
  return { name, entry: fixture(`${name}.ts`), environment: {}, timeoutMs: 10_000, memoryMb: 256, ...more };
}

/** What a test serves. */
export interface Setup {
  readonly functions: readonly FunctionDefinition[];
  readonly routes?: readonly HttpRoute[];
  readonly concurrency?: number;
  readonly queueTimeoutMs?: number;
  readonly standingMs?: number;
  readonly startEnvironment?: StartEnvironment;
  readonly onInvocation?: (record: InvocationRecord) => void;
  readonly api?: Partial<HttpApiOptions>;
}

/** An API that is served, with what was logged and printed. */
export interface Running extends HttpApi {
  readonly environments: ExecutionEnvironments;
  readonly logged: string[];
  readonly printed: string[];
}

const running: Running[] = [];

/** Serves each function at `ANY /<name>`, unless routes are given. */
export async function start(setup: Setup): Promise<Running> {
  const logged: string[] = [];
  const printed: string[] = [];
  const { routes: _, api: __, concurrency = 4, queueTimeoutMs = 10_000, ...more } = setup;
  const { functions } = setup;
  const onLog = (line: string) => logged.push(line);
  const environments = new ExecutionEnvironments({ ...more, concurrency, queueTimeoutMs, onLog });
  const routes = setup.routes ?? functions.map(({ name }) => ({ routeKey: `ANY /${name}`, functionName: name }));
  const print = (line: string) => printed.push(line);
  const api = await startHttpApi({ routes, environments, port: 0, print, describeFault, ...setup.api });
  const all = { ...api, environments, logged, printed };
  running.push(all);
  return all;
}

/** Stops what `start` has started; for `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((api) => api.stop()));
}

/** The process that responded, by its body. */
export const pidOf = async (response: Response): Promise<number> => ((await response.json()) as { pid: number }).pid;

/** A status with a body. */
export const statusAndBody = (status: number, body: Record<string, unknown>) => ({ status, body });

/** All that the gateway knows of a fault. */
export const describeFault: DescribeFault = ({ headers: _, ...fault }, request) => ({
  contentType: 'application/problem+json',
  body: JSON.stringify({ ...fault, ...request }),
});

/** A response that the gateway made itself. */
export async function readProblem(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body.requestId).toBe(response.headers.get('x-request-id'));
  expect(body.status).toBe(response.status);
  expect(response.headers.get('apigw-requestid')).toMatch(/^[A-Za-z0-9+/]{15}=$/);
  return statusAndBody(response.status, body);
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once the condition holds. @throws Error if that takes too long */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await delay(10);
  }
}
