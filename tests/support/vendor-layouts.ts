/**
 * Files as vendors lay them out, with made-up data: how each is declared to the API, and what it says.
 * `docs/guides/load-vendor-files.md` lists the same declarations.
 */

export interface ExpectedRow {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly symbol?: string;
  readonly price?: number;
  readonly openPrice?: number;
  readonly highPrice?: number;
  readonly lowPrice?: number;
  readonly volume?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly bidSize?: number;
  readonly askSize?: number;
  readonly sequence?: number;
}

export interface VendorLayout {
  readonly name: string;
  /** The query parameters that declare it; the symbol of the query where rows name none. */
  readonly parameters: string;
  readonly lines: readonly string[];
  readonly mediaType?: string;
  readonly encoding?: 'utf16le';
  readonly rows: readonly ExpectedRow[];
}

const bar = (
  at: string,
  openPrice: number,
  highPrice: number,
  lowPrice: number,
  price: number,
  volume?: number,
): ExpectedRow => ({
  at,
  openPrice,
  highPrice,
  lowPrice,
  price,
  ...(volume === undefined ? {} : { volume }),
});

const plain = 'timestamp,open,high,low,close,volume';

export const VENDOR_LAYOUTS: readonly VendorLayout[] = [
  {
    name: 'Alpha Vantage, daily adjusted',
    parameters: 'ignoreUnknown=true',
    lines: [
      'date,open,high,low,close,adjusted close,volume,dividend amount,split coefficient',
      '2024-01-02,10.5,11,10.25,10.75,10.7,1200,0.0000,1.0',
    ],
    rows: [bar('2024-01-02T00:00:00Z', 10.5, 11, 10.25, 10.75, 1200)],
  },
  {
    name: 'pandas, an index without a title',
    parameters: 'columns=timestamp=,open=Open,high=High,low=Low,close=Close,volume=Volume',
    lines: [',Open,High,Low,Close,Volume', '2024-01-02 09:00:00,1.0716,1.0722,1.07083,1.07219,1413'],
    rows: [bar('2024-01-02T09:00:00Z', 1.0716, 1.0722, 1.07083, 1.07219, 1413)],
  },
  {
    name: 'pandas, a numbered index',
    parameters:
      'columns=timestamp=time,open=open,high=high,low=low,close=close,volume=tick_volume&ignoreUnknown=true&timeUnit=s',
    lines: [',time,open,high,low,close,tick_volume,spread,real_volume,M9', '0,1704188340,1.5,1.75,1.25,1.625,20,8,0,'],
    rows: [bar('2024-01-02T09:39:00Z', 1.5, 1.75, 1.25, 1.625, 20)],
  },
  {
    name: 'Backtrader, a title short',
    parameters: 'header=false&skipLines=1&columns=date,time,open,high,low,close,volume,-',
    lines: ['Date,Open,High,Low,Close,Volume,OpenInterest', '2024-01-02,09:01:00,3602,3603,3597,3599,5699,0'],
    rows: [bar('2024-01-02T09:01:00Z', 3602, 3603, 3597, 3599, 5699)],
  },
  {
    name: 'Backtrader, date and time',
    parameters: 'ignoreUnknown=true&timeZone=Europe/Berlin',
    lines: [
      'Date,Time,Open,High,Low,Close,Volume,OpenInterest',
      '2024-07-02,09:05:00,3578.73,3587.88,3578.5,3582.99,0,0',
    ],
    rows: [bar('2024-07-02T07:05:00Z', 3578.73, 3587.88, 3578.5, 3582.99, 0)],
  },
  {
    name: 'Backtrader, ticks',
    parameters: 'ignoreUnknown=true',
    lines: ['Datetime,Open,High,Low,Close,Volume,OpenInterest', '2024-01-02T20:57:42.146,3067,3067,3067,3067,180,0'],
    rows: [bar('2024-01-02T20:57:42.146Z', 3067, 3067, 3067, 3067, 180)],
  },
  {
    name: 'Binance klines until 2024',
    parameters: 'header=false&columns=timestamp,open,high,low,close,volume,-,-,-,-,-,-',
    lines: ['1704188340000,0.00002853,0.00002854,0.00002851,0.00002852,36304.2,1704188399999,1.03,79,19523.0,0.55,0'],
    rows: [bar('2024-01-02T09:39:00Z', 0.00002853, 0.00002854, 0.00002851, 0.00002852, 36304.2)],
  },
  {
    name: 'Binance klines since 2025',
    parameters: 'header=false&columns=timestamp,open,high,low,close,volume,-,-,-,-,-,-&timeUnit=us',
    lines: ['1735810740000000,1.5,1.75,1.25,1.625,36304.2,1735810799999999,1.03,79,19523.0,0.55,0'],
    rows: [bar('2025-01-02T09:39:00Z', 1.5, 1.75, 1.25, 1.625, 36304.2)],
  },
  {
    name: 'Binance aggregate trades',
    parameters: 'header=false&columns=sequence,price,volume,-,-,timestamp,-,-',
    lines: ['26129,0.01633102,4.70443515,27781,27781,1704188340123,true,true'],
    rows: [{ at: '2024-01-02T09:39:00.123Z', price: 0.01633102, volume: 4.70443515, sequence: 26129 }],
  },
  {
    name: 'Klines with a title twice',
    parameters: 'header=false&skipLines=1&columns=timestamp,open,high,low,close,volume,-,-',
    lines: [
      'open_time,open,high,low,close,volume,close_time,open_time',
      '2024-01-02 00:00:00+00:00,1.97e-06,4.39e-06,1.9e-06,3.73e-06,46108639000543.0,1704239999999,',
    ],
    rows: [bar('2024-01-02T00:00:00Z', 1.97e-6, 4.39e-6, 1.9e-6, 3.73e-6, 46108639000543)],
  },
  {
    name: 'CryptoDataDownload',
    parameters:
      'skipLines=1&columns=timestamp=unix,symbol=symbol,open=open,high=high,low=low,close=close,volume=Volume BTC&ignoreUnknown=true&timeUnit=s',
    lines: [
      'https://www.example.com',
      'unix,date,symbol,open,high,low,close,Volume BTC,Volume USD',
      '1704188340,2024-01-02 09:39:00,BTC/USD,61904.96,62299.57,61904.5,62292.23,49.97,3112968.93',
    ],
    rows: [{ symbol: 'BTC/USD', ...bar('2024-01-02T09:39:00Z', 61904.96, 62299.57, 61904.5, 62292.23, 49.97) }],
  },
  {
    name: 'Dukascopy, by dukascopy-node',
    parameters: '',
    lines: [plain, '1704153600000,1.21225,1.21363,1.2056,1.20676,165569.8187'],
    rows: [bar('2024-01-02T00:00:00Z', 1.21225, 1.21363, 1.2056, 1.20676, 165569.8187)],
  },
  {
    name: 'Dukascopy, by JForex',
    parameters: 'timeFormat=dd.MM.yyyy HH:mm:ss.SSS',
    lines: ['Gmt time,Open,High,Low,Close,Volume', '02.01.2024 09:30:00.250,1.10425,1.10427,1.10418,1.1042,87.51'],
    rows: [bar('2024-01-02T09:30:00.250Z', 1.10425, 1.10427, 1.10418, 1.1042, 87.51)],
  },
  {
    name: 'FirstRate Data, an index',
    parameters: 'timeZone=America/New_York',
    lines: [
      'Time,Open,High,Low,Close',
      '2024-01-02 09:30:00,3764.61,3769.99,3764.5,3766.63',
      '2024-07-02 09:30:00,3766.41,3767.22,3765.83,3766.13',
    ],
    rows: [
      bar('2024-01-02T14:30:00Z', 3764.61, 3769.99, 3764.5, 3766.63),
      bar('2024-07-02T13:30:00Z', 3766.41, 3767.22, 3765.83, 3766.13),
    ],
  },
  {
    name: 'FirstRate Data, stocks',
    parameters: 'header=false&columns=timestamp,open,high,low,close,volume&timeZone=America/New_York',
    lines: ['2024-01-02 08:00:00,43.86,43.9,43.8,43.88,1200'],
    rows: [bar('2024-01-02T13:00:00Z', 43.86, 43.9, 43.8, 43.88, 1200)],
  },
  {
    name: 'HistData, minutes',
    parameters:
      'header=false&delimiter=;&columns=timestamp,open,high,low,close,volume&timeFormat=yyyyMMdd HHmmss&timeZone=EST',
    lines: ['20240702 000000;1.3066;1.30661;1.30656;1.30658;0'],
    rows: [bar('2024-07-02T05:00:00Z', 1.3066, 1.30661, 1.30656, 1.30658, 0)],
  },
  {
    name: 'HistData, ticks',
    parameters: 'header=false&columns=timestamp,bid,ask,-&timeFormat=yyyyMMdd HHmmssSSS&timeZone=EST',
    lines: ['20240102 000003660,1.3066,1.30677,0'],
    rows: [{ at: '2024-01-02T05:00:03.660Z', bid: 1.3066, ask: 1.30677 }],
  },
  {
    name: 'MetaTrader 4',
    parameters: 'header=false&columns=date,time,open,high,low,close,volume&timeFormat=yyyy.MM.dd HH:mm',
    lines: ['2024.01.02,09:30,1.31908,1.32176,1.3165,1.3212,1995282'],
    rows: [bar('2024-01-02T09:30:00Z', 1.31908, 1.32176, 1.3165, 1.3212, 1995282)],
  },
  {
    name: 'MetaTrader 4, one time column',
    parameters: 'header=false&columns=timestamp,open,high,low,close,volume',
    lines: ['2024-01-02 00:00,1.31908,1.32176,1.3165,1.3212,1995282'],
    rows: [bar('2024-01-02T00:00:00Z', 1.31908, 1.32176, 1.3165, 1.3212, 1995282)],
  },
  {
    name: 'MetaTrader 5, bars in UTF-16',
    parameters: 'ignoreUnknown=true&timeFormat=yyyy.MM.dd HH:mm:ss',
    mediaType: 'text/tab-separated-values',
    encoding: 'utf16le',
    lines: [
      '\uFEFF<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.01.02\t09:30:00\t1.5\t1.75\t1.25\t1.625\t20\t7\t8',
    ],
    rows: [bar('2024-01-02T09:30:00Z', 1.5, 1.75, 1.25, 1.625, 7)],
  },
  {
    name: 'MetaTrader 5, ticks',
    parameters: 'delimiter=tab&ignoreUnknown=true&timeFormat=yyyy.MM.dd HH:mm:ss.SSS',
    lines: [
      '<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>',
      '2024.01.02\t09:30:00.123\t1.10425\t1.10427\t\t\t6',
    ],
    rows: [{ at: '2024-01-02T09:30:00.123Z', bid: 1.10425, ask: 1.10427 }],
  },
  {
    name: 'MetaTrader 5, by Python',
    parameters: 'ignoreUnknown=true',
    lines: [
      'time,open,high,low,close,tick_volume,spread,real_volume',
      '2024-01-02 17:00:00,4381.49,4387.04,4380.75,4386.67,611,12,0',
    ],
    rows: [bar('2024-01-02T17:00:00Z', 4381.49, 4387.04, 4380.75, 4386.67, 611)],
  },
  {
    name: 'Nasdaq.com',
    parameters: 'timeFormat=MM/dd/yyyy&nullValues=N/A',
    lines: ['Date,Close/Last,Volume,Open,High,Low\r', '10/23/2024,4140.25,N/A,4022.62,4184,4016.97\r'],
    rows: [bar('2024-10-23T00:00:00Z', 4022.62, 4184, 4016.97, 4140.25)],
  },
  {
    name: 'NSE bhavcopy',
    parameters:
      'columns=symbol=SYMBOL,timestamp=DATE1,open=OPEN_PRICE,high=HIGH_PRICE,low=LOW_PRICE,close=CLOSE_PRICE,volume=TTL_TRD_QNTY&ignoreUnknown=true&timeFormat=dd-MMM-yyyy',
    lines: [
      'SYMBOL, SERIES, DATE1, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, CLOSE_PRICE, TTL_TRD_QNTY',
      '20MADEUP, EQ, 01-Aug-2025, 234.41, 241.03, 233.56, 235.65, 205134',
    ],
    rows: [{ symbol: '20MADEUP', ...bar('2025-08-01T00:00:00Z', 234.41, 241.03, 233.56, 235.65, 205134) }],
  },
  {
    name: 'Stooq, MetaStock form',
    parameters: 'ignoreUnknown=true&timeFormat=yyyyMMdd HHmmss',
    lines: [
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\r',
      'MADE.US,D,20240102,000000,568,568.5,552.92,558.46,13052,0\r',
    ],
    rows: [{ symbol: 'MADE.US', ...bar('2024-01-02T00:00:00Z', 568, 568.5, 552.92, 558.46, 13052) }],
  },
  {
    name: 'Stooq, daily',
    parameters: '',
    lines: ['Date,Open,High,Low,Close,Volume', '2024-01-02,568,568.5,552.92,558.46,13052'],
    rows: [bar('2024-01-02T00:00:00Z', 568, 568.5, 552.92, 558.46, 13052)],
  },
  {
    name: 'Tardis, trades',
    parameters: 'ignoreUnknown=true&timeUnit=us',
    lines: [
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
      'made,XBTUSD,1704188340145001,1704188340307160,ccc3c1fa,sell,8531.5,2152',
    ],
    rows: [{ at: '2024-01-02T09:39:00.145001Z', symbol: 'XBTUSD', price: 8531.5, volume: 2152 }],
  },
  {
    name: 'Tardis, quotes',
    parameters: 'ignoreUnknown=true&timeUnit=us',
    lines: [
      'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount',
      'made,XBTUSD,1704188340145000,1704188340307160,5,8532,8531.5,7',
    ],
    rows: [{ at: '2024-01-02T09:39:00.145Z', symbol: 'XBTUSD', bid: 8531.5, ask: 8532, bidSize: 7, askSize: 5 }],
  },
  {
    name: 'TrueFX',
    parameters: 'header=false&columns=symbol,timestamp,bid,ask&timeFormat=yyyyMMdd HH:mm:ss.SSS',
    lines: ['USD/JPY,20240102 00:00:00.295,86.655,86.728'],
    rows: [{ at: '2024-01-02T00:00:00.295Z', symbol: 'USD/JPY', bid: 86.655, ask: 86.728 }],
  },
  {
    name: 'TrueFX, by pandas',
    parameters: '',
    lines: ['timestamp,bid,ask', '2024-01-01 22:02:35.907000+00:00,86.657,86.728'],
    rows: [{ at: '2024-01-01T22:02:35.907Z', bid: 86.657, ask: 86.728 }],
  },
  {
    name: 'Yahoo Finance',
    parameters: 'ignoreUnknown=true&nullValues=null',
    lines: [
      'Date,Open,High,Low,Close,Adj Close,Volume',
      '2024-01-02,350.209991,352.709991,349.23999,352.600006,349.703522,54999300',
      '2024-01-03,null,null,null,353.5,null,null',
    ],
    rows: [
      bar('2024-01-02T00:00:00Z', 350.209991, 352.709991, 349.23999, 352.600006, 54999300),
      { at: '2024-01-03T00:00:00Z', price: 353.5 },
    ],
  },
  {
    name: 'yfinance, with offsets',
    parameters: 'ignoreUnknown=true',
    lines: [
      'Datetime,Open,High,Low,Close,Volume,Dividends,Stock Splits',
      '2024-01-02 09:30:00-05:00,350.2,352.7,349.2,352.6,100,0.0,0.0',
    ],
    rows: [bar('2024-01-02T14:30:00Z', 350.2, 352.7, 349.2, 352.6, 100)],
  },
  {
    name: 'Investing.com',
    parameters:
      'columns=timestamp=Date,price=Price,open=Open,high=High,low=Low,volume=Vol.&ignoreUnknown=true&timeFormat=MM/dd/yyyy&thousandsSeparator=,&suffixes=true&nullValues=-',
    lines: [
      '\uFEFF"Date","Price","Open","High","Low","Vol.","Change %"',
      '"01/02/2024","42,891.5","42,500.0","43,000.25","42,100.0","321.45K","0.91%"',
      '"01/01/2024","42,000.0","42,500.0","43,000.25","41,100.0","-","0.1%"',
    ],
    rows: [
      bar('2024-01-02T00:00:00Z', 42500, 43000.25, 42100, 42891.5, 321450),
      bar('2024-01-01T00:00:00Z', 42500, 43000.25, 41100, 42000),
    ],
  },
  {
    name: 'Investing.com, German',
    parameters:
      'columns=timestamp=Datum,price=Zuletzt,open=Eröffn.,high=Hoch,low=Tief,volume=Vol.&ignoreUnknown=true&timeFormat=dd.MM.yyyy&decimalSeparator=,&thousandsSeparator=.&suffixes=true',
    lines: [
      '"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"',
      '"02.01.2024","42.891,5","42.500,0","43.000,25","42.100,0","1,2M","0,91%"',
    ],
    rows: [bar('2024-01-02T00:00:00Z', 42500, 43000.25, 42100, 42891.5, 1_200_000)],
  },
  {
    name: 'A spreadsheet, German',
    parameters:
      'skipLines=1&delimiter=;&columns=timestamp=Datum|Zeit,price=Kurs,volume=Stück&timeFormat=dd.MM.yyyy HH:mm&decimalSeparator=,&timeZone=Europe/Berlin',
    lines: ['sep=;', 'Datum;Zeit;Kurs;Stück', '02.01.2024;09:30;1234,5;12'],
    rows: [{ at: '2024-01-02T08:30:00Z', price: 1234.5, volume: 12 }],
  },
  {
    name: 'Kraken, bars',
    parameters: 'header=false&columns=timestamp,open,high,low,close,volume,-&timeUnit=s',
    lines: ['1704188340,125.0,126.5,124.75,125.25,0.5,3'],
    rows: [bar('2024-01-02T09:39:00Z', 125, 126.5, 124.75, 125.25, 0.5)],
  },
  {
    name: 'Kraken, trades',
    parameters: 'header=false&columns=timestamp,price,volume&timeUnit=s',
    lines: ['1704188340.1234,125.0,0.00021'],
    rows: [{ at: '2024-01-02T09:39:00.123400Z', price: 125, volume: 0.00021 }],
  },
  {
    name: 'Bitfinex, candles',
    parameters: 'header=false&comment=#&columns=timestamp,open,close,high,low,volume',
    lines: ['# mts,open,close,high,low,volume', '1704188340000,125,125.25,126.5,124.75,0.5'],
    rows: [bar('2024-01-02T09:39:00Z', 125, 126.5, 124.75, 125.25, 0.5)],
  },
  {
    name: 'Coinbase, candles',
    parameters: 'timeUnit=s',
    lines: ['time,low,high,open,close,volume', '1704188340,124.75,126.5,125,125.25,0.5'],
    rows: [bar('2024-01-02T09:39:00Z', 125, 126.5, 124.75, 125.25, 0.5)],
  },
  {
    name: 'Bybit, trades',
    parameters: 'columns=timestamp=timestamp,symbol=symbol,volume=size,price=price&ignoreUnknown=true&timeUnit=s',
    lines: [
      'timestamp,symbol,side,size,price,tickDirection,trdMatchID',
      '1704188340.1234,BTCUSDT,Buy,0.003,42313.9,PlusTick,7f0c',
    ],
    rows: [{ at: '2024-01-02T09:39:00.123400Z', symbol: 'BTCUSDT', price: 42313.9, volume: 0.003 }],
  },
  {
    name: 'OKX, trades',
    parameters:
      'columns=symbol=instrument_name,sequence=trade_id,price=price,volume=size,timestamp=created_time&ignoreUnknown=true',
    lines: [
      'instrument_name,trade_id,side,price,size,created_time',
      'BTC-USDT,459341234,buy,42313.9,0.003,1704188340123',
    ],
    rows: [{ at: '2024-01-02T09:39:00.123Z', symbol: 'BTC-USDT', price: 42313.9, volume: 0.003, sequence: 459341234 }],
  },
  {
    name: 'Polygon, minute aggregates',
    parameters:
      'columns=symbol=ticker,volume=volume,open=open,close=close,high=high,low=low,timestamp=window_start&ignoreUnknown=true&timeUnit=ns',
    lines: [
      'ticker,volume,open,close,high,low,window_start,transactions',
      'MADE,4930,200.29,200.5,200.63,200.2,1704188340000000000,129',
    ],
    rows: [{ symbol: 'MADE', ...bar('2024-01-02T09:39:00Z', 200.29, 200.63, 200.2, 200.5, 4930) }],
  },
  {
    name: 'Databento, trades',
    parameters:
      'columns=timestamp=ts_event,price=price,volume=size,sequence=sequence,symbol=symbol&ignoreUnknown=true&timeUnit=ns&subMicrosecond=truncate&sequenceOf=packet',
    lines: [
      'ts_recv,ts_event,rtype,price,size,sequence,symbol',
      '1704188340000123999,1704188340000123456,0,4814.25,1,6321,ESH4',
      '1704188340000123999,1704188340000123456,0,4814.25,1,6321,ESH4',
    ],
    rows: [0, 1].map(() => ({
      at: '2024-01-02T09:39:00.000123Z',
      symbol: 'ESH4',
      price: 4814.25,
      volume: 1,
      sequence: 6321,
    })),
  },
  {
    name: 'TradingView',
    parameters: 'timeUnit=s&ignoreUnknown=true',
    lines: ['time,open,high,low,close,Volume,MA', '1704188340,125,126.5,124.75,125.25,0.5,125.1'],
    rows: [bar('2024-01-02T09:39:00Z', 125, 126.5, 124.75, 125.25, 0.5)],
  },
  {
    name: 'NinjaTrader',
    parameters:
      'header=false&delimiter=;&columns=timestamp,open,high,low,close,volume&timeFormat=yyyyMMdd HHmmss&timeZone=America/Chicago',
    lines: ['20240702 083000;4800.25;4801;4799.5;4800;123'],
    rows: [bar('2024-07-02T13:30:00Z', 4800.25, 4801, 4799.5, 4800, 123)],
  },
  {
    name: 'Sierra Chart',
    parameters: 'ignoreUnknown=true&timeFormat=yyyy/M/d HH:mm:ss.SSSSSS',
    lines: [
      'Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume',
      '2024/1/2, 09:30:00.000250, 4800.25, 4801, 4799.5, 4800, 123, 20, 60, 63',
    ],
    rows: [bar('2024-01-02T09:30:00.000250Z', 4800.25, 4801, 4799.5, 4800, 123)],
  },
  {
    name: 'Tushare',
    parameters:
      'columns=symbol=ts_code,timestamp=trade_date,open=open,high=high,low=low,close=close,volume=vol&ignoreUnknown=true&timeFormat=yyyyMMdd&timeZone=Asia/Shanghai',
    lines: [
      'ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount',
      '600519.SH,20240102,1715,1718.19,1678.1,1685.01,1726,-40.99,-2.3749,32156.44,5440082.5',
    ],
    rows: [{ symbol: '600519.SH', ...bar('2024-01-01T16:00:00Z', 1715, 1718.19, 1678.1, 1685.01, 32156.44) }],
  },
  {
    name: 'EODData',
    parameters: 'timeFormat=d-MMM-yy',
    lines: ['Symbol,Date,Open,High,Low,Close,Volume', 'MADE,2-Jan-24,10.5,11,10.25,10.75,1200'],
    rows: [{ symbol: 'MADE', ...bar('2024-01-02T00:00:00Z', 10.5, 11, 10.25, 10.75, 1200) }],
  },
  {
    name: 'A pipe between cells',
    parameters: 'delimiter=|&ignoreUnknown=true&quote=none&timeZone=America/New_York',
    lines: ['Date|Time|Ticker|Price|Qty|Cond', '2024-01-02|09:30:00.000123|MADE|10.5|100|"@F'],
    rows: [{ at: '2024-01-02T14:30:00.000123Z', symbol: 'MADE', price: 10.5, volume: 100 }],
  },
];
