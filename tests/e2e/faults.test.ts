import { expect, test } from 'vitest';
import { runOrdeal } from '../ordeal/run-ordeal.ts';
import { replayText, reportLine, shrinkOrdeal } from '../ordeal/shrink-ordeal.ts';
import { BACKEND_NAMES, type BackendName } from '../support/backends/backends.ts';

/**
 * Clients write, delete, restore, correct and replay while every kind of fault is injected that is possible here.
 * `npm run faults -- --runs N --seed S --backend B` injects more faults, and shortens the list of faults that causes a difference.
 */

const { FAULTS_RUNS, FAULTS_LIST, FAULTS_BACKEND, FAULTS_SHRINK_MINUTES } = process.env;
const SEED = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
const BACKENDS = FAULTS_BACKEND === undefined ? BACKEND_NAMES : [FAULTS_BACKEND as BackendName];
const MAX_FAULTS = Number(FAULTS_RUNS ?? FAULTS_LIST?.split(';').length ?? 40);
const SHRINK_MINUTES = Number(FAULTS_SHRINK_MINUTES ?? 0);
const print = (line: string) => void process.stdout.write(`${line}\n`);

test.each(BACKENDS)(
  'on %s every acknowledged write is stored exactly once, whatever faults are injected',
  {
    timeout: 120_000 + MAX_FAULTS * 20_000 + SHRINK_MINUTES * 120_000,
  },
  async (backend) => {
    const isLong = FAULTS_RUNS !== undefined || FAULTS_LIST !== undefined;
    const report = await runOrdeal({
      ...{ backend, seed: SEED, faults: FAULTS_LIST ?? (FAULTS_RUNS === undefined ? undefined : Number(FAULTS_RUNS)) },
      ...(isLong ? { onRound: (round) => print(reportLine(backend, SEED, round)) } : {}),
    });
    const { differences, round } = report;
    if (differences.length > 0 && SHRINK_MINUTES > 0) {
      print(`${differences.join('\n')}\nThe faults of the round: ${replayText(backend, SEED, round)}`);
      const shortest = await shrinkOrdeal({ backend, seed: SEED, minutes: SHRINK_MINUTES }, report, print);
      print(
        shortest === undefined
          ? 'The same faults caused no difference again: it depends on their timing.'
          : `The shortest list that still causes one: ${replayText(backend, SEED, shortest)}`,
      );
    }
    expect({ replay: differences.length > 0 && replayText(backend, SEED, round), differences }).toEqual({
      ...{ replay: false, differences: [] },
    });
    if (FAULTS_LIST !== undefined) return;
    if (!isLong) print(reportLine(backend, SEED, report));
    expect(report.batchesWithResponse).toBeGreaterThan(0);
    expect(report.operationsWithResponse).toBeGreaterThan(0);
    expect(report.retries).toBeGreaterThan(0);
  },
);
