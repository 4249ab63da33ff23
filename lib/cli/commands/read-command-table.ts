import { type Client, latestTicks } from '../../client/index.ts';
import type { ConnectionOptions } from '../store/connection.ts';

/** The options of a reading command. */
export interface ReadFlags extends ConnectionOptions {
  readonly json?: true;
  readonly [flag: string]: unknown;
}

/** A command that prints one list of the API. */
export interface ReadCommand {
  readonly name: string;
  /** Arguments as commander writes them, such as `[id]`. */
  readonly arguments?: readonly (readonly [name: string, description: string])[];
  readonly summary: string;
  readonly description: string;
  /** A flag, its description, and its default. */
  readonly flags: readonly (readonly [flag: string, description: string, fallback?: string])[];
  readonly path: (args: readonly string[]) => string;
  /** Builds the API's parameters. */
  readonly query: (
    flags: ReadFlags,
    args: readonly (string | readonly string[])[],
  ) => Readonly<Record<string, unknown>>;
  /** Reads the document, if one GET is not enough. */
  readonly read?: (client: Client, query: Readonly<Record<string, unknown>>) => Promise<object>;
  readonly columns: readonly string[];
  readonly examples: readonly string[];
}

const PERIOD = [
  ['--from <time>', 'not before this time'],
  ['--to <time>', 'not after this time'],
] as const;
/** The flag for the data as of an earlier point. */
export const AS_OF = ['--as-of <what>', 'show the data as of batch:ID, operation:ID or a time'] as const;
const LIMIT = ['--limit <rows>', 'the largest number of rows', '100'] as const;
const SYMBOL = ['--symbol <symbol>', 'of this instrument'] as const;
const period = ({ from, to }: ReadFlags) => ({ start: from, end: to });

