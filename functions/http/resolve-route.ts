import { endpoints, type RouteName } from '../contract/endpoints.ts';
import { Problem } from '../contract/problem.ts';
import { type Endpoint, methodsOf, routeKey } from '../contract/route.ts';

/** A route with its name in the table. */
export interface ResolvedRoute extends Endpoint {
  readonly name: RouteName;
}

const all: readonly ResolvedRoute[] = Object.entries(endpoints).map(([name, endpoint]) => ({
  name: name as RouteName,
  ...endpoint,
}));

/** Routes by API Gateway's own key. */
const byKey = new Map(
  all.flatMap((resolved) =>
    methodsOf(resolved).map((method) => [routeKey({ method, path: resolved.path }), resolved] as const),
  ),
);

/** Path templates with the methods that each takes, the most literal first: `deletions` is not an `{id}`. */
const templates = [...Map.groupBy(all, ({ path }) => path)]
  .map(([path, found]) => ({ path, methods: found.flatMap(methodsOf) }))
  .sort((a, b) => countParameters(a.path) - countParameters(b.path));

/**
 * For a template, the more literal templates that its paths can also match. Few routes have any, so few requests are
 * checked.
 */
const moreLiteral = new Map(
  templates.map(({ path }) => [
    path,
    templates.filter((other) => countParameters(other.path) < countParameters(path) && matches(path, other.path)),
  ]),
);

/**
 * The route that API Gateway has matched. API Gateway matches a literal path with a `{parameter}` if only the route
 * with the parameter has the method, as in `GET …/deletions`. Such a request has no route here. A HEAD is handled as
 * the GET of its path, and the gateway leaves out the body.
 * @throws Problem route_not_found, or method_not_allowed with `Allow` if the path exists
 */
export function resolveRoute(key: string, path: string): ResolvedRoute {
  const resolved = byKey.get(key);
  if (resolved === undefined) throw noRoute(path);
  const literal = moreLiteral.get(resolved.path)?.find((template) => matches(template.path, path));
  if (literal !== undefined && !literal.methods.includes(resolved.method)) throw noRoute(path);
  return resolved;
}

const LISTED = 'GET /v1/openapi.json lists the routes';
const ENCODE_SLASH = 'write a / within a symbol or a name as %2F, such as /v1/instruments/BTC%2FUSDT';

/** Whether a path is that of an instrument or a rule, with one more `/` in the name. */
const isSlashInName = (path: string): boolean => /^\/v1\/(instruments|alert-rules)\/[^/]+\/[^/]/.test(path);

/** The problem for a path that has no route, or none with the request's method. */
export function noRoute(path: string): Problem {
  const found = templates.find((template) => matches(template.path, path));
  if (found === undefined) return new Problem('route_not_found', isSlashInName(path) ? ENCODE_SLASH : LISTED);
  const allow = found.methods.join(', ');
  return new Problem('method_not_allowed', `this path allows ${allow}`, { headers: { Allow: allow } });
}

function countParameters(template: string): number {
  return template.split('{').length - 1;
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith('{') && given[i] !== ''))
  );
}
