import type { DialectParameters } from '../../lib/client/index.ts';

/** A text of lines. */
export const lines = (...all: string[]) => `${all.join('\n')}\n`;
const bar = (time: string, openPrice = 10, highPrice = 12, lowPrice = 9, price = 11, volume: number | null = 5) => ({
  ...{ timestamp: `${time}.000000Z`, openPrice, highPrice, lowPrice, price },
  ...(volume === null ? {} : { volume }),
});

/** A layout as its vendor writes it (all numbers are made up), the parameters that say it, and the first record. */
export const LAYOUTS: readonly [name: string, text: string, parameters: DialectParameters, first: object][] = [
  [
    'Yahoo: a column that is not a field',
    lines('Date,Open,High,Low,Close,Adj Close,Volume', '2020-09-01,10,12,9,11,10.5,5', '2020-09-02,11,12,9,11,10.5,5'),
    { ignoreUnknown: 'true', bars: '1d' },
    bar('2020-09-01T00:00:00'),
  ],
  [
    'Alpha Vantage: newest first',
    lines('date,open,high,low,close,volume,dividend amount', '2020-04-17,10,12,9,11,5,0', '2020-04-16,1,2,1,2,5,0'),
    { ignoreUnknown: 'true', bars: '1d' },
    bar('2020-04-17T00:00:00'),
  ],
  [
    'an export of ticks: columns of bars without values',
    lines('timestamp,price,openPrice,highPrice,lowPrice', '2026-01-01T00:00:00Z,1.5,,,', '2026-01-01T00:00:01Z,1.5,,,'),
    {},
    { timestamp: '2026-01-01T00:00:00.000000Z', price: 1.5, openPrice: null, highPrice: null, lowPrice: null },
  ],
  [
    'pandas: an index without a title is the time',
    lines(',Open,High,Low,Close,Volume', '2017-04-19 09:00:00,10,12,9,11,5', '2017-04-19 10:00:00,10,12,9,11,5'),
    { skipLines: '1', header: 'false', columns: 'timestamp,openPrice,highPrice,lowPrice,price,volume', bars: '1h' },
    bar('2017-04-19T09:00:00'),
  ],
  [
    'pandas: an index without a title next to a time',
    lines(',time,open,high,low,close,tick_volume,spread', '0,1636940340,10,12,9,11,5,8', '1,1636940400,10,12,9,11,5,8'),
    { ignoreUnknown: 'true', timeUnit: 's', bars: '1m' },
    bar('2021-11-15T01:39:00'),
  ],
  [
    'Eurex export: one title for date and time',
    lines(
      'Date,Open,High,Low,Close,Volume,OpenInterest',
      '2006-01-02,09:01:00,10,12,9,11,5,0',
      '2006-01-02,09:02:00,10,12,9,11,5,0',
    ),
    { skipLines: '1', header: 'false', columns: 'date,time,openPrice,highPrice,lowPrice,price,volume,-', bars: '1m' },
    bar('2006-01-02T09:01:00'),
  ],
  [
    'date and time apart',
    lines(
      'Date,Time,Open,High,Low,Close,Volume',
      '2006-01-02,09:05:00,10,12,9,11,5',
      '2006-01-02,09:10:00,10,12,9,11,5',
    ),
    { bars: '5m' },
    bar('2006-01-02T09:05:00'),
  ],
  [
    'Stooq: angle brackets, compact times, CRLF',
    lines(
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\r',
      'X.US,D,20140327,000000,10,12,9,11,5\r',
      'X.US,D,20140328,000000,10,12,9,11,5\r',
    ),
    { ignoreUnknown: 'true', timeFormat: 'yyyyMMdd HHmmss', bars: '1d' },
    { symbol: 'X.US', ...bar('2014-03-27T00:00:00') },
  ],
  [
    'bars with the time of each trade are ticks',
    lines(
      'Datetime,Open,High,Low,Close,Volume',
      '2015-09-23T20:57:42.146,3,3,3,3,1',
      '2015-09-23T20:57:46.151,3,3,3,3,1',
      '2015-09-23T20:57:59.151,3,3,3,3,1',
    ),
    {},
    { timestamp: '2015-09-23T20:57:42.146000Z', openPrice: 3, highPrice: 3, lowPrice: 3, price: 3, volume: 1 },
  ],
  [
    'Binance klines: no titles, milliseconds',
    lines(
      '1637971200000,10,12,9,11,5,1637971259999,1.0,79,1.0,0.5,0',
      '1637971260000,10,12,9,11,5,1637971319999,1.0,98,1.0,0.5,0',
    ),
    { header: 'false', columns: 'timestamp,openPrice,highPrice,lowPrice,price,volume,-,-,-,-,-,-', bars: '1m' },
    bar('2021-11-27T00:00:00'),
  ],
  [
    'Binance klines since 2025: microseconds',
    lines(
      '1735689600000000,10,12,9,11,5,1735689659999999,1.0,79,1.0,0.5,0',
      '1735689660000000,10,12,9,11,5,1735689719999999,1.0,98,1.0,0.5,0',
    ),
    {
      header: 'false',
      columns: 'timestamp,openPrice,highPrice,lowPrice,price,volume,-,-,-,-,-,-',
      timeUnit: 'us',
      bars: '1m',
    },
    bar('2025-01-01T00:00:00'),
  ],
  [
    'Binance trades: an id in front, the time behind',
    lines(
      '4001,100.5,0.2,20.1,1637971200000,true,true',
      '4002,100.6,0.1,10.1,1637971200123,false,true',
      '4005,100.4,0.3,30.1,1637971201000,true,true',
    ),
    { header: 'false', columns: 'sequence,price,volume,-,timestamp,-,-' },
    { timestamp: '2021-11-27T00:00:00.000000Z', sequence: 4001, price: 100.5, volume: 0.2 },
  ],
  [
    'a title that is there twice',
    lines(
      'open_time,open,high,low,close,volume,open_time',
      '2023-05-05 00:00:00+00:00,10,12,9,11,5,',
      '2023-05-06 00:00:00+00:00,10,12,9,11,5,',
    ),
    { skipLines: '1', header: 'false', columns: 'timestamp,openPrice,highPrice,lowPrice,price,volume,-', bars: '1d' },
    bar('2023-05-05T00:00:00'),
  ],
  [
    'CryptoDataDownload: a line before the titles, seconds, volume by currency',
    lines(
      'https://www.example.com',
      'unix,date,symbol,open,high,low,close,Volume BTC,Volume USD',
      '1635638400,2021-10-31 00:00:00,BTC/USD,10,12,9,11,5,55',
      '1635634800,2021-10-30 23:00:00,BTC/USD,10,12,9,11,5,55',
    ),
    {
      ...{ skipLines: '1', ignoreUnknown: 'true', timeUnit: 's', bars: '1h' },
      columns: 'timestamp=unix,symbol=symbol,openPrice=open,highPrice=high,lowPrice=low,price=close,volume=Volume BTC',
    },
    { symbol: 'BTC/USD', ...bar('2021-10-31T00:00:00') },
  ],
  [
    'Dukascopy bars: nothing to say but their length',
    lines('timestamp,open,high,low,close,volume', '1612137600000,10,12,9,11,5', '1612224000000,10,12,9,11,5'),
    { bars: '1d' },
    bar('2021-02-01T00:00:00'),
  ],
  [
    'Dukascopy ticks: day first',
    lines(
      'Gmt time,Ask,Bid,AskVolume,BidVolume',
      '02.01.2024 09:30:00.123,1.2,1.1,3,4',
      '02.01.2024 09:30:00.456,1.2,1.1,3,4',
    ),
    {
      columns: 'timestamp=Gmt time,bid=Bid,ask=Ask,bidSize=BidVolume,askSize=AskVolume',
      timeFormat: 'dd.MM.yyyy HH:mm:ss.SSS',
    },
    { timestamp: '2024-01-02T09:30:00.123000Z', bid: 1.1, ask: 1.2, bidSize: 4, askSize: 3 },
  ],
  [
    'FirstRate: no volume',
    lines('Time,Open,High,Low,Close', '2021-01-04 09:30:00,10,12,9,11', '2021-01-04 09:31:00,10,12,9,11'),
    { bars: '1m' },
    bar('2021-01-04T09:30:00', 10, 12, 9, 11, null),
  ],
  [
    'HistData bars: semicolons',
    lines('20120201 000000;10;12;9;11;5', '20120201 000100;10;12;9;11;5'),
    {
      delimiter: ';',
      header: 'false',
      columns: 'timestamp,openPrice,highPrice,lowPrice,price,volume',
      timeFormat: 'yyyyMMdd HHmmss',
      bars: '1m',
    },
    bar('2012-02-01T00:00:00'),
  ],
  [
    'HistData ticks: bid and ask',
    lines('20120201 000003660,1.306600,1.306770,0', '20120201 000003973,1.306580,1.306750,0'),
    { header: 'false', columns: 'timestamp,bid,ask,-', timeFormat: 'yyyyMMdd HHmmssSSS' },
    { timestamp: '2012-02-01T00:00:03.660000Z', bid: 1.3066, ask: 1.30677 },
  ],
  [
    'MetaTrader 4: points in the date, no titles',
    lines('2007.01.01,00:00,10,12,9,11,5', '2007.01.01,00:15,10,12,9,11,5'),
    {
      header: 'false',
      columns: 'date,time,openPrice,highPrice,lowPrice,price,volume',
      timeFormat: 'yyyy.MM.dd HH:mm',
      bars: '15m',
    },
    bar('2007-01-01T00:00:00'),
  ],
  [
    'MetaTrader 5: tabs',
    lines(
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.01.02\t00:00:00\t10\t12\t9\t11\t5\t5\t1',
      '2024.01.02\t00:01:00\t10\t12\t9\t11\t5\t5\t1',
    ),
    { delimiter: '\t', ignoreUnknown: 'true', timeFormat: 'yyyy.MM.dd HH:mm:ss', bars: '1m' },
    bar('2024-01-02T00:00:00'),
  ],
  [
    'Nasdaq: N/A, and a day that shows which number is the month',
    lines('Date,Close/Last,Volume,Open,High,Low', '10/23/2021,11,N/A,10,12,9', '10/22/2021,11,N/A,10,12,9'),
    { nullValues: 'N/A', timeFormat: 'MM/dd/yyyy', bars: '1d' },
    { ...bar('2021-10-23T00:00:00', 10, 12, 9, 11, null), volume: null },
  ],
  [
    'NSE: spaces, month names, several instruments a day',
    lines(
      'SYMBOL, SERIES, DATE1, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, LAST_PRICE, CLOSE_PRICE, TTL_TRD_QNTY',
      'AA, EQ, 01-Aug-2025, 10, 12, 9, 99, 11, 5',
      'BB, EQ, 01-Aug-2025, 10, 12, 9, 99, 11, 5',
    ),
    {
      ...{ ignoreUnknown: 'true', timeFormat: 'd-MMM-yyyy', bars: '1d' },
      columns:
        'timestamp=DATE1,symbol=SYMBOL,openPrice=OPEN_PRICE,highPrice=HIGH_PRICE,lowPrice=LOW_PRICE,price=CLOSE_PRICE,volume=TTL_TRD_QNTY',
    },
    { symbol: 'AA', ...bar('2025-08-01T00:00:00') },
  ],
  [
    'Tardis: microseconds',
    lines(
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
      'x,XBT,1583020803145000,1583020803307160,a-1,sell,8531.5,2152',
      'x,XBT,1583020803276000,1583020803336743,b-2,sell,8531.5,1',
    ),
    { ignoreUnknown: 'true', timeUnit: 'us' },
    { symbol: 'XBT', timestamp: '2020-03-01T00:00:03.145000Z', price: 8531.5, volume: 2152 },
  ],
  [
    'TrueFX: nothing to say',
    lines('timestamp,bid,ask', '2013-01-01 22:00:00.295000+00:00,86.655,86.728'),
    {},
    { timestamp: '2013-01-01T22:00:00.295000Z', bid: 86.655, ask: 86.728 },
  ],
  [
    'Databento: nanoseconds',
    lines(
      'ts_recv,ts_event,price,size,symbol',
      '1704186000000000500,1704186000000000100,4780.25,2,ESH4',
      '1704186000000200500,1704186000000200100,4780.25,2,ESH4',
    ),
    {
      columns: 'timestamp=ts_event,symbol=symbol,price=price,volume=size',
      ignoreUnknown: 'true',
      timeUnit: 'ns',
      subMicrosecond: 'truncate',
    },
    { timestamp: '2024-01-02T09:00:00.000000Z', symbol: 'ESH4', price: 4780.25, volume: 2 },
  ],
  [
    'Investing.com: quoted, thousands, K and M',
    lines(
      '"Date","Price","Open","High","Low","Vol."',
      '"01/16/2024","1,011.50","1,010.00","1,012.00","1,009.00","1.25K"',
      '"01/15/2024","1,011.00","1,010.00","1,012.00","1,009.00","2.50M"',
    ),
    {
      ...{ thousandsSeparator: ',', suffixes: 'true', ignoreUnknown: 'true', timeFormat: 'MM/dd/yyyy', bars: '1d' },
    },
    bar('2024-01-16T00:00:00', 1010, 1012, 1009, 1011.5, null),
  ],
  [
    'German: decimal commas',

    lines('Date;Time;Price;Volume', '02.01.2024;09:30:00;1,25;100', '13.01.2024;09:30:01;1,5;1'),
    { delimiter: ';', decimalSeparator: ',', timeFormat: 'dd.MM.yyyy HH:mm:ss' },
    { timestamp: '2024-01-02T09:30:00.000000Z', price: 1.25, volume: 100 },
  ],
  [
    'a comment line, and a byte order mark',
    `\uFEFF${lines('# from a vendor', 'timestamp,price', '2024-01-02T09:30:00Z,1.5')}`,
    { comment: '#' },
    { timestamp: '2024-01-02T09:30:00.000000Z', price: 1.5 },
  ],
  [
    'Excel: a line that names the separator',
    lines('sep=;', 'timestamp;price', '2024-01-02T09:30:00Z;1.5'),
    { skipLines: '1', delimiter: ';' },
    { timestamp: '2024-01-02T09:30:00.000000Z', price: 1.5 },
  ],
  [
    'pipes',
    lines('timestamp|price|volume', '2024-01-02T09:30:00Z|1.5|2'),
    { delimiter: '|' },
    { timestamp: '2024-01-02T09:30:00.000000Z', price: 1.5, volume: 2 },
  ],
  [
    'AM and PM',
    lines('Date,Time,Last', '1/2/2024,9:30 AM,1.5', '1/13/2024,1:05 PM,1.5'),
    { timeFormat: 'M/d/yyyy h:mm a' },
    { timestamp: '2024-01-02T09:30:00.000000Z', price: 1.5 },
  ],
  [
    'a zone in each row',
    lines('ts,price', '2024-07-02 09:30:00 America/New_York,1.5'),
    { timeFormat: 'yyyy-MM-dd HH:mm:ss VV' },
    { timestamp: '2024-07-02T13:30:00.000000Z', price: 1.5 },
  ],
  [
    'BigQuery: UTC in words',
    lines('ts,price', '2023-07-20 22:02:38 UTC,1.5'),
    { timeFormat: 'yyyy-MM-dd HH:mm:ss VV' },
    { timestamp: '2023-07-20T22:02:38.000000Z', price: 1.5 },
  ],
];
