import { readdirSync, readFileSync } from 'node:fs';
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
  test('is valid, and sets nothing else than the defaults', () => {
    expect(readConfig(config)).toEqual(readConfig({}));
  });

  test("has the original implementation's numbers by default", () => {
    const { pooler, thresholds } = readConfig({});
    expect(pooler).toEqual({
      baseConnections: 20,
      overflowConnections: 50,
      acquireTimeoutSeconds: 30,
      recycleSeconds: 3600,
      checkBeforeUse: true,
      copy: 'auto',
      pipelining: 'auto',
    });
    expect(thresholds).toMatchObject({
      poolUtilizationPercent: { warning: 70, critical: 85 },
      averageQueryMs: { warning: 100, critical: 500 },
      acquireMs: { warning: 50, critical: 200 },
      cpuPercent: { warning: 70, critical: 85 },
    });
  });
});

const JWT = { issuer: 'https://login.example.com', audience: ['ticks'] };
const VPC = {
  id: 'vpc-0123456789abcdef0',
  functionSubnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b'],
  databaseSubnetIds: ['subnet-0000000000000000c', 'subnet-0000000000000000d'],
};

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
    [{ alerts: { critical: { pagerDuty: ['R0UT1NGKEY'] } } }, 'alerts.critical.pagerDuty.0: must be secret:NAME'],
    [
      { alerts: { critical: { pagerduty: ['secret:key'] } } },
      'alerts.critical.pagerduty: no such setting; the nearest is alerts.critical.pagerDuty',
    ],
    [
      { alerts: { critical: { email: ['oncall@example.com'] } } },
      'alerts.runbookUrl: must be an http(s) address, because alerts.* names somebody to notify: where docs/runbook.md is read',
    ],
    [
      {
        alerts: {
          runbookUrl: 'docs/runbook.md',
          warning: { slack: [{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }] },
        },
      },
      'alerts.runbookUrl: must be an http(s) address',
    ],
    [{ service: { name: 'Tick Store' } }, 'service.name: must be 2 to 24 lower-case letters'],
    [{ probe: { intervalSeconds: 10 } }, 'probe.intervalSeconds: '],
    [{ service: { acount: '1' } }, 'service.acount: no such setting; the nearest is service.account'],
    [{ service: { account: '1234' } }, 'service.account: must be 12 digits'],
    [{ service: { tags: { 'aws:x': 'y' } } }, 'service.tags: must not begin with aws:'],
    [{ service: { tags: { stage: 'prod' } } }, 'service.tags: must not be service or stage'],
    [
      { service: { bootstrapQualifier: 'Prod-1' } },
      'service.bootstrapQualifier: must be 1 to 10 lower-case letters and digits',
    ],
    [{ service: { permissionsBoundary: 'a b' } }, 'service.permissionsBoundary: must be the name of an IAM policy'],
    [{ network: { cidrBlock: '' } }, 'network.cidrBlock: no such setting; the nearest is network.cidr'],
    [{ network: { cidr: '10.0.0.0/24' } }, 'network.cidr: must be /16 to /20'],
    [{ network: { vpc: { id: 'vpc-1' } } }, 'network.vpc.id: must be a VPC id'],
    [{ pooler: { copy: 'on' } }, 'pooler.copy: '],
    [{ pooler: { pipeline: 'off' } }, 'pooler.pipeline: no such setting; the nearest is pooler.pipelining'],
    [{ encryption: { key: 'mine' } }, "encryption.key: must be 'aws', 'stack' or the ARN of a KMS key"],
    [{ encryption: { kms: 'aws' } }, 'encryption.kms: no such setting; the nearest is encryption.key'],
    [{ retention: { logDays: 3650 } }, 'retention.logDays: must be one of 1, 3, 5'],
    [
      { retention: { keepAccessLog: true } },
      'retention.keepAccessLog: no such setting; the nearest is retention.keepAccessLogs',
    ],
    [{ database: { kind: 'aurora', engineVersion: '17' } }, 'database.engineVersion: must be a version of Aurora'],
    [
      { database: { kind: 'aurora', backend: 'data-api', engineVersion: '17.3' } },
      'database: the Data API requires engineVersion',
    ],
    [
      { database: { kind: 'aurora', backupWindow: '03:30-04:30' } },
      'database: backupWindow and maintenanceWindow must not overlap',
    ],
    [
      { database: { kind: 'aurora', backupWindow: '23:50-00:10' } },
      'database.backupWindow: must be 30 minutes or longer',
    ],
    [
      { database: { kind: 'aurora', maintenanceWindow: 'sun:24:00-mon:01:00' } },
      'database.maintenanceWindow: must be as',
    ],
    [
      { database: { kind: 'aurora', capacitySchedule: [{ at: '9:15', minAcu: 8 }] } },
      'database.capacitySchedule.0.at: must be as 09:15',
    ],
    [
      { database: { kind: 'aurora', capacitySchedule: [{ at: '09:15', timezone: 'UTC', minAcu: 8 }] } },
      'database.capacitySchedule.0.timezone: no such setting; the nearest is database.capacitySchedule.timeZone',
    ],
    [
      { database: { kind: 'aurora', maxAcu: 4, capacitySchedule: [{ at: '09:15', minAcu: 8 }] } },
      'database: minAcu in capacitySchedule must not be over maxAcu',
    ],
    [
      { database: { kind: 'aurora', snapshotIdentifer: 'x' } },
      'database.snapshotIdentifer: no such setting; the nearest is database.snapshotIdentifier',
    ],
    [
      { encryption: { key: 'stack' }, database: { kind: 'aurora', snapshotIdentifier: 'x' } },
      "encryption.key: cannot be 'stack' with database.snapshotIdentifier",
    ],
    [
      { api: { authorization: 'jwt', jwt: { ...JWT, scopes: { reads: ['x'] } } } },
      'api.jwt.scopes.reads: no such function or route; the nearest is read',
    ],
    [{ api: { domain: { name: 'Ticks' } } }, 'api.domain.name: must be a host name in lower case'],
    [
      { alerts: { muteWarnings: true } },
      'alerts.muteWarnings: no such setting; the nearest is alerts.muteWarningsInMaintenance',
    ],
    [{ alerts: { warmup: false } }, 'alerts.warmup: no such setting; the nearest is alerts.warmUp'],
    [{ database: { kind: 'neon' }, network: { vpc: VPC } }, "network.vpc: is only for database.kind 'aurora'"],
  ])('%j is refused by name', (wrong, message) => {
    expect(faultOf(wrong)).toContain(message);
  });

  test('each has its own line', () => {
    const fault = faultOf({ pooler: { recycle: 1, baseConnections: 0 }, retention: { logDays: 31 } });
    expect(fault.split('\n')).toHaveLength(4);
    expect(fault).toContain('pooler.recycle: no such setting; the nearest is pooler.recycleSeconds');
  });
});

test('every setting is documented where it is defined', () => {
  const files = readdirSync(new URL('../../lib/config', import.meta.url)).map((name) => `lib/config/${name}`);
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

  test.each(DATABASE_BACKENDS)('%s is used with its defaults, and the rest stays', (backend) => {
    const settings = readConfig(withBackend(mine, backend));
    expect([backendOf(settings.database), settings.service.name]).toEqual([backend, 'mine']);
    expect(settings.database).not.toHaveProperty('computeUnits', 4);
  });

  test('is not used if none is named', () => {
    expect(withBackend(mine, undefined)).toBe(mine);
  });

  test('is refused if there is no such backend', () => {
    expect(() => withBackend(mine, 'mysql')).toThrow('There is no backend mysql: proxy, data-api, neon, postgres');
  });
});
