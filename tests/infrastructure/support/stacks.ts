import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import type { DatabaseBackend } from '../../../lib/config/database-backend.ts';
import { type InfraConfig, readConfig, type Settings } from '../../../lib/config/schema.ts';
import { TickStore } from '../../../lib/stack.ts';

/** Where the runbook of the tests' stacks is read. */
export const RUNBOOK = 'https://wiki.example.com/runbook';

/** A function that knows no database: it makes pages. */
export const PAGER = 'tick-store-send-pages';

const alerts: InfraConfig['alerts'] = { runbookUrl: RUNBOOK, critical: { email: ['oncall@example.com'] } };

/** Every backend, by the least that a deployer writes for it. */
export const CONFIGS: Readonly<Record<DatabaseBackend, InfraConfig>> = {
  proxy: { alerts, database: { kind: 'aurora', backend: 'proxy' } },
  'data-api': { alerts, database: { kind: 'aurora', backend: 'data-api', minAcu: 0 } },
  neon: { alerts, database: { kind: 'neon' } },
  postgres: { alerts, database: { kind: 'postgres' } },
};
/** A deployment that uses what the others leave at its default. */
export const EVERYTHING: InfraConfig = {
  service: {
    ...{
      account: '123456789012',
      region: 'eu-central-1',
      permissionsBoundary: 'team-boundary',
      bootstrapQualifier: 'ticksprod',
    },
    tags: { team: 'market-data', 'cost-center': '4711' },
  },
  network: { cidr: '10.60.0.0/18' },
  encryption: { key: 'stack' },
  retention: { logDays: 3653, accessLogDays: 2557, keepAccessLogs: true },
  database: {
    ...{ kind: 'aurora', insights: 'advanced', readers: 3, engineVersion: '18.9' },
    capacitySchedule: [
      { at: '09:15', timeZone: 'America/New_York', minAcu: 8 },
      { at: '16:30', timeZone: 'America/New_York', minAcu: 1 },
    ],
  },
  api: {
    authorization: 'jwt',
    jwt: {
      ...{ issuer: 'https://login.example.com', audience: ['ticks'] },
      scopes: { read: ['ticks/read'], ingest: ['ticks/write'], 'POST /v1/market-data/deletions': ['ticks/delete'] },
    },
    domain: {
      name: 'ticks.example.com',
      certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
      hostedZoneId: 'Z0123456789ABC',
    },
    corsOrigins: ['https://trade.example.com'],
  },
  deployment: { traffic: 'linear-10-percent-1-minute' },
  alerts: {
    warmUp: false,
    muteWarningsInMaintenance: true,
    runbookUrl: RUNBOOK,
    monthlyBudgetUsd: 900,
    warning: { slack: [{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }] },
    critical: {
      https: ['secret:pagerduty'],
      httpsPages: ['https://pages.example.com'],
      pagerDuty: ['secret:routing-key'],
      email: ['oncall@example.com'],
      sms: ['+41791234567'],
    },
  },
};
export const BACKENDS = Object.keys(CONFIGS) as DatabaseBackend[];

export interface Synthesised {
  readonly settings: Settings;
  readonly stack: TickStore;
  readonly template: Template;
  /** Where the assembly is. */
  readonly directory: string;
}

const directories: string[] = [];
process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** An app as `npx cdk` starts it: with the context of cdk.json, and an output directory of its own. */
export function createApp(props: AppProps = {}): { app: App; directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-synth-'));
  directories.push(directory);
  const context = cdkJson.context;
  // no test reads where a construct was made, nor the tree of them
  const without = { analyticsReporting: false, stackTraces: false, treeMetadata: false };
  return { app: new App({ outdir: directory, context, ...without, ...props }), directory };
}

/**
 * The stack of a configuration. CDK's own validation is left out, because it takes half of a synthesis: `assembly.test.ts`
 * synthesises every kind of configuration with it.
 */
export function synthesise(config: InfraConfig): Synthesised {
  const settings = readConfig(config);
  const { app, directory } = createApp({ builtinCloudFormationValidation: false });
  const stack = new TickStore(app, settings.service.name, { settings, release: '1.2.3' });
  return { settings, stack, template: Template.fromStack(stack), directory };
}

const done = new Map<DatabaseBackend, Synthesised>();

/** The stack of a backend with nothing else configured; made once for each worker. */
export function stackOf(backend: DatabaseBackend): Synthesised {
  const made = done.get(backend) ?? synthesise(CONFIGS[backend]);
  done.set(backend, made);
  return made;
}

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON, and tests look into them without restating their types
export type Resource = any;

/** Properties of the resources of a type, by logical id. */
export function propertiesOf(template: Template, type: string): Record<string, Resource> {
  const found = template.findResources(type);
  return Object.fromEntries(Object.entries(found).map(([id, resource]) => [id, resource['Properties'] ?? {}]));
}
