import type { TestUserConfig } from 'vitest/config';
import { ProjectSequencer } from './project-sequencer.ts';

const { CI, TEST_SEED } = process.env;

/**
 * What both configurations share. In CI, the files and the tests of each file run in random order. `TEST_SEED`, which
 * `.ci/run` prints, repeats an order.
 * @param report file below `.tick-store/` that CI reads the counts from
 */
export const REPORT = (report: string) =>
  ({
    reporters: CI ? ['default', 'json'] : ['default'],
    outputFile: { json: `.tick-store/${report}` },
    sequence: {
      sequencer: ProjectSequencer,
      ...(CI || TEST_SEED ? { shuffle: true, seed: Number(TEST_SEED ?? Date.now()) } : {}),
    },
  }) satisfies TestUserConfig;

/** It waits for the real pauses between the pager's attempts, so it runs with the tests of tests/e2e. */
export const PAGER_IN_REAL_TIME = 'tests/infrastructure/pager-trouble.test.ts';

/** How long `expect.poll` waits, on a machine that is busy with something else. */
export const PATIENT = { expect: { poll: { timeout: 10_000 } } } satisfies TestUserConfig;

/**
 * Files are loaded by Node as they are, as the functions' processes load them: Vite would transform each of them, and each
 * environment's entry again. That takes a tenth of the processor time of all tests. There is no `vi.mock` this way.
 */
export const NATIVE = { experimental: { viteModuleRunner: false, nodeLoader: false } } satisfies TestUserConfig;
