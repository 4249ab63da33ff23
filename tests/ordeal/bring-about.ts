import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.ts';
import { canMeet, type Disturbance, type FaultPlace, nothing, PLACES, type PlacedDisturbances } from './fault.ts';
import type { FaultKinds, PlannedFault } from './plan-faults.ts';

/** What a plan can draw from. */
export function kindsOf(disturbances: PlacedDisturbances): FaultKinds {
  const names = PLACES.flatMap((place) => Object.keys(disturbances[place] ?? {}));
  return {
    names,
    canMeet: (first, second) => canMeet(find(disturbances, first).place, find(disturbances, second).place),
  };
}

function find(disturbances: PlacedDisturbances, name: string): { place: FaultPlace; disturb: Disturbance } {
  for (const place of PLACES) {
    const disturb = disturbances[place]?.[name];
    if (disturb !== undefined) return { place, disturb };
  }
  throw new Error(`there is no fault named ${name}`);
}

/** Brings a fault about, and while it holds the one that is to meet it; takes both away in the order of their places. */
export async function bringAbout(disturbances: PlacedDisturbances, fault: PlannedFault): Promise<void> {
  const lifts: { readonly place: FaultPlace; readonly lift: () => Promise<void> }[] = [];
  for (const one of fault.second === undefined ? [fault] : [fault, fault.second]) {
    await sleep(one.afterMs);
    const { place, disturb } = find(disturbances, one.name);
    const isSecond = one !== fault;
    // a second fault may find nobody who responds to what brings it about, and is then none
    const lift = await disturb(new Random(one.seed)).catch((error: unknown) => {
      if (!isSecond) throw error;
      return nothing;
    });
    lifts.push({ place, lift });
    if (one === (fault.second ?? fault)) await sleep(one.lastsMs);
  }
  lifts.sort((a, b) => PLACES.indexOf(a.place) - PLACES.indexOf(b.place));
  for (const { lift } of lifts) await lift();
}
