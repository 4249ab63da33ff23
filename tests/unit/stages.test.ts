import { describe, expect, test } from 'vitest';
import config, { stages as shipped } from '../../infra.config.ts';
import type { InfraConfig } from '../../lib/config/schema.ts';
import { configOfStage, readStage, refuseCollisions, type Stages, stagesIn } from '../../lib/config/stages.ts';

const base: InfraConfig = {
  database: { kind: 'aurora', minAcu: 1, maxAcu: 16 },
  alerts: { runbookUrl: 'https://wiki.example.com/runbook', critical: { email: ['oncall@example.com'] } },
};
const stages: Stages = {
  test: { database: { maxAcu: 4 }, alerts: { critical: { email: [] } } },
  prod: { service: { account: '123456789012', region: 'eu-central-1' } },
  neon: { database: { kind: 'neon' } },
};
const settingsOf = (stage?: string) => readStage(configOfStage(base, stages, stage), stage);

describe('a stage', () => {
  test('changes what it names, keeps the rest, and is called after the service', () => {
    const { service, database, alerts } = settingsOf('test');
    expect(service.name).toBe('tick-store-test');
    expect(database).toMatchObject({ kind: 'aurora', minAcu: 1, maxAcu: 4 });
    expect(alerts.critical.email).toEqual([]);
    expect(settingsOf('prod').alerts.critical.email).toEqual(['oncall@example.com']);
  });

  test('with another kind of database replaces it whole, and has its own secret', () => {
    expect(settingsOf('neon').database).toMatchObject({ kind: 'neon', secretName: 'tick-store-neon/database' });
  });

  test('without one, the shared configuration is deployed under its own name', () => {
    expect(configOfStage(base, stages, undefined)).toBe(base);
    expect(settingsOf().service.name).toBe('tick-store');
  });

  test('that does not exist is refused with a suggestion', () => {
    expect(() => settingsOf('prd')).toThrow('There is no stage prd in infra.config.ts; the nearest is prod.');
  });

  test('with a wrong setting is named in the error', () => {
    const wrong = { prod: { database: { maxACU: 8 } } } as unknown as Stages;
    expect(() => readStage(configOfStage(base, wrong, 'prod'), 'prod')).toThrow(
      'infra.config.ts, stage prod, is not valid:\n  database.maxACU: no such setting; the nearest is database.maxAcu',
    );
  });

  test.each(Object.keys(shipped))('%s of infra.config.ts is valid', (stage) => {
    expect(readStage(configOfStage(config, shipped, stage), stage).service.name).toBe(`tick-store-${stage}`);
  });
});

test('two stages with the same names in one place are refused', () => {
  const [test, prod] = [settingsOf('test'), settingsOf('prod')];
  expect(() => refuseCollisions([test, prod])).not.toThrow();
  expect(() => refuseCollisions([test, test])).toThrow('Two stages would both be tick-store-test');
});

test('a context value names no stage, one, or several', () => {
  expect([stagesIn(undefined), stagesIn('prod'), stagesIn('test, prod')]).toEqual([
    [undefined],
    ['prod'],
    ['test', 'prod'],
  ]);
});
