import { Random } from '../fuzz/random.ts';
import type { BackendName } from '../support/backends/backends.ts';
import { checkStore, untilServing } from './check-store.ts';
import { OrdealClient, type Sent, type StoreDifference } from './clients.ts';
import { injectFault, kindsOf } from './inject-fault.ts';
import { type PlannedFault, parseFaults, planFaults } from './plan-faults.ts';
import { type Ordeal, startOrdeal } from './start-ordeal.ts';

export interface OrdealOptions {
  readonly backend: BackendName;
  /** The seed of the clients, and of the faults if they are drawn. */
  readonly seed: number;
  /** How many faults to draw, or a list in the form of `faultsText`. Default: each kind once, and some with a second fault. */
  readonly faults?: number | string | undefined;
  /** Called after each round, to show progress. */
  readonly onRound?: (report: OrdealReport) => void;
}

export interface OrdealReport {
  /** The faults of the last round, in which the differences were found. */
  readonly round: readonly PlannedFault[];
  readonly differences: readonly string[];
  /** The faults of that round that were active during a request with a difference, the most frequent first. */
  readonly suspects: readonly PlannedFault[];
  /** The number of faults in the whole run. */
  readonly faults: number;
  readonly kinds: number;
  /** The number of faults with a second one. */
  readonly pairs: number;
  readonly batches: number;
  readonly batchesWithResponse: number;
  readonly operations: number;
  readonly operationsWithResponse: number;
  readonly retries: number;
  readonly replays: number;
  readonly slowestRecoveryMs: number;
  readonly slowestFault: string;
  /** The number of recoveries that took longer than the target of 5 s. */
  readonly slowRecoveries: number;
}

const CLIENTS = 6;
/** How many faults a run has by default in addition to one of each kind. Some of them have a second fault. */
const SOME_PAIRS = 6;
/** Faults between two comparisons with the store. */
const PER_ROUND = 25;
/** A guard against hangs. An overloaded machine takes ten times the 5 s of a quiet one. Milliseconds. */
const RECOVERY_MS = 180_000;
const GOAL_MS = 5_000;

/**
 * Lets clients write while faults are injected. After each round it compares their responses with the store. It ends at the
 * first difference.
 */
export async function runOrdeal({ backend, seed, faults, onRound }: OrdealOptions): Promise<OrdealReport> {
  const ordeal = await startOrdeal(backend);
  try {
    const kinds = kindsOf(ordeal.injections);
    const plan =
      typeof faults === 'string'
        ? parseFaults(faults, kinds.names)
        : planFaults(kinds, faults ?? kinds.names.length + SOME_PAIRS, seed);
    const sent: Sent = { batches: [], operations: [], differences: [], retries: 0, replays: 0, fault: 0 };
    const recoveries: { name: string; ms: number }[] = [];
    for (let from = 0; ; from += PER_ROUND) {
      const round = plan.slice(from, from + PER_ROUND);
      const checked = sent.operations.length;
      recoveries.push(...(await runRound(ordeal, round, sent, { seed, from })));
      const isLast = from + PER_ROUND >= plan.length;
      const found = await checkStore(ordeal.service, sent, isLast ? 0 : checked);
      const differences = [
        ...recoveries
          .slice(from)
          .flatMap(({ name, ms }) => (ms < RECOVERY_MS ? [] : [`no response ${ms} ms after: ${name}`])),
        ...found.map(({ text }) => text),
      ];
      const suspects = suspectsOf(found).flatMap((number) => plan[number] ?? []);
      const report = reportOf({ round, differences, suspects }, sent, recoveries);
      onRound?.(report);
      if (isLast || differences.length > 0) return report;
    }
  } finally {
    await ordeal.stop();
  }
}

async function runRound(
  ordeal: Ordeal,
  round: readonly PlannedFault[],
  sent: Sent,
  { seed: first, from }: { readonly seed: number; readonly from: number },
) {
  let isOver = false;
  const seed = first + from;
  const clients = Array.from({ length: CLIENTS }, (_, nth) => {
    return new OrdealClient(ordeal.url, `client-${seed}-${nth}`, new Random(seed + nth + 1), sent);
  });
  const running = clients.map((client) => client.run(() => isOver));
  const recoveries: { name: string; ms: number }[] = [];
  for (const [nth, fault] of round.entries()) {
    sent.fault = from + nth;
    await injectFault(ordeal.injections, fault);
    const name = fault.second === undefined ? fault.name : `${fault.name} & ${fault.second.name}`;
    recoveries.push({ name, ms: Math.round(await untilServing(ordeal.service, RECOVERY_MS)) });
  }
  isOver = true;
  for (const client of clients) client.isHealed = true;
  await Promise.all(running);
  return recoveries;
}

/** The numbers of the faults that were active during a request with a difference, the most frequent first. */
function suspectsOf(differences: readonly StoreDifference[]): number[] {
  const times = new Map<number, number>();
  for (const { sent } of differences)
    for (let fault = sent?.since ?? 0; fault <= (sent?.until ?? -1); fault++)
      times.set(fault, (times.get(fault) ?? 0) + 1);
  return [...times].sort(([, a], [, b]) => b - a).map(([fault]) => fault);
}

function reportOf(
  round: Pick<OrdealReport, 'round' | 'differences' | 'suspects'>,
  sent: Sent,
  recoveries: readonly { readonly name: string; readonly ms: number }[],
): OrdealReport {
  const withResponse = (list: readonly { readonly outcome: string }[]) =>
    list.filter(({ outcome }) => outcome === 'responded').length;
  const [slowest] = recoveries.toSorted((a, b) => b.ms - a.ms);
  return {
    ...{ ...round, faults: recoveries.length },
    kinds: new Set(recoveries.flatMap(({ name }) => name.split(' & '))).size,
    pairs: recoveries.filter(({ name }) => name.includes(' & ')).length,
    ...{ batches: sent.batches.length, batchesWithResponse: withResponse(sent.batches) },
    ...{ operations: sent.operations.length, operationsWithResponse: withResponse(sent.operations) },
    ...{ retries: sent.retries, replays: sent.replays },
    ...{ slowestRecoveryMs: slowest?.ms ?? 0, slowestFault: slowest?.name ?? '' },
    slowRecoveries: recoveries.filter(({ ms }) => ms > GOAL_MS).length,
  };
}
