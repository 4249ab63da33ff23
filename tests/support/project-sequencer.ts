import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The order of the test files. Files of one project stay together, because a worker keeps its loaded modules only until it
 * takes a file of another project. Within a project the longest go first, or, with `--sequence.shuffle`, any order that the
 * seed gives.
 */
export class ProjectSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const { shuffle, seed } = this.ctx.config.sequence;
    if (!shuffle) return sorted;
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    const placeOf = new Map(sorted.map((file) => [file, random(`${seed} ${file.project.name} ${file.moduleId}`)]));
    return sorted.sort(
      (a, b) =>
        projects.indexOf(a.project.name) - projects.indexOf(b.project.name) ||
        (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0),
    );
  }
}

/** The same number for the same text: FNV-1a, 32 bits, with its bits mixed once more. */
function random(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
