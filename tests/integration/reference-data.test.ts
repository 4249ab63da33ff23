import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alert, newInstrument, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const isNow = (time: string) => expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);

describe('instruments', () => {
  test('a PUT creates one, with defaults for omitted fields', async () => {
    const { status, body } = await service.put('/v1/instruments/ZN', {});
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(Number),
      symbol: 'ZN',
      name: 'ZN',
      type: 'other',
      status: 'active',
      priceDecimals: 4,
      createdAt: expect.any(String),
      updatedAt: body.createdAt,
    });
    isNow(body.createdAt);
    expect((await service.get('/v1/instruments/ZN')).body).toEqual(body);
  });

  test('a PUT replaces one, keeps its id and references to it, and resets the defaults', async () => {
    const all = { name: 'Gold', type: 'future', status: 'inactive', priceDecimals: 1 };
    await service.put('/v1/instruments/GC', {});
    const [tickId] = await store(service, [tick({ symbol: 'GC', price: 1.23456 })]);
    const { body: created } = await service.put('/v1/instruments/GC', all);
    const { body: changed } = await service.put('/v1/instruments/GC', { priceDecimals: 0 });
    expect(changed).toMatchObject({
      id: created.id,
      name: 'GC',
      type: 'other',
      status: 'active',
      priceDecimals: 0,
      createdAt: created.createdAt,
    });
    expect(changed.updatedAt > created.updatedAt).toBe(true);
    expect((await service.get(`/v1/market-data/${tickId}`)).body).toMatchObject({ instrumentId: created.id, price: 1 });
  });

  test('symbols that need percent-encoding are accepted', async () => {
    for (const symbol of [
      'EUR/USD',
      'BRK.B',
      '^GSPC',
      'ES=F',
      '100%',
      'A+B',
      '#1',
      'a?b&c',
      "O'Neil",
      '__proto__',
      '$TICK',
    ]) {
      const created = await service.put(`/v1/instruments/${encodeURIComponent(symbol)}`, {});
      expect([created.status, created.body.symbol]).toEqual([200, symbol]);
      expect((await service.get(`/v1/instruments/${encodeURIComponent(symbol)}`)).body).toEqual(created.body);
      const [id] = await store(service, [tick({ symbol })]);
      const list = await service.get('/v1/market-data', { query: { symbol } });
      expect(list.body.data).toMatchObject([{ id, symbol }]);
    }
  });

  test('a symbol in another case is a conflict, even if both are created at once', async () => {
    await service.put('/v1/instruments/Cl', {});
    for (const symbol of ['CL', 'cl', 'cL']) {
      const reply = await service.put(`/v1/instruments/${symbol}`, {});
      expect([reply.status, reply.body.code]).toEqual([409, 'name_differs_in_case']);
      expect(reply.body.detail).toContain('the instrument Cl differs in case only');
      expect((await service.get(`/v1/instruments/${symbol}`)).body.code).toBe('instrument_not_found');
    }
    const race = await Promise.all(
      ['rty', 'RTY', 'Rty', 'rTY'].map((symbol) => service.put(`/v1/instruments/${symbol}`, {})),
    );
    expect(race.map((reply) => reply.status).sort()).toEqual([200, 409, 409, 409]);
    const same = await Promise.all([1, 2, 3, 4].map(() => service.put('/v1/instruments/HG', {})));
    expect(new Set(same.map((reply) => `${reply.status} ${reply.body.id}`)).size).toBe(1);
  });

  test.each([
    ['an empty name', { name: '' }, 'name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['a name with a NUL', { name: 'a\0' }, 'name'],
    ['a name null', { name: null }, 'name'],
    ['a type in capitals', { type: 'Future' }, 'type'],
    ['an unknown status', { status: 'asleep' }, 'status'],
    ['13 decimals', { priceDecimals: 13 }, 'priceDecimals'],
    ['-1 decimals', { priceDecimals: -1 }, 'priceDecimals'],
    ['decimals as text', { priceDecimals: '2' }, 'priceDecimals'],
    ['half a decimal', { priceDecimals: 0.5 }, 'priceDecimals'],
    ['an unknown field', { decimals: 2 }, 'decimals'],
    ['a symbol in the body', { symbol: 'ES' }, 'symbol'],
    ['a list', [], ''],
    ['null', null, ''],
  ])('refused: %s', async (_, body, path) => {
    const reply = await service.put('/v1/instruments/BAD', body);
    expect([reply.status, reply.body.code, reply.body.errors[0].path]).toEqual([422, 'invalid_request', path]);
    expect((await service.get('/v1/instruments/BAD')).status).toBe(404);
  });

  test.each(['%20B', 'A%2CB', '%00', 'X'.repeat(65), 'A%0A'])('not a symbol: %s', async (symbol) => {
    for (const reply of [
      await service.put(`/v1/instruments/${symbol}`, {}),
      await service.get(`/v1/instruments/${symbol}`),
    ])
      expect([reply.status, reply.body.errors[0].path]).toEqual([422, 'symbol']);
  });

  test('the list has all instruments, by symbol', async () => {
    const { body } = await service.get('/v1/instruments');
    const symbols = body.data.map((row: { symbol: string }) => row.symbol);
    expect(symbols).toEqual([...symbols].sort());
    expect(symbols).toEqual(expect.arrayContaining(['ES', 'GBPUSD', 'NQ']));
    expect(body.data.find((row: { symbol: string }) => row.symbol === 'GBPUSD')).toMatchObject({
      name: 'Pound to dollar',
      priceDecimals: 5,
    });
  });

  test('an instrument created in one environment is known to all at once', async () => {
    await Promise.all([1, 2, 3, 4].map(() => service.post('/v1/market-data', { records: [tick({ symbol: 'NEW' })] })));
    await service.put('/v1/instruments/NEW', {});
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => service.post('/v1/market-data', { records: [tick({ symbol: 'NEW' })] })),
    );
    expect(replies.map((reply) => reply.body.inserted)).toEqual([1, 1, 1, 1]);
  });
});

