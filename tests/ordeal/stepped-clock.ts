/**
 * Preloaded into the functions' processes (`NODE_OPTIONS=--import`). It shifts their wall clock by the number of
 * milliseconds in the file `STEPPED_CLOCK_FILE`. Timers and `performance.now()` are unaffected, as after a step by NTP.
 */
import { readFileSync } from 'node:fs';

const RealDate = Date;
const file = process.env['STEPPED_CLOCK_FILE'];
/** How often the file is read. Milliseconds. */
const READ_EVERY_MS = 20;
let [offset, readAt] = [0, Number.NEGATIVE_INFINITY];

function offsetMs(): number {
  if (file === undefined || performance.now() - readAt < READ_EVERY_MS) return offset;
  readAt = performance.now();
  try {
    offset = Number(readFileSync(file, 'utf8'));
  } catch {
    offset = 0;
  }
  return offset;
}

const now = () => RealDate.now() + offsetMs();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
