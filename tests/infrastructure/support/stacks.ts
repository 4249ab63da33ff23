import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import type { DatabaseBackend } from '../../../lib/config/database-backend.ts';
import { type InfraConfig, readConfig, type Settings } from '../../../lib/config/schema.ts';
import { TickStore } from '../../../lib/stack.ts';
import { fastDirectory } from '../../support/fast-directory.ts';
import { makeOnce } from './make-once.ts';

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
  readonly template: Template;
  /** What the assembly says of the stack: `aws://ACCOUNT/REGION`, and how it is deployed. */
  readonly artifact: { readonly environment: string; readonly properties: { readonly terminationProtection: boolean } };
  /** What synth warns of. */
  readonly warnings: readonly string[];
  /** Where the assembly is. Nobody writes to it. */
  readonly directory: string;
}

/** A run's, which ends with it: a worker is killed at its end. Or one of this process alone, for what is started by itself. */
const shared = process.env['TICK_STORE_BUNDLES'] ?? ownDirectory();

function ownDirectory(): string {
  const directory = mkdtempSync(join(fastDirectory(), 'tick-store-synth-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const makeDirectory = () => mkdtempSync(join(shared, 'synth-'));

/** An app as `npx cdk` starts it: with the context of cdk.json, and an output directory of its own. */
export function createApp(props: AppProps = {}): { app: App; directory: string } {
  const directory = props.outdir ?? makeDirectory();
  const context = cdkJson.context;
  // no test reads where a construct was made, nor the tree of them
  const without = { analyticsReporting: false, stackTraces: false, treeMetadata: false };
  return { app: new App({ outdir: directory, context, ...without, ...props }), directory };
}

/** CDK's own validation takes half of a synthesis: `assembly.test.ts` synthesises every kind of configuration with it. */
export const WITHOUT_VALIDATION: AppProps = { builtinCloudFormationValidation: false };

/** Synthesises a configuration whatever has been synthesised before. @returns where the assembly is */
export function synthesiseAnew(config: InfraConfig, outdir: string = makeDirectory()): string {
  const settings = readConfig(config);
  const { app } = createApp({ ...WITHOUT_VALIDATION, outdir });
  new TickStore(app, settings.service.name, { settings, release: '1.2.3' });
  app.synth();
  return outdir;
}

const done = new Map<string, Synthesised>();

/** The stack of a configuration: 0.4 s of a processor, which all workers of a run spend only once. */
export function synthesise(config: InfraConfig): Synthesised {
  const key = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16);
  const known = done.get(key);
  if (known !== undefined) return known;
  const directory = join(shared, `assembly-${key}`);
  makeOnce(directory, (draft) => synthesiseAnew(config, draft));
  const made = readSynthesised(readConfig(config), directory);
  done.set(key, made);
  return made;
}

function readSynthesised(settings: Settings, directory: string): Synthesised {
  const { name } = settings.service;
  const read = (file: string) => JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const metadata: { type: string; data: string }[] = read(`${name}.metadata.json`)[`/${name}`];
  return {
    ...{ settings, directory },
    template: Template.fromJSON(read(`${name}.template.json`)),
    artifact: read('manifest.json').artifacts[name],
    warnings: metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data),
  };
}

/** The stack of a backend with nothing else configured. */
export const stackOf = (backend: DatabaseBackend): Synthesised => synthesise(CONFIGS[backend]);

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON, and tests look into them without restating their types
export type Resource = any;

/** Properties of the resources of a type, by logical id. */
export function propertiesOf(template: Template, type: string): Record<string, Resource> {
  const found = template.findResources(type);
  return Object.fromEntries(Object.entries(found).map(([id, resource]) => [id, resource['Properties'] ?? {}]));
}
