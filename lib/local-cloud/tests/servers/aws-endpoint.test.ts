import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../aws-api/aws-endpoint.ts';
import { secretsManager } from '../../aws-api/secrets-manager.ts';
import { localAccount } from '../../cloudformation/account.ts';
import { cloudWatchResponse } from '../../cloudwatch/cloudwatch-api.ts';
import { MetricStore } from '../../cloudwatch/metrics/metric-store.ts';
import { systemClock } from '../../machine/clock.ts';

const account = localAccount(undefined);
const metrics = new MetricStore(systemClock);
let endpoint: AwsEndpoint;
let now = () => Date.now();

beforeAll(async () => {
  const cloudwatch = {
    signingName: 'monitoring',
    target: 'GraniteServiceVersion20100801',
    respond: (target: string, body: string) => cloudWatchResponse(metrics, target, body),
  };
  const services = [secretsManager({ 'tick-store/database': '{"pooledUrl":"ä"}' }), cloudwatch];
  endpoint = await startAwsEndpoint(account, services, () => now());
});
afterAll(() => endpoint.stop());

const secrets = (credentials = account.credentials, region = account.region) =>
  new SecretsManagerClient({ endpoint: endpoint.url, region, credentials, maxAttempts: 1 });
const read = (client: SecretsManagerClient, id = 'tick-store/database') =>
  client.send(new GetSecretValueCommand({ SecretId: id }));

test('a secret is returned to the unmodified client', async () => {
  expect(await read(secrets())).toMatchObject({ Name: 'tick-store/database', SecretString: '{"pooledUrl":"ä"}' });
});

test('metrics, too', async () => {
  const timestamp = Date.now() - 60_000;
  metrics.put({ namespace: 'N', name: 'M', dimensions: {}, timestamp, value: 7 });
  const client = new CloudWatchClient({
    ...{ endpoint: endpoint.url, region: account.region, credentials: account.credentials },
    maxAttempts: 1,
  });
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [
        { Id: 'm', MetricStat: { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat: 'Sum' } },
      ],
      StartTime: new Date(timestamp - 300_000),
      EndTime: new Date(),
    }),
  );
  expect(MetricDataResults?.[0]?.Values).toEqual([7]);
});

describe('refused:', () => {
  test('a secret that does not exist', async () => {
    await expect(read(secrets(), 'another')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a name that every object has', async () => {
    await expect(read(secrets(), 'constructor')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test.each([
    ['a key of another run', { ...account.credentials, secretAccessKey: 'another' }, account.region],
    ['another access key', { ...account.credentials, accessKeyId: 'AKIAOTHER' }, account.region],
    ['another region', account.credentials, 'eu-central-1'],
  ])('%s', async (_, credentials, region) => {
    await expect(read(secrets(credentials, region))).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  test('an expired signature', async () => {
    now = () => Date.now() + 6 * 60_000;
    await expect(read(secrets())).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    now = () => Date.now();
  });

  test('an unsigned request', async () => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' };
    const body = '{"SecretId":"tick-store/database"}';
    const response = await fetch(endpoint.url, { method: 'POST', headers, body });
    expect([response.status, await response.text()]).toEqual([400, expect.not.stringContaining('pooledUrl')]);
  });

  test('another content type, and a page of another site, before anything else', async () => {
    const asked = async (headers: Record<string, string>) =>
      (await fetch(endpoint.url, { method: 'POST', headers, body: '{}' })).status;
    expect(await asked({ 'content-type': 'text/plain' })).toBe(415);
    expect(await asked({ 'content-type': 'application/x-amz-json-1.1', origin: 'https://evil.example' })).toBe(403);
  });

  test('an unknown operation', async () => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' };
    const response = await fetch(endpoint.url, { method: 'POST', headers, body: '{}' });
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });
});