/** Every command that reads one list of the API. */
export const READ_COMMANDS: readonly ReadCommand[] = [
  {
    name: 'latest',
    arguments: [['<symbols...>', 'of these instruments']],
    summary: 'print the newest tick of instruments',
    description: 'Prints the newest tick of each instrument.',
    flags: [AS_OF],
    path: () => '/v1/market-data/latest',
    query: (flags, [symbols]) => ({ symbols, asOf: flags['asOf'] }),
    read: async (client, { symbols, ...query }) => ({
      data: await latestTicks(client, { symbols: symbols as string[] }, { query }),
    }),
    columns: ['symbol', 'timestamp', 'price', 'volume', 'bid', 'ask', 'batchId'],
    examples: ['tick-store latest ES NQ', 'tick-store latest ES --json | jq .data.ES.price'],
  },
  {
    name: 'coverage',
    summary: 'print what is stored, per instrument and period',
    description: 'Prints how many rows are stored per instrument and day or month, with their first and last time.',
    flags: [
      SYMBOL,
      ...PERIOD,
      ['--by <period>', 'day or month', 'month'],
      ['--bars <interval>', 'bars of this length, not ticks'],
      AS_OF,
      LIMIT,
    ],
    path: () => '/v1/market-data/coverage',
    query: (flags) => ({
      symbol: flags['symbol'],
      ...period(flags),
      by: flags['by'],
      bars: flags['bars'],
      asOf: flags['asOf'],
    }),
    columns: ['symbol', 'period', 'rows', 'deleted', 'firstAt', 'lastAt'],
    examples: ['tick-store coverage', 'tick-store coverage --symbol ES --by day --from 2026-01-01'],
  },
  {
    name: 'bars',
    summary: 'print bars, computed from ticks or stored',
    description: 'Prints bars of an interval, computed from the current ticks, or stored bars.',
    flags: [
      ['--symbol <symbols>', 'of these instruments, separated by commas'],
      ['--interval <interval>', '1s 1m 5m 15m 30m 1h 4h 1d 1w', '1m'],
      ...PERIOD,
      ['--of <field>', 'price, mid, bid or ask'],
      ['--source <source>', 'ticks or bars'],
      ['--time-zone <zone>', 'the time zone whose midnight starts a day, such as America/New_York'],
      ['--order <order>', 'asc or desc'],
      AS_OF,
      LIMIT,
    ],
    path: () => '/v1/market-data/bars',
    query: (flags) => ({
      ...{ symbols: flags['symbol'], interval: flags['interval'], ...period(flags), of: flags['of'] },
      ...{ from: flags['source'], timeZone: flags['timeZone'], order: flags['order'], asOf: flags['asOf'] },
    }),
    columns: ['symbol', 'start', 'open', 'high', 'low', 'close', 'volume', 'count', 'vwap', 'complete'],
    examples: ['tick-store bars --symbol ES --interval 5m --from 2026-01-31T14:30:00Z --to 2026-01-31T21:00:00Z'],
  },
  {
    name: 'operations',
    arguments: [['[id]', 'only this one']],
    summary: 'list deletions, restorations and corrections',
    description: 'Lists deletions, restorations and corrections, newest first: who, when, why, and how many rows.',
    flags: [['--limit <rows>', 'the largest number of rows', '20']],
    path: ([id]) => `/v1/market-data/operations${id === undefined ? '' : `/${encodeURIComponent(id)}`}`,
    query: () => ({}),
    columns: ['operationId', 'kind', 'at', 'actor', 'status', 'affected', 'unchanged', 'reason'],
    examples: ['tick-store operations', 'tick-store operations 42 --json'],
  },
  {
    name: 'history',
    arguments: [['<id>', 'id of any revision of the row']],
    summary: 'print the revisions of a row',
    description:
      'Prints the revisions of a tick or bar, oldest first. --json includes the operations that changed each.',
    flags: [['--limit <rows>', 'the largest number of rows', '100']],
    path: ([id = '']) => `/v1/market-data/${encodeURIComponent(id)}/history`,
    query: () => ({}),
    columns: ['revision', 'id', 'timestamp', 'symbol', 'price', 'volume', 'batchId', 'deletedAt', 'deletedBy'],
    examples: ['tick-store history 2752512', 'tick-store history 2752512 --json'],
  },
  {
    name: 'instruments',
    arguments: [['[symbol]', 'only this one']],
    summary: 'list instruments, or print one',
    description: 'Lists instruments by symbol, or prints one.',
    flags: [['--search <text>', 'only those whose symbol or name contains this'], LIMIT],
    path: ([symbol]) => `/v1/instruments${symbol === undefined ? '' : `/${encodeURIComponent(symbol)}`}`,
    query: (flags) => ({ search: flags['search'] }),
    columns: ['symbol', 'name', 'type', 'status', 'priceDecimals', 'id', 'updatedAt'],
    examples: ['tick-store instruments --search mini', 'tick-store instruments BTC/USDT --json'],
  },
  {
    name: 'changes',
    arguments: [['[id]', 'only this one']],
    summary: 'list changes of instruments and alert rules',
    description: 'Lists changes of instruments and alert rules, newest first: who, when, and the new values.',
    flags: [
      ['--target <kind>', 'only changes of instruments, or of alert-rules'],
      ['--name <name>', 'only changes of the one with this symbol or name'],
      ['--limit <rows>', 'at most so many', '20'],
    ],
    path: ([id]) => `/v1/reference-data/operations${id === undefined ? '' : `/${encodeURIComponent(id)}`}`,
    query: (flags) => ({ target: flags['target'], name: flags['name'] }),
    columns: ['operationId', 'at', 'actor', 'target', 'name', 'before', 'after'],
    examples: ['tick-store changes --target instruments --name ES', 'tick-store changes 57 --json'],
  },
  {
    name: 'batches',
    arguments: [['[id]', 'print the receipt of this batch']],
    summary: 'list batches, or print a receipt',
    description: 'Lists batches, newest first, or prints the receipt of one.',
    flags: [
      ['--actor <actor>', 'only batches sent by this caller'],
      ['--status <status>', 'only stored, or only refused batches'],
      ...PERIOD,
      ['--limit <rows>', 'at most so many', '20'],
    ],
    path: ([id]) => `/v1/market-data/batches${id === undefined ? '' : `/${encodeURIComponent(id)}`}`,
    query: (flags) => ({ actor: flags['actor'], status: flags['status'], ...period(flags) }),
    columns: [
      'batchId',
      'at',
      'actor',
      'status',
      'received',
      'inserted',
      'replaced',
      'duplicates',
      'conflicts',
      'tombstoned',
      'rejected',
    ],
    examples: ['tick-store batches --limit 5', 'tick-store batches 42 --json'],
  },
];
