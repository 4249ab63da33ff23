import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../../functions/metrics/metric-catalogue.ts';
import type { Alarms } from './alarms/alarms.ts';
import { type AlarmSubject, SEVERITIES, type Watched } from './alarms/definition.ts';
import { lambdaMetric, ours } from './alarms/signals.ts';
import { toMetric } from './alarms/to-metric.ts';
import type { Names } from './shared/names.ts';

export interface DashboardProps {
  readonly names: Names;
  readonly subjects: readonly AlarmSubject[];
  readonly watched: Watched;
  readonly alarms: Alarms;
}

const COLORS = { warning: cloudwatch.Color.ORANGE, critical: cloudwatch.Color.RED } as const;
const WIDTH = 24;
const GRAPH = { width: 8, height: 6 } as const;
const PERIOD_SECONDS = 60;

/** Lambda's metrics that get a graph with one line per function. */
const PER_FUNCTION = [
  ['Errors', 'Sum'],
  ['Throttles', 'Sum'],
  ['Duration', 'p99'],
  ['ConcurrentExecutions', 'Maximum'],
] as const;

/** Graphs of the service's activity, in addition to those of alarms. */
const ACTIVITY: readonly { readonly title: string; readonly metrics: readonly [MetricName, string][] }[] = [
  {
    title: 'Rows per minute',
    metrics: [
      ['RowsInserted', 'Sum'],
      ['RowsRejected', 'Sum'],
      ['RowsDuplicate', 'Sum'],
    ],
  },
  { title: 'Insert rate, rows per second', metrics: [['InsertRatePerSecond', 'Average']] },
  {
    title: 'Connections',
    metrics: [
      ['PoolInUse', 'Maximum'],
      ['PoolWaiting', 'Maximum'],
      ['ActiveConnections', 'Maximum'],
    ],
  },
  {
    title: 'Requests by kind, milliseconds',
    metrics: [
      ['BulkInsertMs', 'p95'],
      ['SelectMs', 'p95'],
      ['SelectLatestMs', 'p95'],
      ['SoftDeleteMs', 'p95'],
      ['RestoreMs', 'p95'],
    ],
  },
  {
    title: 'Cold starts, retries, replays',
    metrics: [
      ['ColdStart', 'Sum'],
      ['Retries', 'Sum'],
      ['IdempotentReplays', 'Sum'],
    ],
  },
  { title: 'Database size, megabytes', metrics: [['DatabaseSizeMb', 'Maximum']] },
];

/** Graphs of the metrics that the alarms watch, with their thresholds as lines, and of the service's activity. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { names, subjects, watched, alarms }: DashboardProps) {
    super(scope, id);
    new cloudwatch.Dashboard(this, 'Dashboard', {
      // an account's dashboards share one namespace over all regions
      dashboardName: names.of(Stack.of(this).region),
      widgets: [
        [
          new cloudwatch.AlarmStatusWidget({
            title: 'Pages',
            alarms: SEVERITIES.flatMap((severity) => [...alarms.paging[severity]]),
            width: WIDTH,
            height: 4,
          }),
        ],
        // a widget accepts at most 100 alarms
        ...SEVERITIES.map((severity) => [
          new cloudwatch.AlarmStatusWidget({
            title: `Alarms: ${severity}`,
            alarms: [...alarms.bySeverity[severity]],
            width: WIDTH,
            height: 5,
          }),
        ]),
        ...rowsOf(subjects.map((subject) => graphOf(subject))),
        ...rowsOf(PER_FUNCTION.map(([name, statistic]) => functionsGraph(name, statistic, watched))),
        ...rowsOf(ACTIVITY.map(({ title, metrics }) => activityGraph(title, metrics, watched))),
      ],
    });
  }
}

function graphOf(subject: AlarmSubject): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    ...GRAPH,
    title: subject.title,
    left: [toMetric(subject.signal, PERIOD_SECONDS, subject.title)],
    leftYAxis: { min: 0, label: subject.unit, showUnits: false },
    leftAnnotations: SEVERITIES.flatMap((severity) => {
      const limit = subject.limits[severity];
      return limit === undefined ? [] : [{ value: limit.value, label: severity, color: COLORS[severity] }];
    }),
  });
}

/** It has no threshold lines, because each function has its own. */
function functionsGraph(name: string, statistic: string, { functions }: Watched): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    ...GRAPH,
    width: 6,
    title: `Functions: ${name.toLowerCase()}`,
    left: functions.map((one) => toMetric(lambdaMetric(name, statistic, one), PERIOD_SECONDS, one.entry)),
    leftYAxis: { min: 0, label: statistic, showUnits: false },
  });
}

function activityGraph(
  title: string,
  metrics: readonly [MetricName, string][],
  watched: Watched,
): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    ...GRAPH,
    title,
    left: metrics.map(([name, statistic]) => toMetric(ours(name, statistic, watched), PERIOD_SECONDS, name)),
    leftYAxis: { min: 0, showUnits: false },
  });
}

/** Splits graphs into rows of the full width. */
function rowsOf(widgets: readonly cloudwatch.GraphWidget[]): cloudwatch.IWidget[][] {
  const perRow = Math.floor(WIDTH / (widgets[0]?.width ?? GRAPH.width));
  return Array.from({ length: Math.ceil(widgets.length / perRow) }, (_, i) =>
    widgets.slice(i * perRow, (i + 1) * perRow),
  );
}
