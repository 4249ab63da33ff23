import { readEmf } from '@tick-store/local-cloud';
import { describe, expect, test } from 'vitest';
import { functionMetrics, METRICS, probeMetrics } from '../../functions/metrics/metric-catalogue.ts';

const emitter = { service: 'tick-store', functionName: 'ingest' };

function dataOf(line: string) {
  const reading = readEmf(line);
  if (reading.kind !== 'metrics') throw new Error(JSON.stringify(reading));
  return reading.data;
}

describe('the functions’ metrics are read', () => {
  test('of an invocation, by service, and those that roll a release back also by version', () => {
    const data = dataOf(
      functionMetrics(
        { RowsInserted: 3, FailedRequests: 1, QueryMs: null },
        { ...emitter, version: '7' },
        { batchId: 7 },
      ),
    );
    const timestamp = expect.any(Number);
    const inserted = {
      namespace: 'TickStore',
      name: 'RowsInserted',
      value: [3],
      unit: 'Count',
      resolution: 60,
      timestamp,
    };
    const failed = { ...inserted, name: 'FailedRequests', value: [1] };
    const byVersion = { Service: 'tick-store', Function: 'ingest', Version: '7' };
    expect(data).toEqual([
      { ...inserted, dimensions: { Service: 'tick-store' } },
      { ...failed, dimensions: { Service: 'tick-store' } },
      { ...failed, dimensions: byVersion },
    ]);
  });

  test('of a whole sample of the probe', () => {
    const names = Object.entries(METRICS).flatMap(([name, { source }]) => (source === 'probe' ? [name] : []));
    const data = dataOf(probeMetrics(Object.fromEntries(names.map((name) => [name, 1])), emitter));
    expect(data.map(({ name }) => name)).toEqual(names);
    for (const { dimensions } of data) expect(dimensions).toEqual({ Service: 'tick-store' });
  });

  test('with so many values that they are thinned out', () => {
    const [first] = dataOf(functionMetrics({ QueryMs: Array.from({ length: 250 }, (_, i) => i) }, emitter));
    expect(first?.value).toHaveLength(100);
  });
});

test.each(['', 'a stack trace', '{"level":"INFO","message":"_aws"}', '{"_aws":', '{"_aws":"text"}', '[{"_aws":{}}]'])(
  'no metrics: %s',
  (line) => {
    expect(readEmf(line)).toEqual({ kind: 'none' });
  },
);

describe('malformed metrics are reported, not swallowed', () => {
  const directive = { Namespace: 'N', Dimensions: [['Service']], Metrics: [{ Name: 'M' }] };
  const line = (change: object, root: object = {}, metadata: object = {}) =>
    JSON.stringify({
      _aws: { Timestamp: 1_700_000_000_000, CloudWatchMetrics: [{ ...directive, ...change }], ...metadata },
      Service: 's',
      M: 1,
      ...root,
    });

  test('the example itself is valid', () => {
    expect(readEmf(line({})).kind).toBe('metrics');
  });

  test.each([
    ['no timestamp', line({}, {}, { Timestamp: undefined }), /Timestamp/],
    ['no directives', line({}, {}, { CloudWatchMetrics: undefined }), /CloudWatchMetrics must be an array/],
    ['no namespace', line({ Namespace: undefined }), /Namespace is missing/],
    ['no dimensions', line({ Dimensions: undefined }), /Dimensions must be an array/],
    ['dimensions in one array', line({ Dimensions: ['Service'] }), /array of arrays/],
    ['31 dimensions', line({ Dimensions: [Array.from({ length: 31 }, () => 'Service')] }), /more than 30 dimensions/],
    ['a dimension that is not there', line({ Dimensions: [['Other']] }), /Other must be a string at the root/],
    ['a dimension that is a number', line({}, { Service: 7 }), /Service must be a string/],
    ['a long dimension', line({}, { Service: 's'.repeat(1025) }), /more than 1024 characters/],
    ['101 metrics', line({ Metrics: Array.from({ length: 101 }, () => ({ Name: 'M' })) }), /more than 100 metrics/],
    ['a metric without a name', line({ Metrics: [{}] }), /no Name/],
    ['a metric that is not there', line({ Metrics: [{ Name: 'Other' }] }), /Other is not at the root/],
    ['a metric that is text', line({}, { M: '1' }), /M must be a number/],
    ['101 values', line({}, { M: Array.from({ length: 101 }, () => 1) }), /more than 100 values/],
    ['a resolution of 10 s', line({ Metrics: [{ Name: 'M', StorageResolution: 10 }] }), /must be 1 or 60/],
    ['more than 1 MB', line({}, { filler: 'x'.repeat(1024 * 1024) }), /more than 1048576 bytes/],
  ])('%s', (_, text, problem) => {
    expect(readEmf(text)).toEqual({ kind: 'malformed', problem: expect.stringMatching(problem) });
  });
});
