import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { checkStore } from '../ordeal/check-store.ts';
import { OrdealClient, type Sent, type SentBatch, type SentOperation } from '../ordeal/clients.ts';
import { withClient } from '../support/postgres.ts';
import { startService, type TestService } from '../support/service.ts';

/** The checker of the fault runs finds what it looks for: what clients of a sound service were told and what is stored, then one of them altered. */

let service: TestService;
let sent: Sent;
beforeAll(async () => {
  service = await startService();
  sent = { batches: [], operations: [], differences: [], retries: 0, replays: 0, fault: 0 };
  const client = new OrdealClient(service.url, 'checked', new Random(7), sent);
  await client.run(() => deletions().length > 0 && looseBatch() !== undefined && sent.batches.length > 20);
});
afterAll(() => service.stop());

const textsOf = async (of: Sent) => (await checkStore(service, of)).map(({ text }) => text);

/** Deletions of rows that are still deleted by them. */
const deletions = () =>
  sent.operations.filter(({ text }) => text?.includes('"kind":"deletion"') && !text.includes('"affected":0'));
const isStored = ({ receipt }: SentBatch) => receipt !== undefined && receipt.inserted > 1;
/** A batch without sequences: nothing but its price says that a row is stored twice. */
const looseBatch = () => sent.batches.find((batch) => isStored(batch) && batch.sequences.includes(null));
const stored = () => sent.batches.find(isStored) as SentBatch;
const answered = () => sent.operations.find(({ id }) => id !== undefined) as SentOperation;

/** Past the triggers and the foreign keys, as no client and no function can. */
const force = (text: string, values: unknown[]) =>
  withClient(service.database.superuserUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'");
    await client.query(text, values);
  });
const firstIdOf = (batch: SentBatch | undefined) => batch?.receipt?.firstId as number;
const withBatch = (batch: SentBatch): Sent => ({ ...sent, batches: [...sent.batches, batch] });
const without = <T>(list: readonly T[], one: T): T[] => list.filter((other) => other !== one);

test('a sound service has no difference, with as many kinds of requests as a run of faults', async () => {
  expect(sent.batches.filter(isStored).length).toBeGreaterThan(5);
  expect(await textsOf(sent)).toEqual([]);
});

/** What clients would have noted, had they been told something else. */
const TOLD: [string, () => Sent, RegExp][] = [
  [
    'a batch that is stored in part, and whose response was lost',
    () => {
      const { receipt: _, ...batch } = stored();
      const torn: SentBatch = { ...batch, prices: [...batch.prices, 1e9], outcome: 'unknown' };
      return { ...sent, batches: [...without(sent.batches, stored()), torn] };
    },
    /records are stored/,
  ],
  [
    'a batch of which nothing was to be stored',
    () => {
      const { receipt: _, ...batch } = stored();
      return { ...sent, batches: [...without(sent.batches, stored()), { ...batch, keyed: false, outcome: 'nothing' }] };
    },
    /stored, though the answer was that nothing was/,
  ],
  [
    'an answered batch that is not there',
    () => {
      const { batchId, firstId, ...receipt } = stored().receipt as NonNullable<SentBatch['receipt']>;
      const prices = stored().prices.map((price) => price + 1e9);
      return withBatch({
        ...stored(),
        prices,
        receipt: { ...receipt, batchId: batchId + 1e6, firstId: firstId + 1e9 },
      });
    },
    /the receipt says/,
  ],
  [
    'an altered receipt',
    () => {
      const receipt = stored().receipt as NonNullable<SentBatch['receipt']>;
      const altered = { ...stored(), receipt: { ...receipt, firstId: receipt.firstId + 1 } };
      return { ...sent, batches: [...without(sent.batches, stored()), altered] };
    },
    /the receipt says/,
  ],
  ['rows that nobody sent', () => ({ ...sent, batches: without(sent.batches, stored()) }), /rows that no client sent/],
  [
    'an operation that is not there',
    () => ({ ...sent, operations: [...sent.operations, { ...answered(), reason: 'another', id: 1 }] }),
    /operation another: answered as 1, stored as undefined/,
  ],
  [
    'an operation that reads otherwise',
    () => {
      const altered = { ...answered(), text: `${answered().text} ` };
      return { ...sent, operations: [...without(sent.operations, answered()), altered] };
    },
    /answered .* reads /,
  ],
  [
    'an operation that nobody sent',
    () => ({ ...sent, operations: without(sent.operations, answered()) }),
    /1 operations that no client sent/,
  ],
  ['what a client saw by itself', () => ({ ...sent, differences: [{ text: 'a replay differs' }] }), /a replay differs/],
];

