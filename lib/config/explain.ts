import * as z from 'zod';
import { edits } from '../../functions/contract/nearest.ts';

/** One line per issue. For a name that does not exist, it suggests the nearest that does. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], schema: z.core.$ZodType): string {
  const known = settingPaths(schema);
  return issues
    .flatMap((issue) => {
      const at = issue.path.join('.');
      if (issue.code !== 'unrecognized_keys') return [`  ${at === '' ? 'the file' : at}: ${issue.message}`];
      return issue.keys.map((key) => {
        const path = at === '' ? key : `${at}.${key}`;
        if (known.includes(path)) return `  ${path}: is a setting of another kind of ${at}`;
        return `  ${path}: no such setting; the nearest is ${nearest(path, known)}`;
      });
    })
    .join('\n');
}

/** The paths of all settings, groups included. Array items and the members of unions share their parent's path. */
export function settingPaths(schema: z.core.$ZodType, path = ''): string[] {
  const own = path === '' ? [] : [path];
  if (schema instanceof z.core.$ZodObject) {
    const members = Object.entries(schema._zod.def.shape as Record<string, z.core.$ZodType>);
    return [
      ...own,
      ...members.flatMap(([name, member]) => settingPaths(member, path === '' ? name : `${path}.${name}`)),
    ];
  }
  if (schema instanceof z.core.$ZodDiscriminatedUnion) {
    return [...new Set(schema._zod.def.options.flatMap((option) => settingPaths(option, path)))];
  }
  if (schema instanceof z.core.$ZodArray) return settingPaths(schema._zod.def.element, path);
  if (
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodPrefault
  ) {
    return settingPaths(schema._zod.def.innerType, path);
  }
  return own;
}

/**
 * By the number of edits, where a name that is cut short or continued counts as one. The wrong name's own group comes first,
 * so that only a much better name elsewhere wins.
 */
function nearest(path: string, known: readonly string[]): string {
  const wrong = lastOf(path).toLowerCase();
  const distance = (candidate: string) => {
    const name = lastOf(candidate).toLowerCase();
    const apart = name.startsWith(wrong) || wrong.startsWith(name) ? 1 : edits(wrong, name);
    return 2 * apart + (groupOf(path) === groupOf(candidate) ? 0 : 3);
  };
  return known.reduce((best, candidate) => (distance(candidate) < distance(best) ? candidate : best));
}

const lastOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);
const groupOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('.')));
