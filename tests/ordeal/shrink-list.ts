/**
 * Searches for the shortest list that still fails, by delta debugging: it tries each part of the list, then the list
 * without each part, with smaller and smaller parts.
 * @param list a list that fails
 * @param fails tries a list; it is called only once per list
 * @param isOver ends the search early, with the shortest list so far
 */
export async function shrinkList<T>(
  list: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
  isOver: () => boolean = () => false,
): Promise<readonly T[]> {
  const tried = new Set<string>();
  const stillFails = async (part: readonly T[]) => {
    const text = JSON.stringify(part);
    if (part.length === 0 || tried.has(text)) return false;
    tried.add(text);
    return fails(part);
  };
  let shortest = list;
  for (let parts = 2; shortest.length > 1 && parts <= shortest.length && !isOver(); ) {
    const shorter = await firstThat(candidates(shortest, parts), stillFails, isOver);
    if (shorter === undefined) {
      if (parts === shortest.length) break;
      parts = Math.min(2 * parts, shortest.length);
    } else {
      parts = Math.max(2, Math.min(parts - 1, shorter.length));
      shortest = shorter;
    }
  }
  return shortest;
}

/** Each part alone, then the list without each part. */
function candidates<T>(list: readonly T[], parts: number): T[][] {
  const size = list.length / parts;
  const bounds = Array.from({ length: parts }, (_, nth) => [Math.round(nth * size), Math.round((nth + 1) * size)]);
  return [
    ...bounds.map(([from, to]) => list.slice(from, to)),
    ...bounds.map(([from, to]) => list.filter((_, index) => index < (from as number) || index >= (to as number))),
  ];
}

async function firstThat<T>(
  lists: readonly T[][],
  holds: (list: readonly T[]) => Promise<boolean>,
  isOver: () => boolean,
): Promise<readonly T[] | undefined> {
  for (const list of lists) {
    if (isOver()) return undefined;
    if (await holds(list)) return list;
  }
  return undefined;
}
