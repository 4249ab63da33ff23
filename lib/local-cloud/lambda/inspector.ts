/**
 * Variables that make a Node process listen for a debugger: `NODE_OPTIONS=--inspect=…`, and the one that VS Code adds.
 */
const VARIABLES = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS'] as const;

/** A function that is paused at a breakpoint must not time out. Milliseconds. */
const PATIENCE_MS = 24 * 60 * 60 * 1000;

/**
 * The variables that let a debugger attach to the process of a function, if the parent was started with them. Otherwise
 * none, because a function in Lambda inherits nothing.
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
