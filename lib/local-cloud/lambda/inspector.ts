/** What makes a Node process listen for a debugger: `NODE_OPTIONS=--inspect=…`, and what VS Code adds to it. */
const VARIABLES = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS'] as const;

/** A function that stands at a breakpoint must not time out. Milliseconds. */
const PATIENCE_MS = 24 * 60 * 60 * 1000;

/**
 * The variables that let a debugger reach the process of a function, where the parent was started with one; else none, for
 * a function inherits nothing in Lambda.
 */
export function inspectorVariables(parent: NodeJS.ProcessEnv): Record<string, string> {
  if (!isInspected(parent)) return {};
  return Object.fromEntries(VARIABLES.flatMap((name) => (parent[name] === undefined ? [] : [[name, parent[name]]])));
}

/** The timeout of a function: its own, or a day under a debugger. Milliseconds. */
export const timeoutUnder = (parent: NodeJS.ProcessEnv, timeoutMs: number): number =>
  isInspected(parent) ? Math.max(PATIENCE_MS, timeoutMs) : timeoutMs;

/** Whether this environment makes a Node process listen for a debugger. */
export const isInspected = ({ NODE_OPTIONS = '', VSCODE_INSPECTOR_OPTIONS }: NodeJS.ProcessEnv): boolean =>
  VSCODE_INSPECTOR_OPTIONS !== undefined || /(?:^|\s)--inspect\b/.test(NODE_OPTIONS);
