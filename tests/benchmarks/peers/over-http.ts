import { startAsCommand } from '../../support/start-as-command.ts';
import { asJson, makeRows, SYMBOLS, type TickRow } from '../batches.ts';
import { note, print } from '../contest.ts';
import { endConnections, postBody } from '../post-body.ts';
import { median, percentile } from '../support.ts';
import { asLineProtocol, startInfluxDb } from './influxdb.ts';

/** The requests of one turn: each client sends the same number of requests with the same number of rows. */
const CASES = [
  { clients: 1, rows: 1, requests: 300 },
  { clients: 8, rows: 1, requests: 60 },
  { clients: 4, rows: 100, requests: 60 },
  { clients: 4, rows: 1_000, requests: 15 },
  { clients: 4, rows: 10_000, requests: 3 },
];
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly contentType: string;
  readonly status: number;
  readonly write: (rows: readonly TickRow[]) => string;
}

interface Turn {
  readonly seconds: number;
  readonly times: readonly number[];
}

let next = 0;

/** Bodies are made before the measurement, and each client sends its own in sequence. */
async function takeTurn(contender: Contender, { clients, rows, requests }: (typeof CASES)[number]): Promise<Turn> {
  const bodies = Array.from({ length: clients }, () =>
    Array.from({ length: requests }, () => Buffer.from(contender.write(makeRows(rows, next++)))),
  );
  const times: number[] = [];
  const began = performance.now();
  const client = async (mine: readonly Buffer[]) => {
    for (const body of mine) {
      const sent = performance.now();
      const status = await postBody(contender.url, body, contender.contentType);
      if (status !== contender.status) throw new Error(`${contender.name} responded ${status}`);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(bodies.map(client));
  return { seconds: (performance.now() - began) / 1000, times };
}

/**
 * Compares InfluxDB with a service as `npm start` runs it, alternately, with the same rows in requests of the same size.
 * InfluxDB validates no value, stores no key and returns no receipt. Both sync each write to disk before they respond.
 */
export async function compareOverHttp(): Promise<void> {
  const influx = await startInfluxDb();
  if (typeof influx === 'string') {
    print(`\n${influx}`);
    return;
  }
  const service = await startAsCommand();
  try {
    for (const symbol of SYMBOLS) await service.send('PUT', `/v1/instruments/${symbol}`, { type: 'future' });
    const ours = {
      name: 'Tick Store',
      url: `${service.url}/v1/market-data`,
      contentType: 'application/json',
      status: 200,
    };
    const theirs = { name: influx.version, url: influx.writeUrl, contentType: 'text/plain', status: 204 };
    const contenders: Contender[] = [
      { ...ours, write: asJson },
      { ...theirs, write: asLineProtocol },
    ];
    print(`\nover HTTP, ${ROUNDS} rounds in turns after one that does not count; medians of the rounds`);
    print('PostgreSQL: fsync and synchronous_commit on; InfluxDB: every write synced to its WAL');
    let points = 0;
    for (const one of CASES) {
      const turns = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]));
      for (let round = 0; round <= ROUNDS; round++) {
        for (const contender of contenders) {
          const turn = await takeTurn(contender, one);
          if (round > 0) turns.get(contender.name)?.push(turn);
        }
        points += one.clients * one.requests * one.rows;
      }
      report(one, turns);
    }
    // a point with the same time and tag would have replaced another
    const counted = await influx.count();
    if (counted !== points) throw new Error(`InfluxDB has ${counted} of ${points} points`);
  } finally {
    endConnections();
    await influx.stop();
    await service.stop();
  }
}

function report(
  { clients, rows, requests }: (typeof CASES)[number],
  turns: ReadonlyMap<string, readonly Turn[]>,
): void {
  const rateOf = (of: readonly Turn[]) => median(of.map(({ seconds }) => (clients * requests) / seconds));
  const reference = rateOf([...turns.values()][1] ?? []);
  for (const [name, of] of turns) {
    const times = of.flatMap((turn) => turn.times);
    const tenths = (value: number) => Math.round(value * 10) / 10;
    note(`${clients} clients x ${rows.toLocaleString('en')} rows, ${name}`, {
      'requests/s': Math.round(rateOf(of)),
      'rows/s': Math.round(rateOf(of) * rows),
      ...Object.fromEntries([0.5, 0.95, 0.99].map((p) => [`p${p * 100} ms`, tenths(percentile(times, p))])),
      "share of InfluxDB's": Math.round((rateOf(of) / reference) * 100) / 100,
    });
  }
}
