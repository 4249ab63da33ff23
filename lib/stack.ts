import {
  CfnOutput,
  DefaultStackSynthesizer,
  type IStackSynthesizer,
  PermissionsBoundary,
  Stack,
  type StackProps,
  Tags,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { proveCapacity } from './config/capacity.ts';
import type { Settings } from './config/schema.ts';
import { Alarms } from './constructs/alarms/alarms.ts';
import { alarmSubjects } from './constructs/alarms/catalogue.ts';
import type { Watched } from './constructs/alarms/definition.ts';
import { pageFactsOf } from './constructs/alarms/page-facts.ts';
import { ROLLBACK } from './constructs/alarms/platform.ts';
import { AlertTopics } from './constructs/alert-topics.ts';
import { CapacitySchedule } from './constructs/capacity-schedule.ts';
import { Console } from './constructs/console.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { createDatabaseAccess, type DatabaseAccess } from './constructs/database/database-access.ts';
import { DeploymentStep } from './constructs/deployment-step.ts';
import { Encryption } from './constructs/encryption.ts';
import { Functions, isDeploying } from './constructs/functions/functions.ts';
import { ServiceApi } from './constructs/http-api.ts';
import { MaintenanceMute } from './constructs/maintenance-mute.ts';
import { PAGER, Pager } from './constructs/pager.ts';
import { RefusedPages } from './constructs/refused-pages.ts';
import { DeadLetters, Schedules } from './constructs/schedules.ts';
import { Budget, ServiceEvents } from './constructs/service-events.ts';
import { Names } from './constructs/shared/names.ts';
import { Deployments, isScheduled, Traffic } from './constructs/traffic.ts';
import { runbookOf } from './runbook/runbook.ts';
import { warnOf } from './warn-of-settings.ts';

export interface TickStoreProps extends StackProps {
  readonly settings: Settings;
  /** The version in package.json. */
  readonly release: string;
  /** Name of the stage, for tags. */
  readonly stage?: string | undefined;
}

/**
 * The Tick Store in one stack. From top to bottom: the database and the connection to it, the functions, their
 * migration and traffic, what invokes them (API, schedules), and what monitors them (topics, alarms, rollback,
 * dashboard).
 */
export class TickStore extends Stack {
  constructor(scope: Construct, id: string, { settings, release, stage, ...props }: TickStoreProps) {
    super(scope, id, { ...stackPropsOf(settings), ...props });
    proveCapacity(settings);
    const { database } = settings;
    // cdk destroy would delete everything else before it fails at the protected cluster
    this.terminationProtection = database.kind === 'aurora' && database.deletionProtection;
    warnOf(this, settings);
    this.tag(settings.service, stage);
    const names = new Names(settings.service.name);
    const logRetention = settings.retention.logDays;

    new Encryption(this, 'Encryption', { names, settings: settings.encryption });
    const access = createDatabaseAccess(this, 'Database', { names, settings, logRetention });
    const functions = new Functions(this, 'Functions', { names, settings, access, release, logRetention });

    const { queue: deadLetters, undelivered } = new DeadLetters(this, 'DeadLetters', { names });
    const { aliases } = new Traffic(this, 'Traffic', { functions, deadLetters });
    const { migrate, 'smoke-run': smokeRun } = functions.byEntry;
    const migration = new DeploymentStep(this, 'Migration', { run: migrate, after: access.ready });
    new DeploymentStep(this, 'SmokeRun', { run: smokeRun, after: [migration], before: Object.values(aliases) });

    const { api, url } = new ServiceApi(this, 'Api', {
      names,
      settings: settings.api,
      handlers: aliases,
      accessLog: settings.retention,
    });
    if (settings.console.enabled)
      new Console(this, 'Console', { names, runbook: runbookOf(settings), api, logRetention });
    const { probe, maintenance } = settings;
    const schedules = new Schedules(this, 'Schedules', { names, probe, maintenance, targets: aliases, deadLetters });
    if (database.kind === 'aurora' && access.cluster && database.capacitySchedule.length > 0)
      new CapacitySchedule(this, 'CapacitySchedule', {
        ...{ names, group: schedules.group, cluster: access.cluster, deadLetters, maxAcu: database.maxAcu },
        changes: database.capacitySchedule,
      });

    const alerts = new AlertTopics(this, 'Alerts', { names, settings: settings.alerts, undelivered });
    const { queue: refused } = new RefusedPages(this, 'RefusedPages', {
      names,
      undelivered,
      settings: settings.alerts,
    });
    const watched = watchedIn(functions, access, {
      service: names.service,
      apiId: api.apiId,
      deadLetterQueue: deadLetters.queueName,
      undeliveredQueue: undelivered.queueName,
      ...(refused === undefined ? {} : { refusedQueue: refused.queueName }),
      pageTopics: [alerts.topics.critical.topicName, alerts.alarms.critical.topicName],
      pager: names.of(PAGER),
      scheduleGroup: names.service,
    });
    const subjects = alarmSubjects(settings, watched);
    const { runbookUrl } = settings.alerts;
    const pager = new Pager(this, 'Pager', {
      ...{ names, undelivered, refused, deadLetters, logRetention, topics: alerts, settings: settings.alerts },
      scheduleGroup: schedules.group,
      facts: pageFactsOf(names, settings.alerts, subjects),
    });
    new ServiceEvents(this, 'ServiceEvents', { names, undelivered, pager: pager.target, cluster: access.cluster });
    const { monthlyBudgetUsd: limitUsd } = settings.alerts;
    if (limitUsd !== undefined) new Budget(this, 'Budget', { names, limitUsd, topic: alerts.alarms.warning });
    const alarms = new Alarms(this, 'Alarms', {
      ...{ names, subjects, runbookUrl, topics: alerts.alarms },
      peopleTopic: alerts.topics.critical,
    });
    alarms.pageAfter(schedules.probe, pager);
    if (database.kind === 'aurora' && settings.alerts.muteWarningsInMaintenance)
      new MaintenanceMute(this, 'MaintenanceMute', {
        ...{ names, window: database.maintenanceWindow, alarms: alarms.paging.warning },
      });
    new Deployments(this, 'Deployments', {
      names,
      settings: settings.deployment,
      aliases,
      rollbackAlarms: alarms.of([ROLLBACK], 'critical'),
    });
    new Dashboard(this, 'Dashboard', { names, subjects, watched, alarms });

    new CfnOutput(this, 'ApiUrl', { value: url, description: 'URL of the API' });
  }

  /** CDK also tags RDS Proxy's target group, but CloudFormation's schema for it has no tags. */
  private tag({ name, tags }: Settings['service'], stage: string | undefined): void {
    const all = { ...tags, service: name, ...(stage === undefined ? {} : { stage }) };
    for (const [key, value] of Object.entries(all))
      Tags.of(this).add(key, value, { excludeResourceTypes: ['AWS::RDS::DBProxyTargetGroup'] });
  }
}

function stackPropsOf({ service: { account, region, permissionsBoundary, bootstrapQualifier } }: Settings): StackProps {
  return {
    ...(account || region ? { env: { ...(account ? { account } : {}), ...(region ? { region } : {}) } } : {}),
    ...(bootstrapQualifier
      ? { synthesizer: new DefaultStackSynthesizer({ qualifier: bootstrapQualifier }) as IStackSynthesizer }
      : {}),
    ...(permissionsBoundary ? { permissionsBoundary: PermissionsBoundary.fromName(permissionsBoundary) } : {}),
  };
}

type Fixed = Omit<Watched, 'proxyName' | 'clusterId' | 'functions'>;

/** Functions that only a deployment runs are not watched, because the deployment fails with them. */
function watchedIn({ all }: Functions, { proxy, cluster }: DatabaseAccess, fixed: Fixed): Watched {
  return {
    ...fixed,
    ...(proxy ? { proxyName: proxy.dbProxyName } : {}),
    ...(cluster ? { clusterId: cluster.clusterIdentifier } : {}),
    functions: all
      .filter(({ entry }) => !isDeploying(entry))
      .map(({ entry, function: { functionName: name, currentVersion }, timeout }) => ({
        ...{ entry, name, version: currentVersion.version },
        timeoutSeconds: timeout.toSeconds(),
        isApi: !isScheduled(entry),
      })),
  };
}