describe('alert rules', () => {
  const minimal = { symbol: 'ES', condition: 'above', threshold: 4300 };

  test('a PUT creates a rule with defaults, and replaces it', async () => {
    const { status, body } = await service.put('/v1/alert-rules/es-high', minimal);
    expect([status, body]).toMatchObject([
      200,
      {
        name: 'es-high',
        ...minimal,
        ruleType: 'threshold',
        timeWindowSeconds: null,
        movingAveragePeriod: null,
        cooldownSeconds: 60,
        active: true,
      },
    ]);
    isNow(body.createdAt);
    const [alertId] = await store(service, [alert(body.id)], 'alert-logs');
    const all = {
      ruleType: 'rate_of_change',
      condition: 'percent_change_up',
      threshold: -0.5,
      timeWindowSeconds: 3600,
      movingAveragePeriod: 1000,
      cooldownSeconds: 0,
      active: false,
    };
    const nq = (await service.get('/v1/instruments/NQ')).body.id;
    const changed = await service.put('/v1/alert-rules/es-high', { instrumentId: nq, ...all });
    expect(changed.body).toMatchObject({
      id: body.id,
      symbol: 'NQ',
      instrumentId: nq,
      ...all,
      createdAt: body.createdAt,
    });
    expect((await service.get('/v1/alert-rules/es-high')).body).toEqual(changed.body);
    expect((await service.get(`/v1/alert-logs/${alertId}`)).body).toMatchObject({ ruleName: 'es-high', symbol: 'ES' });
    expect((await service.put('/v1/alert-rules/es-high', minimal)).body).toMatchObject({
      ruleType: 'threshold',
      timeWindowSeconds: null,
      active: true,
    });
  });

  test('a name may be any text of 1 to 100 characters', async () => {
    for (const name of ['über / 4300 %', 'x'.repeat(100), '价格', ' ', '__proto__']) {
      const created = await service.put(`/v1/alert-rules/${encodeURIComponent(name)}`, minimal);
      expect([created.status, created.body.name]).toEqual([200, name]);
      expect((await service.get(`/v1/alert-rules/${encodeURIComponent(name)}`)).body).toEqual(created.body);
    }
    for (const name of ['x'.repeat(101), 'a%00b']) {
      const replies = [
        await service.put(`/v1/alert-rules/${name}`, minimal),
        await service.get(`/v1/alert-rules/${name}`),
      ];
      expect(replies.map((reply) => [reply.status, reply.body.errors[0].path])).toEqual([
        [422, 'name'],
        [422, 'name'],
      ]);
    }
  });

  test.each([
    ['no instrument', { symbol: undefined }, ''],
    ['two instruments', { instrumentId: 1 }, ''],
    ['no condition', { condition: undefined }, 'condition'],
    ['an unknown condition', { condition: 'near' }, 'condition'],
    ['no threshold', { threshold: null }, 'threshold'],
    ['a cooldown of 3601 s', { cooldownSeconds: 3601 }, 'cooldownSeconds'],
    ['a window of 0 s', { timeWindowSeconds: 0 }, 'timeWindowSeconds'],
    ['an average of 1001', { movingAveragePeriod: 1001 }, 'movingAveragePeriod'],
    ['active as text', { active: 'yes' }, 'active'],
    ['an unknown field', { note: 'x' }, 'note'],
  ])('refused: %s', async (_, fields, path) => {
    const reply = await service.put('/v1/alert-rules/bad', { ...minimal, ...fields });
    expect([reply.status, reply.body.errors[0].path]).toEqual([422, path]);
    expect((await service.get('/v1/alert-rules/bad')).body.code).toBe('rule_not_found');
  });

  test('a rule of an instrument that does not exist gets a 404', async () => {
    for (const instrument of [{ symbol: 'NOBODY' }, { symbol: undefined, instrumentId: 4_294_967_297 }]) {
      const reply = await service.put('/v1/alert-rules/bad', { ...minimal, ...instrument });
      expect([reply.status, reply.body.code]).toEqual([404, 'instrument_not_found']);
    }
  });

  test('the list has all rules, by name', async () => {
    const symbol = await newInstrument(service);
    await service.put('/v1/alert-rules/a-first', { ...minimal, symbol });
    const { body } = await service.get('/v1/alert-rules');
    const names = body.data.map((row: { name: string }) => row.name);
    expect(names).toContain('a-first');
    expect(names).toEqual(names.toSorted((a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
});
