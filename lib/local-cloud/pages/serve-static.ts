import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { splitTarget } from '../api-gateway/http-api-event.ts';

export interface StaticSite {
  /** Every file in it is served, `assets/app.js` at `/assets/app.js`. It is read once, when the server starts. */
  readonly directory: string;
  /** Further paths and the file served for each: `{ '/': 'index.html' }`. */
  readonly paths: Readonly<Record<string, string>>;
  /** Sent with each file, such as a content security policy. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a file's name changes with its content, so that a browser may cache it for a year. */
  readonly isImmutable?: (file: string) => boolean;
}

interface StaticFile {
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Serves a directory of static files next to the API's routes, for GET and HEAD. It looks up paths only in its own
 * list, so no request reaches a file outside the directory, and every other path is left to the API.
 * @returns whether the request was for one of its files
 */
export function serveStatic(site: StaticSite): (request: IncomingMessage, response: ServerResponse) => boolean {
  const files = readSite(site);
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const file = files.get(splitTarget(request.url ?? '/').rawPath);
    if (file === undefined) return false;
    const isGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const headers = {
      ...site.headers,
      etag: file.etag,
      'cache-control': file.cacheControl,
      vary: 'Accept-Encoding',
    };
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304, headers).end();
      return true;
    }
    const body = isGzip ? file.gzip : file.plain;
    response.writeHead(200, {
      ...headers,
      'content-type': file.type,
      'content-length': body.length,
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    return true;
  };
}

/** @throws Error for a path whose file does not exist */
function readSite({ directory, paths, isImmutable = () => false }: StaticSite): Map<string, StaticFile> {
  const byName = new Map(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(directory, name)).isFile())
      .map((name) => [relative('.', name).split(sep).join('/'), name]),
  );
  const files = new Map<string, StaticFile>();
  for (const [name, path] of byName) {
    const plain = readFileSync(join(directory, path));
    files.set(`/${name}`, {
      type: TYPES[extname(name)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(plain).digest('hex').slice(0, 20)}"`,
      cacheControl: isImmutable(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      plain,
      gzip: gzipSync(plain),
    });
  }
  for (const [path, name] of Object.entries(paths)) {
    const file = files.get(`/${name}`);
    if (file === undefined) throw new Error(`${directory} has no ${name} to serve at ${path}`);
    files.set(path, file);
  }
  return files;
}
