import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { configResponseOf } from '../../functions/config/config-response.ts';
import { effectiveConfigOf } from '../../lib/config/capacity.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { startService } from '../support/service.ts';

const directory = mkdtempSync(join(tmpdir(), 'tick-store-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('GET /v1/config shows the configuration in force without secrets, and its validation', async () => {
  const file = join(directory, 'config.json');
  const settings = readConfig({
    pooler: { baseConnections: 9 },
    alerts: { runbookUrl: 'https://wiki.example.com/r', critical: { https: ['https://events.example.com/KEY'] } },
  });
  writeFileSync(file, JSON.stringify(configResponseOf(effectiveConfigOf(settings))));
  const service = await startService({ environment: { CONFIG_FILE: file } });
  try {
    const { status, body, text } = await service.get('/v1/config');
    expect(status).toBe(200);
    expect(body.configuration).toMatchObject({
      backend: 'proxy',
      pooler: { baseConnections: 9, overflowConnections: 50, acquireTimeoutSeconds: 30 },
      inForce: { acquireTimeoutSeconds: 10 },
    });
    expect(body.configuration.thresholds.poolUtilizationPercent).toEqual({ warning: 70, critical: 85 });
    expect(body.validation).toEqual({
      isValid: true,
      errors: [],
      warnings: [expect.stringContaining('with fewer than 10')],
      recommendations: [expect.stringContaining('20 or more')],
    });
    expect(text).not.toContain('KEY');
  } finally {
    await service.stop();
  }
});

test('outside a deployment it reports that there is none', async () => {
  const service = await startService();
  try {
    const { status, body } = await service.get('/v1/config');
    expect(status).toBe(200);
    expect(body).toMatchObject({ configuration: null, validation: { isValid: true, errors: [] } });
  } finally {
    await service.stop();
  }
});
