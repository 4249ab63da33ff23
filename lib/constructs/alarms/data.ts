import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, Watched } from './definition.ts';
import { FIVE_MINUTES, limitsOf, SLOW } from './limits.ts';
import { ACTIVITY } from './shared-advice.ts';
import { apiMetric, ours } from './signals.ts';

/** With fewer rows in a period, the share says nothing. Count. */
const FEWEST_ROWS = 1000;
/** With fewer requests in a period, the share says nothing. Count. */
const FEWEST_REQUESTS = 100;
/** A day is CloudWatch's longest range for periods under an hour. Minutes. */
const MINUTES_OF_A_PERIOD = 5;

const MAINTAIN =
  '`aws lambda invoke --function-name tick-store-maintain-partitions:live --cli-read-timeout 900 /dev/stdout`';

/** Subjects about the data that clients send. */
export function dataSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  const { noTicksMinutes } = settings.alerts;
  return [
    ...(noTicksMinutes === undefined ? [] : [noTicks(noTicksMinutes, watched)]),
    rejectedRows(settings, watched),
    clientErrors(settings, watched),
    partitionRunway(settings, watched),
    operationStalled(settings, watched),
  ];
}

function noTicks(minutes: number, watched: Watched): AlarmSubject {
  const periods = Math.max(1, Math.round(minutes / MINUTES_OF_A_PERIOD));
  return {
    id: 'no-ticks',
    family: 'data',
    title: 'No ticks stored',
    affects: 'Everyone who needs current data.',
    unit: 'rows',
    signal: ours('RowsInserted', 'Sum', watched),
    limits: {
      critical: {
        comparison: 'at-most',
        value: 0,
        timing: { periodSeconds: MINUTES_OF_A_PERIOD * 60, datapoints: periods, periods },
      },
    },
    missing: 'breaching',
    warmUpMinutes: Math.max(15, minutes),
    causes: ['database-unreachable'],
    advice: {
      meaning: `No row was stored for ${minutes} minutes (setting alerts.noTicksMinutes).`,
      first: 'Check that the feed runs, and which responses it gets.',
      recovered:
        'RowsInserted is above 0: `GET /v1/market-data/batches?limit=20` shows new batches. One stored row is enough',
      look: [
        '`stats count(*) as requests by status, caller | sort requests desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
        '`GET /v1/market-data/batches?limit=20` shows the last batches',
        'Whether the market is open',
      ],
    },
  };
}

/** Uses the functions' counts, because a batch that is refused as a whole is not in the ledger that the probe reads. */
function rejectedRows(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'rejected-rows',
    family: 'data',
    title: 'Many rows rejected',
    affects: 'The client that sends them: rejected rows are not stored.',
    unit: 'share of the rows received',
    signal: {
      expression: `IF(received >= ${FEWEST_ROWS}, rejected / received, 0)`,
      metrics: {
        received: ours('RowsReceived', 'Sum', watched),
        rejected: ours('RowsRejected', 'Sum', watched),
      },
    },
    ...limitsOf(settings, 'rejectedRowShare', SLOW),
    missing: 'notBreaching',
    advice: {
      meaning: 'A client sends rows that break a rule.',
      first: 'Find the client and inform its owner. Its receipts name the fault of each row.',
      recovered:
        'RowsRejected is near 0: in new batches of `GET /v1/market-data/batches?limit=20` few rows are rejected, or the client has stopped. The client has to send the rejected rows again',
      look: [
        '`filter RowsRejected > 0 | stats sum(RowsRejected) as rejected, sum(RowsReceived) as received by actor | sort rejected desc` in Logs Insights over /aws/lambda/tick-store-ingest',
        '`GET /v1/market-data/batches/{batchId}` shows the rejections of a batch',
        'Whether an instrument is missing: `GET /v1/instruments`',
      ],
    },
  };
}

function clientErrors(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'client-errors',
    family: 'data',
    title: 'Many requests refused with 4xx',
    affects: 'The client that sends them. It is throttled (429) or not authorised, or its requests are not valid.',
    unit: 'percent of the requests',
    signal: {
      expression: `IF(requests >= ${FEWEST_REQUESTS}, 100 * FILL(refused, 0) / requests, 0)`,
      metrics: { requests: apiMetric('Count', 'Sum', watched), refused: apiMetric('4xx', 'Sum', watched) },
    },
    ...limitsOf(settings, 'clientErrorPercent', SLOW),
    missing: 'notBreaching',
    advice: {
      meaning: 'Most requests are refused because of their content, or because the client sends too fast.',
      first: 'Find the client and the status: 429 means api.requestsPerSecond, 401 and 403 mean credentials.',
      recovered:
        'The share of 4xx among the requests has fallen: the query above counts few of the last five minutes. A client that was throttled or refused has to send its requests again',
      look: [
        '`filter status >= 400 and status < 500 | stats count(*) as requests by status, routeKey, caller | sort requests desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
        'api.requestsPerSecond and api.burst in infra.config.ts',
        'A release of the client',
      ],
    },
  };
}

function partitionRunway(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'partition-runway',
    family: 'data',
    title: 'Partitions run out',
    affects: 'Nobody yet. A batch for a month without a partition first creates it, and takes longer.',
    unit: 'days',
    signal: ours('PartitionRunwayDays', 'Minimum', watched),
    ...limitsOf(settings, 'partitionRunwayDays', SLOW, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: 'The nightly maintenance has created no new partitions for weeks.',
      first: 'Run the maintenance by hand and read its result.',
      recovered:
        'PartitionRunwayDays is above the limit with the next sample, half a minute after the maintenance has run: the query above shows months ahead',
      look: [
        MAINTAIN,
        "`select name, starts, ends from tick_store.partitions where parent = 'market_data' order by starts desc limit 12`",
        '`aws logs tail /aws/lambda/tick-store-maintain-partitions --since 3d`',
        '`GET /v1/health/partitions`',
      ],
    },
  };
}

/**
 * Measured by the probe, which keeps running when the schedule that continues operations has stopped. The minimum of
 * five minutes counts, so that an outage that has ended does not count as a stall.
 */
function operationStalled(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'operation-stalled',
    family: 'data',
    title: 'Operation makes no progress',
    affects:
      'Clients that wait for a large deletion or restoration. It stays accepted, but its remaining rows do not change.',
    unit: 'seconds',
    signal: ours('OperationStallSeconds', 'Minimum', watched),
    ...limitsOf(settings, 'operationStallSeconds', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning: 'The oldest running operation makes no progress, although a schedule continues it every minute.',
      first:
        'Find what blocks its rows: a transaction, a lock, or a run that fails. Its completed steps are committed.',
      recovered:
        'OperationStallSeconds is 0 again with the next sample after a step: `GET /v1/market-data/operations/{id}` shows that `rowsDone` grows, and at its end `status` is no longer `running`',
      look: [
        "`select id, kind, actor, at, planned, next_step, steps, rows_done, rows_total from tick_store.operations where status = 'running' order by id`: the first one is stalled; `GET /v1/market-data/operations/{id}` shows the same",
        '`aws logs tail /aws/lambda/tick-store-maintain-partitions --since 15m` has "operation waits for its next run" with the SQLSTATE, or the error',
        ACTIVITY,
        '`aws scheduler get-schedule --group-name tick-store --name tick-store-continue-operations` must say ENABLED',
        'Run it by hand: `aws lambda invoke --function-name tick-store-maintain-partitions:live --cli-read-timeout 900 --cli-binary-format raw-in-base64-out --payload \'{"task":"operations"}\' /dev/stdout`',
      ],
    },
  };
}
