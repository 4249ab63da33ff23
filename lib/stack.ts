import { Annotations, CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { validateConfig } from '../functions/config/validate-config.ts';
import { effectiveConfigOf, proveCapacity } from './config/capacity.ts';
import type { Settings } from './config/schema.ts';
import { Alarms } from './constructs/alarms/alarms.ts';
import { canGrow } from './constructs/alarms/aurora.ts';
import { alarmSubjects } from './constructs/alarms/catalogue.ts';
import type { Watched } from './constructs/alarms/definition.ts';
import { ROLLBACK } from './constructs/alarms/platform.ts';
import { AlertTopics } from './constructs/alert-topics.ts';
import { Console } from './constructs/console.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { createDatabaseAccess, type DatabaseAccess } from './constructs/database/database-access.ts';
import { Functions, MOST_ACQUIRE_MS } from './constructs/functions/functions.ts';
import { ServiceApi } from './constructs/http-api.ts';
import { Migration } from './constructs/migration.ts';
import { DeadLetters, Schedules } from './constructs/schedules.ts';
import { Names } from './constructs/shared/names.ts';
import { Deployments, isScheduled, Traffic } from './constructs/traffic.ts';
import { runbookOf } from './runbook/runbook.ts';

/** CDK tags them, but CloudFormation's schema of them has no tags. */
const UNTAGGED = ['AWS::RDS::DBProxyTargetGroup'];

export interface TickStoreProps extends StackProps {
  readonly settings: Settings;
  /** The version in package.json. */
  readonly release: string;
}

/**
 * The Tick Store in one stack. From top to bottom: the database and the way to it, the functions, their migration and
 * traffic, what calls them (API, schedules), and what watches them (topics, alarms, roll-back, dashboard).
 */
export class TickStore extends Stack {
  constructor(scope: Construct, id: string, { settings, release, ...props }: TickStoreProps) {
    super(scope, id, props);
    proveCapacity(settings);
    const { database } = settings;
    // cdk destroy would delete everything else before it fails at the protected cluster
    this.terminationProtection = database.kind === 'aurora' && database.deletionProtection;
    this.warnOf(settings);
    Tags.of(this).add('service', settings.service.name, { excludeResourceTypes: UNTAGGED });
    const names = new Names(settings.service.name);
    const logRetention = settings.retention.logDays;

    const access = createDatabaseAccess(this, 'Database', { names, settings, logRetention });
    const functions = new Functions(this, 'Functions', { names, settings, access, release, logRetention });

    const { queue: deadLetters, undelivered } = new DeadLetters(this, 'DeadLetters', { names });
    const { aliases } = new Traffic(this, 'Traffic', { functions, deadLetters });
    new Migration(this, 'Migration', {
      migrate: functions.byEntry.migrate,
      after: access.ready,
      before: Object.values(aliases),
    });

    const { api } = new ServiceApi(this, 'Api', {
      names,
      settings: settings.api,
      handlers: aliases,
      accessLogRetention: settings.retention.accessLogDays,
    });
    if (settings.console.enabled)
      new Console(this, 'Console', { names, runbook: runbookOf(settings), api, logRetention });
    const { probe, maintenance } = settings;
    const schedules = new Schedules(this, 'Schedules', { names, probe, maintenance, targets: aliases, deadLetters });

    const { topics } = new AlertTopics(this, 'Alerts', { names, settings: settings.alerts, undelivered });
    const watched = watchedIn(functions, access, {
      service: names.service,
      apiId: api.apiId,
      deadLetterQueue: deadLetters.queueName,
      undeliveredQueue: undelivered.queueName,
      pageTopic: topics.critical.topicName,
      scheduleGroup: names.service,
    });
    const subjects = alarmSubjects(settings, watched);
    const { runbookUrl } = settings.alerts;
    const alarms = new Alarms(this, 'Alarms', { names, subjects, topics, runbookUrl });
    alarms.pageAfter(schedules.probe);
    new Deployments(this, 'Deployments', {
      names,
      settings: settings.deployment,
      aliases,
      rollbackAlarms: alarms.of([ROLLBACK], 'critical'),
    });
    new Dashboard(this, 'Dashboard', { names, subjects, watched, alarms });

    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint, description: 'Where the API is' });
  }

  /** What `GET /v1/config` will say of this configuration, said before it is deployed. */
  private warnOf(settings: Settings): void {
    const { warnings, recommendations } = validateConfig(effectiveConfigOf(settings));
    const annotations = Annotations.of(this);
    for (const [index, warning] of warnings.entries()) {
      const advice = [warning, recommendations[index]].filter(Boolean).join(' ');
      annotations.addWarningV2(`tick-store:${subjectOf(advice)}`, advice);
    }
    const { database, pooler } = settings;
    if (database.kind === 'aurora' && !canGrow(settings, database))
      annotations.addWarningV2(
        'tick-store:database.maxAcu',
        `database.minAcu is ${database.minAcu} and maxAcu is ${database.maxAcu}: an idle cluster is near its limit already, so there is no alarm on its capacity. Raise database.maxAcu.`,
      );
    if (pooler.acquireTimeoutSeconds * 1000 > MOST_ACQUIRE_MS)
      annotations.addInfo(
        `pooler.acquireTimeoutSeconds is ${pooler.acquireTimeoutSeconds}: functions wait ${MOST_ACQUIRE_MS / 1000} s at most, because API Gateway ends requests at 30 s. Other clients of the pooler wait longer.`,
      );
  }
}

/** The setting that a warning is about: what acknowledges it stays valid when other warnings come and go. */
const subjectOf = (advice: string): string => /\b[a-z]+\.[A-Za-z]+(?:\.[A-Za-z]+)?/.exec(advice)?.[0] ?? 'capacity';

type Fixed = Omit<Watched, 'proxyName' | 'clusterId' | 'functions'>;

/** The migration is not watched: a deployment that runs it fails with it. */
function watchedIn({ all }: Functions, { proxy, cluster }: DatabaseAccess, fixed: Fixed): Watched {
  return {
    ...fixed,
    ...(proxy ? { proxyName: proxy.dbProxyName } : {}),
    ...(cluster ? { clusterId: cluster.clusterIdentifier } : {}),
    functions: all
      .filter(({ entry }) => entry !== 'migrate')
      .map(({ entry, function: { functionName: name, currentVersion }, timeout }) => ({
        ...{ entry, name, version: currentVersion.version },
        timeoutSeconds: timeout.toSeconds(),
        isApi: !isScheduled(entry),
      })),
  };
}
