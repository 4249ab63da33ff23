import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DatabaseError } from '../../functions/database/errors.ts';
import { describeError } from '../../functions/runtime/describe-error.ts';
import { createLogger } from '../../functions/runtime/logger.ts';

afterEach(() => vi.unstubAllEnvs());

const context = { awsRequestId: 'lambda-1', functionName: 'f', memoryLimitInMB: '512', invokedFunctionArn: 'arn' };

function openLog() {
  const lines: string[] = [];
  const logger = createLogger((line) => void lines.push(line), 'ticks');
  const last = () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  return { logger, lines, last };
}

describe('a log line', () => {
  test('can be joined with Lambda’s own lines, X-Ray and the client’s request', () => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1');
    const { logger, last } = openLog();
    logger.startInvocation(context as never);
    logger.addFields({ requestId: 'client-1', route: 'GET /v1/health' });
    logger.info('request', { status: 200, ms: 1.5 });
    expect(last()).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'INFO',
      message: 'request',
      service: 'ticks',
      function_request_id: 'lambda-1',
      xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      cold_start: true,
      requestId: 'client-1',
      route: 'GET /v1/health',
      status: 200,
      ms: 1.5,
    });
  });

  test('contains nothing of the previous invocation', () => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
    const { logger, last } = openLog();
    logger.startInvocation(context as never);
    logger.addFields({ requestId: 'client-1' });
    logger.startInvocation({ ...context, awsRequestId: 'lambda-2' } as never);
    logger.warn('slow');
    expect(last()).toMatchObject({ level: 'WARN', function_request_id: 'lambda-2', cold_start: false });
    expect(last()).not.toHaveProperty('requestId');
  });

  test('is also written for what the logger logs while it is created', () => {
    vi.stubEnv('POWERTOOLS_LOGGER_SAMPLE_RATE', '1');
    const { logger, lines, last } = openLog();
    expect(lines).toEqual([expect.stringContaining('due to sampling rate')]);
    logger.info('after it');
    expect(last()).toMatchObject({ message: 'after it', service: 'ticks' });
  });

  test('is always one line, even before any invocation', () => {
    const { logger, lines } = openLog();
    logger.error('two\nlines', { error: describeError(new Error('a\nb')) });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'ERROR', message: 'two\nlines' });
  });
});

describe('an error in the log', () => {
  test('has its message, its frames and its cause', () => {
    const found = describeError(new TypeError('broken', { cause: new RangeError('too far') }));
    expect(found).toMatchObject({
      name: 'TypeError',
      message: 'broken',
      stack: [expect.stringContaining('log-lines.test.ts'), ...Array(9).fill(expect.anything())],
      cause: { name: 'RangeError', message: 'too far' },
    });
  });

  test('of a database has its codes, and no text that could quote a value', () => {
    const cause = Object.assign(new Error('Key (price)=(4711) already exists'), { code: '23505', detail: '4711' });
    const fields = { code: '23505', constraint: 'ix', statement: 'insert-ticks', detail: '4711', rolledBack: true };
    const found = describeError(
      new Error('while writing', { cause: new DatabaseError('constraint', '4711', fields, cause) }),
    );
    expect(found).toMatchObject({
      message: 'while writing',
      cause: {
        ...{
          name: 'DatabaseError',
          kind: 'constraint',
          sqlState: '23505',
          statement: 'insert-ticks',
          constraint: 'ix',
        },
        cause: { name: 'Error', code: '23505' },
      },
    });
    expect(JSON.stringify(found)).not.toContain('4711');
  });

  test('that is not an Error is described by its type', () => {
    expect(describeError('text with a secret')).toEqual({ name: 'string' });
  });

  test('of a bundle has its frames mapped to the sources', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tick-store-frames-'));
    try {
      const entry = join(directory, 'entry.ts');
      const describing = new URL('../../functions/runtime/describe-error.ts', import.meta.url).pathname;
      writeFileSync(
        entry,
        `import { describeError } from '${describing}';\n\nexport function fail(): object {\n  return describeError(new Error('x'));\n}\n`,
      );
      const outfile = join(directory, 'index.mjs');
      const options = { bundle: true, platform: 'node', format: 'esm', minify: true, sourcesContent: false } as const;
      await build({ ...options, entryPoints: [entry], outfile, sourcemap: 'external' });
      const { fail } = (await import(pathToFileURL(outfile).href)) as { fail: () => { stack: string[] } };
      expect(fail().stack[0]).toMatch(/entry\.ts:4:\d+/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
