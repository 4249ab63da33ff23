import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, createSender } from '../../lib/client/index.ts';
import { openSpool } from '../../lib/client/spool/spool.ts';

/**
 * An application that sends ticks through a spool until it is killed: `URL SPOOL FIRST RATE COUNT`. It prints each tick's
 * number once `add` has returned, and `stored` when all are stored.
 */
const [url = '', directory = '', first = '0', rate = '100', count = '100'] = process.argv.slice(2);
const START = Date.parse('2026-11-02T00:00:00Z');
const EVERY_MS = 10;

const sender = createSender({
  client: createClient({ url }),
  queue: openSpool({ directory }),
  query: { symbol: 'ES' },
  flushMs: 100,
  pauseCapMs: 500,
});
const startedAt = performance.now();
for (let sent = 0; sent < Number(count); ) {
  const due = Math.min(Number(count), ((performance.now() - startedAt) / 1000) * Number(rate));
  for (; sent < due; sent++) {
    const number = Number(first) + sent;
    // no sequence, so that only the keys prevent duplicates
    sender.add({ timestamp: new Date(START + number).toISOString(), price: number });
    writeSync(1, `${number}\n`);
  }
  await sleep(EVERY_MS);
}
await sender.flush();
await sender.close();
writeSync(1, 'stored\n');