test.each(TOLD)('%s is reported', async (_, told, expected) => {
  expect((await textsOf(told())).join('\n')).toMatch(expected);
});

test('a client that gets a 200 without a receipt, or without an operation, reports that and goes on', async () => {
  const server = createServer((_, response) => void response.writeHead(200).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const { port } = server.address() as AddressInfo;
    const told: Sent = { ...sent, batches: [...sent.batches], operations: [...sent.operations], differences: [] };
    const client = new OrdealClient(`http://127.0.0.1:${port}`, 'empty', new Random(7), told);
    const has = (words: RegExp) => told.differences.some(({ text, sent: of }) => words.test(text) && of !== undefined);
    await client.run(() => has(/a batch of valid records got 200: $/) && has(/an operation got a 200 that is no JSON/));
    expect(told.batches.length).toBeGreaterThan(sent.batches.length);
  } finally {
    server.close();
  }
});

test('a difference names the request that it is about, with the faults that there were', async () => {
  const altered = { ...answered(), text: `${answered().text} `, since: 3, until: 5 };
  const told = { ...sent, operations: [...without(sent.operations, answered()), altered] };
  expect(await checkStore(service, told)).toMatchObject([{ sent: { since: 3, until: 5 } }]);
});

/** What can go wrong in the store, with what puts it right again. */
const STORED: [string, string, string, () => unknown[], RegExp][] = [
  [
    'a row that is lost',
    'update tick_store.market_data set id = -id where id = $1::int8',
    'update tick_store.market_data set id = -id where id = -$1::int8',
    () => [firstIdOf(stored())],
    /the receipt says/,
  ],
  [
    'a row that is doubled',
    `insert into tick_store.market_data (id, "timestamp", instrument_id, price)
     select -id, "timestamp", instrument_id, price from tick_store.market_data where id = $1::int8`,
    'delete from tick_store.market_data where id = -$1::int8',
    () => [firstIdOf(looseBatch())],
    /stored twice/,
  ],
  [
    'a batch that says another number of rows',
    'update tick_store.ingest_batches set inserted = inserted - 1, duplicates = duplicates + 1 where block = $1::int8',
    'update tick_store.ingest_batches set inserted = inserted + 1, duplicates = duplicates - 1 where block = $1::int8',
    () => [stored().receipt?.batchId],
    /batches with another number of rows/,
  ],
  [
    'rows that are live though an operation deleted them',
    'update tick_store.operation_rows set affected = affected + int8multirange(int8range($1::int8, $1::int8 + 1)) where operation_id = $2::int8',
    'update tick_store.operation_rows set affected = affected - int8multirange(int8range($1::int8, $1::int8 + 1)) where operation_id = $2::int8',
    () => [firstIdOf(stored()) + 1, deletions().at(-1)?.id],
    /rows in another state than their operations make/,
  ],
  [
    'a key of nothing',
    `insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
     values ('nobody', $1, 'batch', '\\x00', gen_random_uuid())`,
    "delete from tick_store.idempotency_keys where scope = 'nobody' and key = $1",
    () => ['of nothing'],
    /keys taken by nothing/,
  ],
];

test.each(STORED)('%s is reported', async (_, alter, mend, values, expected) => {
  const placeholders = values();
  await force(alter, placeholders);
  try {
    expect((await textsOf(sent)).join('\n')).toMatch(expected);
  } finally {
    await force(mend, placeholders);
  }
  expect(await textsOf(sent)).toEqual([]);
});
