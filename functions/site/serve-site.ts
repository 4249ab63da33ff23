import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** `site.json`: how the files next to it are served. */
export interface SiteDescription {
  /** Paths besides the files' own, and their files: `{ "/": "index.html" }`. */
  readonly paths: Readonly<Record<string, string>>;
  /** Sent with each file. */
  readonly headers: Readonly<Record<string, string>>;
  /** A regular expression of the files whose names change with their content. */
  readonly immutable: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

type Serve = (event: APIGatewayProxyEventV2) => APIGatewayProxyStructuredResultV2;

/**
 * Serves the files of a directory, gzipped, to GET and HEAD. They are read when the function starts, and a request finds
 * nothing but them: no path leads out of the directory.
 */
export function serveSite(directory: string, { paths, headers, immutable }: SiteDescription): Serve {
  const isImmutable = new RegExp(immutable);
  const responses = new Map<string, APIGatewayProxyStructuredResultV2>();
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const file = join(directory, name);
    if (statSync(file).isDirectory()) continue;
    responses.set(`/${name}`, {
      statusCode: 200,
      headers: {
        ...headers,
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        'content-encoding': 'gzip',
        'cache-control': isImmutable.test(name) ? 'private, max-age=31536000, immutable' : 'private, no-cache',
      },
      body: gzipSync(readFileSync(file)).toString('base64'),
      isBase64Encoded: true,
    });
  }
  return ({ rawPath }) => {
    const name = Object.hasOwn(paths, rawPath) ? `/${paths[rawPath]}` : rawPath;
    return responses.get(name) ?? NOT_FOUND;
  };
}

const NOT_FOUND: APIGatewayProxyStructuredResultV2 = {
  statusCode: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'There is no such file. The console begins at /\n',
};
