import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** `    at name (file:///var/task/index.mjs:12:345)`, or without a name and its brackets. */
const FRAME = /^(.*?)((?:file:\/\/)?\/[^\s()]+):(\d+):(\d+)(\)?)$/;

/** The source map of the bundle that contains this module: undefined until it is needed, null if there is none. */
let map: SourceMap | null | undefined;

/**
 * The frames of a stack without its message, each with its position in the sources. A function's bundle is minified, with
 * its source map next to it, which is read when the first error is logged. `--enable-source-maps` would read it at every
 * cold start, which takes 6 ms of processor time.
 */
export function sourceFrames(stack: string | undefined): string[] {
  const frames = (stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return frames.map((line) => inSources(line.trim()));
}

function inSources(frame: string): string {
  const [, before = '', file = '', line, column, after = ''] = FRAME.exec(frame) ?? [];
  if (file.replace('file://', '') !== new URL(import.meta.url).pathname) return frame;
  map ??= readMap();
  const origin = map?.findOrigin(Number(line), Number(column));
  if (origin === undefined || !('fileName' in origin)) return frame;
  // relative to where bundles are made, in the project's root
  const source = origin.fileName.replace(/^(\.\.\/)+/, '');
  return `${before}${source}:${origin.lineNumber}:${origin.columnNumber}${after}`;
}

function readMap(): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(import.meta.url)}.map`, 'utf8')));
  } catch {
    // not a bundle, or one without a map: frames stay as they are
    return null;
  }
}
