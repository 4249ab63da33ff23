/** Where a request's path leads. `malformed`: its percent-encoding is broken or is not UTF-8. */
export type RouteMatch<Route> =
  | { readonly kind: 'matched'; readonly route: Route; readonly pathParameters: Readonly<Record<string, string>> }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' };

type Segment =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'greedy'; readonly name: string };

interface CompiledRoute<Route> {
  readonly route: Route;
  readonly method: string;
  readonly segments: readonly Segment[];
}

const SPECIFICITY = { static: 0, parameter: 1, greedy: 2 } as const;

/**
 * Matches requests to routes as an HTTP API does (developer guide, "Routing API requests"): a full match first, then a
 * greedy `{proxy+}`, then `$default`. Within each, segments are compared from the left, and a literal wins over a
 * `{parameter}`. The method decides last: of two routes with the same path, the named method wins over `ANY`.
 *
 * A trailing slash is significant: `/pets/` is not `/pets`, and a `{parameter}` never matches an empty segment, but
 * `/pets/{proxy+}` matches `/pets/` with an empty value. Values are percent-decoded segment by segment, so `%2F` is
 * part of a value here. What the real gateway does with `%2F` is undocumented, so do not depend on it.
 *
 * @throws Error for a route key that is not valid, and for two routes with the same key
 */
export function createRouteMatcher<Route extends { readonly routeKey: string }>(
  routes: readonly Route[],
): (method: string, rawPath: string) => RouteMatch<Route> {
  rejectDuplicates(routes);
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const compiled = routes.filter((route) => route !== fallback).map(compileRoute);
  compiled.sort(bySpecificity);

  return (method, rawPath) => {
    const path = decodeSegments(rawPath);
    if (!path) return { kind: 'malformed' };
    for (const candidate of compiled) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const pathParameters = matchSegments(candidate.segments, path);
      if (pathParameters) return { kind: 'matched', route: candidate.route, pathParameters };
    }
    return fallback ? { kind: 'matched', route: fallback, pathParameters: {} } : { kind: 'none' };
  };
}

function rejectDuplicates(routes: readonly { readonly routeKey: string }[]): void {
  const seen = new Set<string>();
  for (const { routeKey } of routes) {
    if (seen.has(routeKey)) throw new Error(`Two routes have the key "${routeKey}"`);
    seen.add(routeKey);
  }
}

function compileRoute<Route extends { readonly routeKey: string }>(route: Route): CompiledRoute<Route> {
  const [, method, path] = /^([A-Z]+) \/(\S*)$/.exec(route.routeKey) ?? [];
  if (method === undefined || path === undefined) {
    throw new Error(
      `"${route.routeKey}" is not a route key: write "$default" or a method and a path, "GET /v1/health"`,
    );
  }
  const segments = path.split('/').map(compileSegment);
  if (segments.slice(0, -1).some(({ kind }) => kind === 'greedy')) {
    throw new Error(`"${route.routeKey}" continues after a greedy variable, which must come last`);
  }
  return { route, method, segments };
}

function compileSegment(text: string): Segment {
  const [, name, plus] = /^\{([^{}+]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { kind: 'static', text };
  return { kind: plus ? 'greedy' : 'parameter', name };
}

function bySpecificity(a: CompiledRoute<unknown>, b: CompiledRoute<unknown>): number {
  const isGreedy = ({ segments }: CompiledRoute<unknown>) => Number(segments.at(-1)?.kind === 'greedy');
  const greedyLast = isGreedy(a) - isGreedy(b);
  if (greedyLast !== 0) return greedyLast;
  for (const [index, segment] of a.segments.entries()) {
    const other = b.segments[index];
    const difference = other ? SPECIFICITY[segment.kind] - SPECIFICITY[other.kind] : 0;
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

function decodeSegments(rawPath: string): readonly string[] | undefined {
  try {
    return rawPath.replace(/^\//, '').split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function matchSegments(segments: readonly Segment[], path: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== path.length && segments.at(-1)?.kind !== 'greedy') return undefined;
  const values: [string, string][] = [];
  for (const [index, segment] of segments.entries()) {
    const text = path[index];
    if (text === undefined) return undefined;
    if (segment.kind === 'greedy') values.push([segment.name, path.slice(index).join('/')]);
    else if (segment.kind === 'parameter' && text !== '') values.push([segment.name, text]);
    else if (segment.kind !== 'static' || segment.text !== text) return undefined;
  }
  return Object.fromEntries(values);
}
