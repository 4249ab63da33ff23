/**
 * `npm run bench -- fairness`: measures a client that sends one row per request, alone and next to one and four clients
 * that send the largest batches, 65,536 records with gzip, on a service as `npm start` runs it. Each case takes `SECONDS`
 * (default 6).
 */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startAsCommand } from '../support/start-as-command.ts';
import { asJson, makeRows, SYMBOLS } from './batches.ts';
import { note, stamp, writeResults } from './contest.ts';
import { percentile } from './support.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 6);
const LARGEST = 65_536;
const agent = new Agent({ keepAlive: true });

/** Posts a batch. @throws Error for any status but 200 */
async function post(url: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const all = { 'content-type': 'application/json', 'content-length': body.length, ...headers };
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(`${url}/v1/market-data`, { method: 'POST', agent, headers: all }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(body);
  });
  if (status !== 200) throw new Error(`a batch got ${status}`);
}

const service = await startAsCommand();
try {
  stamp('fairness');
  for (const symbol of SYMBOLS) await service.send('PUT', `/v1/instruments/${symbol}`, { type: 'future' });
  const largest = gzipSync(asJson(makeRows(LARGEST, 1)));
  let turn = 0;
  const postOne = () => post(service.url, Buffer.from(asJson(makeRows(1, turn++))));
  const postLargest = () => post(service.url, largest, { 'content-encoding': 'gzip' });
  for (let count = 0; count < 100; count++) await postOne();
  await Promise.all(Array.from({ length: 4 }, postLargest));
  for (const clients of [0, 1, 4]) {
    const end = performance.now() + SECONDS * 1000;
    const times: number[] = [];
    let batches = 0;
    const large = async () => {
      for (; performance.now() < end; batches++) await postLargest();
    };
    const small = async () => {
      while (performance.now() < end) {
        const began = performance.now();
        await postOne();
        times.push(performance.now() - began);
      }
    };
    await Promise.all([small(), ...Array.from({ length: clients }, large)]);
    const tenths = (value: number) => Math.round(value * 10) / 10;
    note(`one row, next to ${clients} clients of ${LARGEST.toLocaleString('en')} rows`, {
      ...Object.fromEntries([0.5, 0.95, 0.99].map((p) => [`p${p * 100} ms`, tenths(percentile(times, p))])),
      'largest ms': tenths(Math.max(...times)),
      'large batches/s': tenths(batches / SECONDS),
    });
  }
  writeResults('fairness');
} finally {
  agent.destroy();
  await service.stop();
}
