import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchClient, GetMetricDataCommand, PutDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { cloudWatchResponse, MetricStore, readEmf, systemClock } from '@tick-store/local-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CloudWatchPlatform } from '../../functions/health/read-cloudwatch.ts';
import { functionMetrics } from '../../functions/metrics/metric-catalogue.ts';

const metrics = new MetricStore(systemClock);
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  const result = cloudWatchResponse(metrics, String(request.headers['x-amz-target']), body);
  response.writeHead(result.status, { 'content-type': result.contentType }).end(result.body);
});
let client: CloudWatchClient;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  client = new CloudWatchClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(() => {
  client.destroy();
  server.close();
});

test('the probe reads the metrics that the functions sent, and nothing if none was sent', async () => {
  const line = functionMetrics(
    { QueryMs: [1, 2, 3, 50], OverloadErrors: 2, UnavailableErrors: 0 },
    { service: 'tick-store', functionName: 'ingest' },
  );
  const reading = readEmf(line);
  if (reading.kind !== 'metrics') throw new Error(reading.kind);
  metrics.put(reading.data);
  const platform = new CloudWatchPlatform({ cluster: 'local', service: 'tick-store', memoryMb: 0 }, client);
  expect(await platform.readings(5_000)).toEqual({
    cpuPercent: null,
    memoryUsedMb: null,
    freeableMemoryShare: null,
    diskReadMbPerSecond: null,
    diskWriteMbPerSecond: null,
    replicaLagSeconds: null,
    pinned: null,
    queryP95Ms: 50,
    queryP99Ms: 50,
    errors: 0,
    timeouts: 2,
  });
  expect(await platform.isSuspended(5_000)).toBe(false);
});

test('periods, order and expressions are supported', async () => {
  const at = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
  const Metric = { Namespace: 'N', MetricName: 'M', Dimensions: [{ Name: 'D', Value: 'v' }] };
  for (const [i, value] of [1, 2, 3].entries())
    metrics.put({ namespace: 'N', name: 'M', dimensions: { D: 'v' }, timestamp: at + i * 60_000, value });
  const ask = (ScanBy: 'TimestampAscending' | 'TimestampDescending') =>
    client.send(
      new GetMetricDataCommand({
        StartTime: new Date(at + 30_000),
        EndTime: new Date(at + 240_000),
        ScanBy,
        MetricDataQueries: [
          { Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'Sum' }, ReturnData: false },
          { Id: 'twice', Expression: 'm * 2', Label: 'double' },
          { Id: 'gone', MetricStat: { Metric: { ...Metric, MetricName: 'Other' }, Period: 60, Stat: 'p99' } },
        ],
      }),
    );
  const { MetricDataResults } = await ask('TimestampAscending');
  expect(MetricDataResults).toEqual([
    {
      Id: 'twice',
      Label: 'double',
      Timestamps: [0, 1, 2].map((i) => new Date(at + i * 60_000)),
      Values: [2, 4, 6],
      StatusCode: 'Complete',
    },
    { Id: 'gone', Label: 'Other', Timestamps: [], Values: [], StatusCode: 'Complete' },
  ]);
  expect((await ask('TimestampDescending')).MetricDataResults?.[0]?.Values).toEqual([6, 4, 2]);
});

test('an invalid query and another operation are refused in a form that the client understands', async () => {
  const query = (Stat: string) =>
    client.send(
      new GetMetricDataCommand({
        StartTime: new Date(0),
        EndTime: new Date(60_000),
        MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat } }],
      }),
    );
  await expect(query('tm99')).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'the statistic tm99 is not emulated',
    $metadata: { httpStatusCode: 400 },
  });
  const dashboard = new PutDashboardCommand({ DashboardName: 'x', DashboardBody: '{}' });
  await expect(client.send(dashboard)).rejects.toMatchObject({ name: 'UnknownOperationException' });
});
