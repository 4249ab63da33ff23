import { Problem } from '../contract/problem.ts';
import { type Route, routes } from '../contract/routes.ts';

/** Path templates of the table with their routes, the most literal first: `deletions` is no `{id}`. */
const templates = [...Map.groupBy(Object.values(routes) as Route[], (route) => route.path)].sort(
  ([a], [b]) => a.split('{').length - b.split('{').length,
);

const routesOf = (path: string) => templates.find(([template]) => matches(template, path))?.[1];

/** What to answer where API Gateway found no route: 405 with `Allow` if the path exists, else 404. */
export function unmatched(path: string): Problem {
  const found = routesOf(path);
  if (found === undefined) return new Problem('route_not_found', 'GET /v1/openapi.json lists the routes');
  const allow = found.map((route) => route.method).join(', ');
  return new Problem('method_not_allowed', `this path takes ${allow}`, { headers: { Allow: allow } });
}

/** Whether API Gateway took a literal path for a `{parameter}`, because only that one takes the method: GET …/deletions. */
export function isMistaken(route: Route, path: string): boolean {
  return routesOf(path)?.every((literal) => literal.method !== route.method) ?? false;
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith('{') && given[i] !== ''))
  );
}
