/** The role of a column: a field of a tick, or a half of its time. */
export type Role =
  | 'timestamp'
  | 'date'
  | 'time'
  | 'symbol'
  | 'instrumentId'
  | 'price'
  | 'openPrice'
  | 'highPrice'
  | 'lowPrice'
  | 'volume'
  | 'bid'
  | 'ask'
  | 'bidSize'
  | 'askSize'
  | 'sequence';

/**
 * Titles that the API itself reads as a field, in the form of `normalTitle`. `date` and `time` are the two halves of a
 * time, or all of it.
 */
const API_TITLES: Readonly<Record<string, Role>> = {
  ...{ timestamp: 'timestamp', datetime: 'timestamp', t: 'timestamp', ts: 'timestamp', tsevent: 'timestamp' },
  ...{ opentime: 'timestamp', gmttime: 'timestamp', date: 'date', time: 'time' },
  ...{ symbol: 'symbol', ticker: 'symbol', instrumentid: 'instrumentId' },
  ...{ open: 'openPrice', o: 'openPrice', openprice: 'openPrice', high: 'highPrice', h: 'highPrice' },
  ...{ highprice: 'highPrice', low: 'lowPrice', l: 'lowPrice', lowprice: 'lowPrice' },
  ...{ price: 'price', close: 'price', c: 'price', last: 'price', 'close/last': 'price', lastprice: 'price' },
  ...{ volume: 'volume', vol: 'volume', v: 'volume', tickvolume: 'volume', qty: 'volume', quantity: 'volume' },
  ...{ amount: 'volume', bid: 'bid', bidprice: 'bid', ask: 'ask', askprice: 'ask', sequence: 'sequence' },
  ...{ seq: 'sequence', bidsize: 'bidSize', bidamount: 'bidSize', asksize: 'askSize', askamount: 'askSize' },
};

/** Other titles of vendors. The API reads such a column only if `columns` names it. */
const OTHER_TITLES: readonly (readonly [expression: RegExp, role: Role])[] = [
  [/^(unix|unixtime|unixtimestamp|epoch|timestamp(ms|us|ns)|transacttime|tradetime|barstart|starttime)$/, 'timestamp'],
  [/^(localtime|eventtime|windowstart|datetime?\d|tsrecv|utc|datetime\(?utc\)?)$/, 'timestamp'],
  [/^(instrument|pair|contract|isin|code|sym|root)$/, 'symbol'],
  [/^(closeprice|closingprice|settle|lasttradeprice)$/, 'price'],
  [/^(openingprice|first)$/, 'openPrice'],
  [/^(max)$/, 'highPrice'],
  [/^(min)$/, 'lowPrice'],
  [/^(volume.+|totalvolume|realvolume|ttltrdqnty|size|tradesize|lastsize|shares|volfrom)$/, 'volume'],
  [/^(bidvolume|bidvol|bidqty)$/, 'bidSize'],
  [/^(askvolume|askvol|askqty|offersize)$/, 'askSize'],
  [/^(offer|offerprice)$/, 'ask'],
];

/** Titles of OHLC bars whose price is the close, whatever other columns exist. */
const CLOSES = new Set(['close', 'c', 'close/last', 'closeprice', 'closingprice']);

/** A title without case, spaces, underscores, angle brackets and a byte order mark, as the API compares titles. */
export const normalTitle = (title: string): string => title.replace(/[\s_<>\uFEFF]/g, '').toLowerCase();

/** The field that the API itself reads under a title. */
export const apiRoleOf = (title: string): Role | undefined => API_TITLES[normalTitle(title)];

const roleOf = (title: string): Role | undefined =>
  apiRoleOf(title) ?? OTHER_TITLES.find(([expression]) => expression.test(normalTitle(title)))?.[1];

/** How certain a title is. Of two columns for one role the more certain one is taken, then the earlier one. */
function certainty(title: string, role: Role): number {
  if (role === 'price' && CLOSES.has(normalTitle(title))) return 3;
  return apiRoleOf(title) === undefined ? 1 : 2;
}

/** A column's title, and whether its cells match a role. */
export interface TitledColumn {
  readonly index: number;
  readonly title: string;
  readonly fits: (role: Role) => boolean;
}

/** Assigns roles to columns by their titles, at most one column per role. */
export function rolesByTitle(columns: readonly TitledColumn[]): Map<Role, number> {
  const roles = new Map<Role, TitledColumn>();
  for (const column of columns) {
    const role = roleOf(column.title);
    if (role === undefined || !column.fits(role)) continue;
    const held = roles.get(role);
    if (held === undefined || certainty(column.title, role) > certainty(held.title, role)) roles.set(role, column);
  }
  return new Map([...roles].map(([role, { index }]) => [role, index]));
}
