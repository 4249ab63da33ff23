import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.ts';
import { canOverlap, type FaultPlace, type Injection, nothing, PLACES, type PlacedInjections } from './fault.ts';
import type { FaultKinds, PlannedFault } from './plan-faults.ts';

/** The kinds of faults that a plan can draw from. */
export function kindsOf(injections: PlacedInjections): FaultKinds {
  const names = PLACES.flatMap((place) => Object.keys(injections[place] ?? {}));
  return {
    names,
    canOverlap: (first, second) => canOverlap(find(injections, first).place, find(injections, second).place),
  };
}

function find(injections: PlacedInjections, name: string): { place: FaultPlace; inject: Injection } {
  for (const place of PLACES) {
    const inject = injections[place]?.[name];
    if (inject !== undefined) return { place, inject };
  }
  throw new Error(`there is no fault named ${name}`);
}

/** Injects a fault and, while it lasts, its second fault if there is one. Then lifts both, in the order of their places. */
export async function injectFault(injections: PlacedInjections, fault: PlannedFault): Promise<void> {
  const lifts: { readonly place: FaultPlace; readonly lift: () => Promise<void> }[] = [];
  for (const one of fault.second === undefined ? [fault] : [fault, fault.second]) {
    await sleep(one.afterMs);
    const { place, inject } = find(injections, one.name);
    const isSecond = one !== fault;
    // the first fault may make it impossible to inject the second, which is then skipped
    const lift = await inject(new Random(one.seed)).catch((error: unknown) => {
      if (!isSecond) throw error;
      return nothing;
    });
    lifts.push({ place, lift });
    if (one === (fault.second ?? fault)) await sleep(one.lastsMs);
  }
  lifts.sort((a, b) => PLACES.indexOf(a.place) - PLACES.indexOf(b.place));
  for (const { lift } of lifts) await lift();
}
