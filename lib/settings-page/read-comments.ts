/** What a source is cut into. Regular expressions need no part of their own: their braces are in pairs. */
const PART =
  /(?<comment>\/\*\*[\s\S]*?\*\/)|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?:^|\n)(?:export )?const (?<root>\w+)\b|(?<key>\b\w+):(?!\/)|(?<brace>[{}])|(?<other>[^\s])/g;

/**
 * The doc comments of a source of settings, by what they stand in front of: `recipients.email` is the member `email` of the
 * constant `recipients`, `recipients` that constant itself. So a setting is described once, where editors show it too.
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
      // parameters are no members
      if (groups['other'] === ')') pending = undefined;
    }
  }
  return found;
}

/** Without the marks of a comment and its tags, and in one line. */
const textOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replaceAll(/\n\s*\*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/ @.*/, '')
    .trim();
