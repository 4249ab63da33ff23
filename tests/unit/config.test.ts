import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import config from '../../infra.config.ts';
import { backendOf, DATABASE_BACKENDS, withBackend } from '../../lib/config/database-backend.ts';
import { settingPaths } from '../../lib/config/explain.ts';
import { type InfraConfig, infraConfig, readConfig } from '../../lib/config/schema.ts';

const faultOf = (wrong: unknown): string => {
  try {
    readConfig(wrong as InfraConfig);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('infra.config.ts', () => {
  test('is valid, and says nothing that an empty one would not', () => {
    expect(readConfig(config)).toEqual(readConfig({}));
  });

  test("has the original's numbers by default", () => {
    const { pooler, thresholds } = readConfig({});
    expect(pooler).toEqual({
      baseConnections: 20,
      overflowConnections: 50,
      acquireTimeoutSeconds: 30,
      recycleSeconds: 3600,
      checkBeforeUse: true,
    });
    expect(thresholds).toMatchObject({
      poolUtilizationPercent: { warning: 70, critical: 85 },
      averageQueryMs: { warning: 100, critical: 500 },
      acquireMs: { warning: 50, critical: 200 },
      cpuPercent: { warning: 70, critical: 85 },
    });
  });
});

describe('a wrong setting', () => {
  test.each([
    [{ pooler: { baseConection: 3 } }, 'pooler.baseConection: no such setting; the nearest is pooler.baseConnections'],
    [{ databse: {} }, 'databse: no such setting; the nearest is database'],
    [
      { thresholds: { poolUtilisation: { warning: 1 } } },
      'thresholds.poolUtilisation: no such setting; the nearest is thresholds.poolUtilizationPercent',
    ],
    [{ database: { kind: 'aurora', maxACU: 8 } }, 'database.maxACU: no such setting; the nearest is database.maxAcu'],
    [{ database: { kind: 'neon', maxAcu: 8 } }, 'database.maxAcu: is a setting of another kind of database'],
    [
      { alerts: { critical: { mail: [] } } },
      'alerts.critical.mail: no such setting; the nearest is alerts.critical.email',
    ],
    [{ pooler: { acquireTimeoutSeconds: 301 } }, 'pooler.acquireTimeoutSeconds: '],
    [{ pooler: { baseConnections: '20' } }, 'pooler.baseConnections: '],
    [{ thresholds: { cpuPercent: { warning: 90 } } }, 'thresholds.cpuPercent: critical must be at least warning'],
    [
      { thresholds: { freeableMemoryShare: { warning: 0.05 } } },
      'thresholds.freeableMemoryShare: critical must be at most warning',
    ],
    [{ database: { kind: 'aurora', minAcu: 20 } }, 'database: minAcu must not be over maxAcu'],
    [{ database: { kind: 'aurora', minAcu: 0.7 } }, 'database.minAcu: '],
    [{ database: { kind: 'mysql' } }, 'database.kind: '],
    [{ api: { authorization: 'none' } }, "api.authorization: 'none' lets anyone write and delete"],
    [{ api: { openToAnyone: true } }, "api.openToAnyone: is only for authorization: 'none'"],
    [{ api: { authorization: 'jwt' } }, "api.jwt: is required with authorization: 'jwt'"],
    [{ alerts: { critical: { https: ['http://example.com'] } } }, 'must be an https:// URL, or secret:NAME'],
    [{ service: { name: 'Tick Store' } }, 'service.name: must be 2 to 24 lower-case letters'],
    [{ probe: { intervalSeconds: 10 } }, 'probe.intervalSeconds: '],
  ])('%j is refused by name', (wrong, message) => {
    expect(faultOf(wrong)).toContain(message);
  });

  test('each gets its line', () => {
    const fault = faultOf({ pooler: { recycle: 1, baseConnections: 0 }, retention: { logDays: 31 } });
    expect(fault.split('\n')).toHaveLength(4);
    expect(fault).toContain('pooler.recycle: no such setting; the nearest is pooler.recycleSeconds');
  });
});

test('every setting is documented where it is defined', () => {
  const files = ['schema', 'database-backend', 'functions', 'alerts', 'api', 'thresholds'].map(
    (name) => `lib/config/${name}.ts`,
  );
  const sources = [...files, 'functions/contract/thresholds.ts']
    .map((file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))
    .join('\n');
  // a group's members document themselves, and pairs say warning and critical for all
  const own = ['warning', 'critical', 'kind', 'jwt', 'issuer', 'audience'];
  const paths = settingPaths(infraConfig);
  const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`)));
  for (const path of [...leaves, ...paths.filter((path) => /^thresholds\.[a-zA-Z]+$/.test(path))]) {
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (own.includes(name)) continue;
    expect(sources, path).toMatch(new RegExp(`\\*/\\s+${name}:`));
  }
});

describe('another backend than the one in infra.config.ts', () => {
  const mine: InfraConfig = { service: { name: 'mine' }, database: { kind: 'neon', computeUnits: 4 } };

  test.each(DATABASE_BACKENDS)('%s stands there with its defaults, and the rest stays', (backend) => {
    const settings = readConfig(withBackend(mine, backend));
    expect([backendOf(settings.database), settings.service.name]).toEqual([backend, 'mine']);
    expect(settings.database).not.toHaveProperty('computeUnits', 4);
  });

  test('is none where none is named', () => {
    expect(withBackend(mine, undefined)).toBe(mine);
  });

  test('is refused where there is no such backend', () => {
    expect(() => withBackend(mine, 'mysql')).toThrow('There is no backend mysql: proxy, data-api, neon, postgres');
  });
});
