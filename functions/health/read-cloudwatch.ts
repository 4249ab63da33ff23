import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { NAMESPACE } from '../metrics/metric-catalogue.ts';
import type { Platform, Readings } from './readings.ts';

/** The dimensions of the metrics to read. */
export interface CloudWatchOptions {
  /** DBClusterIdentifier. */
  readonly cluster: string;
  /** The dimension Service of the functions' metrics. */
  readonly service: string;
  /** The memory of the database at its maximum capacity; 0 if unknown. */
  readonly memoryMb: number;
}

/** Metrics arrive a minute or two late: the newest datapoint in this window is used. */
const LOOK_BACK_MS = 5 * 60_000;
const PERIOD_SECONDS = 60;
const MEGABYTE = 1024 * 1024;

/** Aurora's and our own metrics in one GetMetricData call: ten metrics, 0.0001 USD. */
export class CloudWatchPlatform implements Platform {
  readonly #client: Pick<CloudWatchClient, 'send'>;
  readonly #options: CloudWatchOptions;

  constructor(
    options: CloudWatchOptions,
    client: Pick<CloudWatchClient, 'send'> = new CloudWatchClient({ maxAttempts: 2 }),
  ) {
    this.#options = options;
    this.#client = client;
  }

  /** A paused cluster publishes a capacity of 0 and nothing else. */
  async isSuspended(timeoutMs: number): Promise<boolean> {
    const { capacity } = await this.#newest({ capacity: this.#ofCluster('ServerlessDatabaseCapacity') }, timeoutMs);
    return capacity === 0;
  }

  async readings(timeoutMs: number): Promise<Readings> {
    const found = await this.#newest(
      {
        cpu: this.#ofCluster('CPUUtilization'),
        freeable: this.#ofCluster('FreeableMemory', 'Minimum'),
        read: this.#ofCluster('ReadThroughput'),
        written: this.#ofCluster('WriteThroughput'),
        lag: this.#ofCluster('AuroraReplicaLagMaximum', 'Maximum'),
        p95: this.#ofService('QueryMs', 'p95'),
        p99: this.#ofService('QueryMs', 'p99'),
        unavailable: this.#ofService('UnavailableErrors', 'Sum'),
        overload: this.#ofService('OverloadErrors', 'Sum'),
      },
      timeoutMs,
    );
    const freeableMb = scaled(found.freeable, 1 / MEGABYTE);
    const { memoryMb } = this.#options;
    const known = freeableMb !== null && memoryMb > 0;
    return {
      cpuPercent: found.cpu,
      memoryUsedMb: known ? Math.max(0, memoryMb - freeableMb) : null,
      freeableMemoryShare: known ? Math.min(1, freeableMb / memoryMb) : null,
      diskReadMbPerSecond: scaled(found.read, 1 / MEGABYTE),
      diskWriteMbPerSecond: scaled(found.written, 1 / MEGABYTE),
      // milliseconds
      replicaLagSeconds: scaled(found.lag, 1 / 1000),
      pinned: null,
      queryP95Ms: found.p95,
      queryP99Ms: found.p99,
      errors: found.unavailable,
      timeouts: found.overload,
    };
  }

  #ofCluster(name: string, statistic = 'Average'): MetricDataQuery['MetricStat'] {
    const Dimensions = [{ Name: 'DBClusterIdentifier', Value: this.#options.cluster }];
    return {
      Metric: { Namespace: 'AWS/RDS', MetricName: name, Dimensions },
      Period: PERIOD_SECONDS,
      Stat: statistic,
    };
  }

  #ofService(name: string, statistic: string): MetricDataQuery['MetricStat'] {
    const Dimensions = [{ Name: 'Service', Value: this.#options.service }];
    return {
      Metric: { Namespace: NAMESPACE, MetricName: name, Dimensions },
      Period: PERIOD_SECONDS,
      Stat: statistic,
    };
  }

  /** The newest datapoint of each metric, or null. */
  async #newest<Name extends string>(
    metrics: Readonly<Record<Name, MetricDataQuery['MetricStat']>>,
    timeoutMs: number,
  ): Promise<Record<Name, number | null>> {
    const now = Date.now();
    const command = new GetMetricDataCommand({
      StartTime: new Date(now - LOOK_BACK_MS),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: Object.entries(metrics).map(([Id, MetricStat]) => ({
        Id,
        MetricStat: MetricStat as NonNullable<MetricDataQuery['MetricStat']>,
      })),
    });
    const response = await this.#client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    const values = new Map(response.MetricDataResults?.map(({ Id, Values }) => [Id, Values?.[0]]));
    return Object.fromEntries(Object.keys(metrics).map((name) => [name, values.get(name) ?? null])) as Record<
      Name,
      number | null
    >;
  }
}

const scaled = (value: number | null, factor: number) => (value === null ? null : value * factor);
