import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { checkStore } from '../ordeal/check-store.ts';
import { OrdealClient, type Sent, type SentBatch, type SentOperation } from '../ordeal/clients.ts';
import { withClient } from '../support/postgres.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * The checker of the fault runs finds every kind of difference. The tests alter the responses of a working service, or its rows,
 * one at a time.
 */

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

/** Deletions that still hold their rows deleted. */
const deletions = () =>
  sent.operations.filter(({ text }) => text?.includes('"kind":"deletion"') && !text.includes('"affected":0'));
const isStored = ({ receipt }: SentBatch) => receipt !== undefined && receipt.inserted > 1;
/** A batch without sequences: only the price shows that a row is stored twice. */
const looseBatch = () => sent.batches.find((batch) => isStored(batch) && batch.sequences.includes(null));
const stored = () => sent.batches.find(isStored) as SentBatch;
const acknowledged = () => sent.operations.find(({ id }) => id !== undefined) as SentOperation;

/** Changes rows with triggers and foreign keys disabled, which no client and no function can do. */
const force = (text: string, values: unknown[]) =>
  withClient(service.database.superuserUrl, async (client) => {
    await client.query("set session_replication_role = 'replica'");
    await client.query(text, values);
  });
const firstIdOf = (batch: SentBatch | undefined) => batch?.receipt?.firstId as number;
const withBatch = (batch: SentBatch): Sent => ({ ...sent, batches: [...sent.batches, batch] });
const without = <T>(list: readonly T[], one: T): T[] => list.filter((other) => other !== one);

test('a working service has no differences, with the same kinds of requests as a fault run', async () => {
  expect(sent.batches.filter(isStored).length).toBeGreaterThan(5);
  expect(await textsOf(sent)).toEqual([]);
});

/** What clients would have recorded if the responses had been different. */
const ALTERED_RESPONSES: [string, () => Sent, RegExp][] = [
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
    'a stored batch whose response said that nothing was stored',
    () => {
      const { receipt: _, ...batch } = stored();
      return { ...sent, batches: [...without(sent.batches, stored()), { ...batch, keyed: false, outcome: 'nothing' }] };
    },
    /stored, although the response said that nothing was/,
  ],
  [
    'an acknowledged batch that is not stored',
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
    'an acknowledged operation that is not stored',
    () => ({ ...sent, operations: [...sent.operations, { ...acknowledged(), reason: 'another', id: 1 }] }),
    /operation another: 1 in its response, stored as undefined/,
  ],
  [
    'an operation that reads differently from its response',
    () => {
      const altered = { ...acknowledged(), text: `${acknowledged().text} ` };
      return { ...sent, operations: [...without(sent.operations, acknowledged()), altered] };
    },
    /its response was .* it reads /,
  ],
  [
    'an operation that nobody sent',
    () => ({ ...sent, operations: without(sent.operations, acknowledged()) }),
    /1 operations that no client sent/,
  ],
  [
    'a difference that a client found itself',
    () => ({ ...sent, differences: [{ text: 'a replay differs' }] }),
    /a replay differs/,
  ],
];

test.each(ALTERED_RESPONSES)('%s is reported', async (_, altered, expected) => {
  expect((await textsOf(altered())).join('\n')).toMatch(expected);
});

test('a client that gets a 200 without a receipt or an operation reports it and continues', async () => {
  const server = createServer((_, response) => void response.writeHead(200).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const { port } = server.address() as AddressInfo;
    const copy: Sent = { ...sent, batches: [...sent.batches], operations: [...sent.operations], differences: [] };
    const client = new OrdealClient(`http://127.0.0.1:${port}`, 'empty', new Random(7), copy);
    const has = (words: RegExp) => copy.differences.some(({ text, sent: of }) => words.test(text) && of !== undefined);
    await client.run(
      () => has(/a batch of valid records got 200: $/) && has(/an operation got a 200 that is not JSON/),
    );
    expect(copy.batches.length).toBeGreaterThan(sent.batches.length);
  } finally {
    server.close();
  }
});

test('a difference names its request, with the faults that were active', async () => {
  const altered = { ...acknowledged(), text: `${acknowledged().text} `, since: 3, until: 5 };
  const other = { ...sent, operations: [...without(sent.operations, acknowledged()), altered] };
  expect(await checkStore(service, other)).toMatchObject([{ sent: { since: 3, until: 5 } }]);
});

/** What can go wrong in the store, each with the statement that repairs it. */
const STORED: [string, string, string, () => unknown[], RegExp][] = [
  [
    'a lost row',
    'update tick_store.market_data set id = -id where id = $1::int8',
    'update tick_store.market_data set id = -id where id = -$1::int8',
    () => [firstIdOf(stored())],
    /the receipt says/,
  ],
  [
    'a duplicated row',
    `insert into tick_store.market_data (id, "timestamp", instrument_id, price)
     select -id, "timestamp", instrument_id, price from tick_store.market_data where id = $1::int8`,
    'delete from tick_store.market_data where id = -$1::int8',
    () => [firstIdOf(looseBatch())],
    /stored twice/,
  ],
  [
    'a batch whose ledger row has another number of rows',
    'update tick_store.ingest_batches set inserted = inserted - 1, duplicates = duplicates + 1 where block = $1::int8',
    'update tick_store.ingest_batches set inserted = inserted + 1, duplicates = duplicates - 1 where block = $1::int8',
    () => [stored().receipt?.batchId],
    /batches whose number of rows differs/,
  ],
  [
    'a live row that an operation deleted',
    'update tick_store.operation_rows set affected = affected + int8multirange(int8range($1::int8, $1::int8 + 1)) where operation_id = $2::int8',
    'update tick_store.operation_rows set affected = affected - int8multirange(int8range($1::int8, $1::int8 + 1)) where operation_id = $2::int8',
    () => [firstIdOf(stored()) + 1, deletions().at(-1)?.id],
    /rows whose state does not follow from their operations/,
  ],
  [
    'a key without a batch or an operation',
    `insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
     values ('nobody', $1, 'batch', '\\x00', gen_random_uuid())`,
    "delete from tick_store.idempotency_keys where scope = 'nobody' and key = $1",
    () => ['of nothing'],
    /keys without a batch or an operation/,
  ],
];

test.each(STORED)('%s is reported', async (_, alter, repair, values, expected) => {
  const placeholders = values();
  await force(alter, placeholders);
  try {
    expect((await textsOf(sent)).join('\n')).toMatch(expected);
  } finally {
    await force(repair, placeholders);
  }
  expect(await textsOf(sent)).toEqual([]);
});
