import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../../functions/metrics/metric-catalogue.ts';
import type { Alarms } from './alarms/alarms.ts';
import { type AlarmSubject, SEVERITIES, type Watched } from './alarms/definition.ts';
import { ours } from './alarms/probe.ts';
import { toMetric } from './alarms/to-metric.ts';
import type { Names } from './names.ts';

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

/** Sections of functions have a graph for all of them, with a line each. */
const PER_FUNCTION = ['function-errors', 'function-throttles', 'function-duration', 'function-concurrency'];

/** What has happened, beside what is wrong. */
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

/** The same metrics that the alarms watch, with the thresholds drawn as lines, and what the service does. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { names, subjects, watched, alarms }: DashboardProps) {
    super(scope, id);
    const single = subjects.filter((subject) => !PER_FUNCTION.includes(subject.section));
    new cloudwatch.Dashboard(this, 'Dashboard', {
      // an account's dashboards are one list for all regions
      dashboardName: names.of(Stack.of(this).region),
      widgets: [
        [
          new cloudwatch.AlarmStatusWidget({
            title: 'Pages',
            alarms: SEVERITIES.map((severity) => alarms.composites[severity]),
            width: WIDTH,
            height: 2,
          }),
        ],
        // a widget takes 100 alarms
        ...SEVERITIES.map((severity) => [
          new cloudwatch.AlarmStatusWidget({
            title: `Alarms: ${severity}`,
            alarms: [...alarms.bySeverity[severity]],
            width: WIDTH,
            height: 5,
          }),
        ]),
        ...rowsOf(single.map((subject) => graphOf(subject))),
        ...rowsOf(PER_FUNCTION.map((section) => functionsGraph(subjects.filter((s) => s.section === section)))),
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

/** No lines here: each function has its own. */
function functionsGraph(subjects: readonly AlarmSubject[]): cloudwatch.GraphWidget {
  const [first] = subjects;
  return new cloudwatch.GraphWidget({
    ...GRAPH,
    width: 6,
    title: (first?.section ?? '').replace('function-', 'Functions: '),
    left: subjects.map((subject) => toMetric(subject.signal, PERIOD_SECONDS, subject.title)),
    leftYAxis: { min: 0, label: first?.unit ?? '', showUnits: false },
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

/** Rows that fill the width, and no more. */
function rowsOf(widgets: readonly cloudwatch.GraphWidget[]): cloudwatch.IWidget[][] {
  const perRow = Math.floor(WIDTH / (widgets[0]?.width ?? GRAPH.width));
  return Array.from({ length: Math.ceil(widgets.length / perRow) }, (_, i) =>
    widgets.slice(i * perRow, (i + 1) * perRow),
  );
}
