/** The parts of a source. Regular expressions need no part of their own, because their braces are in pairs. */
const PART =
  /(?<comment>\/\*\*[\s\S]*?\*\/)|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?:^|\n)(?:export )?const (?<root>\w+)\b|(?<key>\b\w+):(?!\/)|(?<brace>[{}])|(?<other>[^\s])/g;

/**
 * The doc comments of a source of settings, by what they describe: `recipients.email` is the member `email` of the
 * constant `recipients`, `recipients` the constant itself. So a setting is described once, in the place that editors
 * show.
 */
export function readComments(source: string): Map<string, string> {
  const found = new Map<string, string>();
  /** The names of the objects around the current position; undefined for one without a name. */
  const around: (string | undefined)[] = [];
  let root = '';
  let comment: string | undefined;
  let pending: string | undefined;
  const note = (name: string) => {
    if (comment !== undefined && !found.has(name)) found.set(name, textOf(comment));
    comment = undefined;
  };
  for (const { groups = {} } of source.matchAll(PART)) {
    if (groups['comment'] !== undefined) comment = groups['comment'];
    else if (groups['root'] !== undefined) {
      [root, pending] = [groups['root'], undefined];
      note(root);
    } else if (groups['key'] !== undefined) {
      pending = groups['key'];
      note([root, ...around, pending].filter(Boolean).join('.'));
    } else if (groups['brace'] === '{') {
      around.push(pending);
      pending = undefined;
    } else if (groups['brace'] === '}') around.pop();
    else if (groups['other'] !== undefined) {
      comment = undefined;
      // parameters are not members
      if (groups['other'] === ')') pending = undefined;
    }
  }
  return found;
}

/** The text of a comment on one line, without its marks and tags. */
const textOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replaceAll(/\n\s*\*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/ @.*/, '')
    .trim();
