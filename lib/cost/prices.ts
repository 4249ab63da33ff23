/** One price of us-east-1. */
export interface Price {
  readonly usd: number;
  /** `ACU-hour`, `metric and month`. */
  readonly per: string;
  /**
   * Where the price was found, and when that page was written or read; or that it was not found, with the nearest one.
   */
  readonly source: string;
}

const c3x = 'c3x.dev, read November 2026';
const signoz = 'signoz.io, February 2026';
const factualminds = 'factualminds.com, June 2026';

/**
 * Prices in USD for us-east-1, without free tiers and tax. AWS's own pages load them by script, so none is from there.
 */
export const PRICES = {
  acuHour: { usd: 0.12, per: 'ACU-hour', source: c3x },
  auroraStorage: { usd: 0.1, per: 'GB and month', source: 'cloudexmachina.io, September 2025' },
  auroraIo: { usd: 0.2, per: 'million I/O', source: 'jusdb.com and costnimbus.com, read November 2026' },
  proxyAcuHour: {
    ...{ usd: 0.015, per: 'ACU-hour, at least 8 ACU' },
    source: 'price not found for us-east-1; 0.025 in Tokyo and the least of 8 ACU: qiita.com/hirooka622, April 2024',
  },
  dataApiCalls: {
    ...{ usd: 0.35, per: 'million calls of 32 KB' },
    source: 'price not found for us-east-1; 0.42 in Tokyo: qiita.com/hirooka622, April 2024',
  },
  endpointHour: { usd: 0.01, per: 'zone and hour', source: c3x },
  metric: { usd: 0.3, per: 'metric and month', source: signoz },
  alarm: { usd: 0.1, per: 'metric of an alarm and month', source: c3x },
  fastAlarm: { usd: 0.3, per: 'metric of an alarm by 30 s or less and month', source: c3x },
  compositeAlarm: { usd: 0.5, per: 'composite alarm and month', source: c3x },
  dashboard: { usd: 3, per: 'dashboard and month', source: factualminds },
  logs: { usd: 0.5, per: 'GB', source: factualminds },
  lambdaGbSecond: { usd: 0.0000133334, per: 'GB-second on arm64', source: 'git.mcrn.ar, May 2026' },
  lambdaRequests: { usd: 0.2, per: 'million invocations', source: 'git.mcrn.ar, May 2026' },
  httpApi: {
    ...{ usd: 1, per: 'million requests of 512 KB' },
    source: 'apigatewaycost.com, read November 2026; the 512 KB: an AWS whitepaper on private APIs',
  },
  sqsRequests: { usd: 0.4, per: 'million requests', source: 'cloudburn.io, March 2026' },
  key: { usd: 1, per: 'key and month', source: factualminds },
  secret: { usd: 0.4, per: 'secret and month', source: 'hivebook.wiki, read November 2026' },
  neonCuHour: { usd: 0.106, per: 'CU-hour, Launch plan', source: 'neon.com/faqs, undated' },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** The minimum that RDS Proxy bills. ACU. */
export const LEAST_PROXY_ACU = 8;

/** CloudWatch and RDS bill by the hour; a month has this many. Hours. */
export const HOURS_PER_MONTH = 730;

/** One line of an estimate. */
export interface CostLine {
  readonly what: string;
  /** In the unit of the price. */
  readonly quantity: number;
  readonly price: PriceName;
}

export const usdOf = ({ quantity, price }: CostLine): number => quantity * PRICES[price].usd;

/** USD. */
export const totalOf = (lines: readonly CostLine[]): number => lines.reduce((sum, line) => sum + usdOf(line), 0);
