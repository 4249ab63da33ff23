import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal, Watched, WatchedFunction } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES } from './limits.ts';

/** The ids of the alarms that turn a deployment of a function back. */
export const rollbackSubjects = (entry: string): string[] => [`${entry}-errors`, `${entry}-throttles`];

/** What Lambda says of each function. */
export function functionSubjects(settings: Settings, { functions }: Watched): AlarmSubject[] {
  return functions.flatMap((watched) => [
    errors(settings, watched),
    throttles(settings, watched),
    duration(settings, watched),
    // one or two executions are all of the reserve in ordinary work, so only a throttle tells that they are too few
    ...(watched.reservedConcurrency > 2 ? [concurrency(settings, watched)] : []),
  ]);
}

const metric = (name: string, statistic: string, { name: functionName }: WatchedFunction): MetricSignal => ({
  namespace: 'AWS/Lambda',
  name,
  statistic,
  dimensions: { FunctionName: functionName },
});

const LOGS = '`aws logs tail /aws/lambda/tick-store-<function> --since 15m --filter-pattern ERROR`';

function errors(settings: Settings, watched: WatchedFunction): AlarmSubject {
  return {
    id: `${watched.entry}-errors`,
    section: 'function-errors',
    title: `Errors of ${watched.entry}`,
    unit: 'errors in 5 minutes',
    signal: metric('Errors', 'Sum', watched),
    ...limitsOf(settings, 'functionErrors', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning:
        'Invocations crashed or ran out of time. What the service answers on purpose, 503 included, is not counted.',
      first: 'Read the error in the log; if it came with a deployment, roll that back.',
      look: [
        LOGS,
        '`aws deploy list-deployments --application-name tick-store` shows what was deployed when',
        'The trace in X-Ray of a request that failed',
      ],
    },
  };
}

function throttles(settings: Settings, watched: WatchedFunction): AlarmSubject {
  return {
    id: `${watched.entry}-throttles`,
    section: 'function-throttles',
    title: `Throttles of ${watched.entry}`,
    unit: 'throttles in 5 minutes',
    signal: metric('Throttles', 'Sum', watched),
    ...limitsOf(settings, 'functionThrottles', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning: 'All executions that are reserved for the function were busy, so requests were refused.',
      first: 'See whether requests have become slower or more; if they are slower, fix that first.',
      look: [
        'Duration and concurrency of the function on the dashboard',
        'Query time and pool utilization: a slow database keeps executions busy',
        'The concurrency of the function in infra.config.ts; synth proves that the pooler can take more',
      ],
    },
  };
}

function duration(settings: Settings, watched: WatchedFunction): AlarmSubject {
  const inMilliseconds = (percent: number) => (percent / 100) * watched.timeoutSeconds * 1000;
  return {
    id: `${watched.entry}-duration`,
    section: 'function-duration',
    title: `Slowest hundredth of ${watched.entry}`,
    unit: 'milliseconds',
    signal: metric('Duration', 'p99', watched),
    ...limitsOf(settings, 'functionDurationPercent', MINUTES, inMilliseconds),
    missing: 'notBreaching',
    advice: {
      meaning: 'Invocations come near to their timeout, at which they are killed.',
      first: 'Find where the time goes: waiting for a connection, the database, or the size of batches.',
      look: [
        'AcquireMs, QueryMs and TotalMs of the function on the dashboard',
        '`GET /v1/performance`',
        'The traces in X-Ray, slowest first',
      ],
    },
  };
}

function concurrency(settings: Settings, watched: WatchedFunction): AlarmSubject {
  const inExecutions = (percent: number) => (percent / 100) * watched.reservedConcurrency;
  return {
    id: `${watched.entry}-concurrency`,
    section: 'function-concurrency',
    title: `Executions of ${watched.entry} at once`,
    unit: 'executions',
    signal: metric('ConcurrentExecutions', 'Maximum', watched),
    ...limitsOf(settings, 'functionConcurrencyPercent', MINUTES, inExecutions),
    missing: 'notBreaching',
    advice: {
      meaning: 'The function is about to use up the executions that are reserved for it; then requests are refused.',
      first: 'See whether requests have become slower or more.',
      look: [
        'Duration of the function, and requests of the API, on the dashboard',
        'Pool utilization: more executions need more connections',
        'The concurrency of the function in infra.config.ts',
      ],
    },
  };
}
