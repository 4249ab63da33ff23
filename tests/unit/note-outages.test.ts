import { expect, test } from 'vitest';
import { OutageNotes } from '../../lib/cli/import/note-outages.ts';
import { TickStoreProblem, TickStoreUnreachable } from '../../lib/client/index.ts';

/** What is noted, with a clock that the test sets. */
function notesOf() {
  const notes: string[] = [];
  const clock = { ms: 0 };
  const outages = new OutageNotes(
    (line) => void notes.push(line),
    () => clock.ms,
  );
  return { notes, clock, outages };
}

const busy = () => new TickStoreProblem(503, { title: 'Pool exhausted', code: 'pool_exhausted' }, new Headers());

test('a store that does not respond is noted at once, and once per outage', () => {
  const { notes, outages } = notesOf();
  for (let i = 0; i < 3; i++) outages.failed(new TickStoreUnreachable('POST http://x: connection refused'));
  expect(notes).toEqual(['POST http://x: connection refused. Trying again.']);
  outages.succeeded();
  outages.succeeded();
  expect(notes.slice(1)).toEqual(['The store responds again.']);
  outages.failed(new TickStoreUnreachable('gone'));
  expect(notes.slice(2)).toEqual(['gone. Trying again.']);
});

test('a store that refuses requests is noted after two seconds without a success', () => {
  const { notes, clock, outages } = notesOf();
  outages.failed(busy());
  clock.ms = 1_500;
  outages.succeeded();
  outages.failed(busy());
  clock.ms = 3_400;
  outages.failed(busy());
  expect(notes).toEqual([]);
  clock.ms = 3_600;
  outages.failed(busy());
  expect(notes).toEqual(['Pool exhausted. Trying again.']);
});
