import { Problem } from '../contract/problem.ts';
import { routes } from '../contract/routes.ts';

/** Path templates of the table with the methods they take. */
const templates = Map.groupBy(Object.values(routes), (route) => route.path);

/** What to answer where API Gateway found no route: 405 with `Allow` if the path exists, else 404. */
export function unmatched(path: string): Problem {
  for (const [template, found] of templates) {
    if (!matches(template, path)) continue;
    const allow = found.map((route) => route.method).join(', ');
    return new Problem('method_not_allowed', `this path takes ${allow}`, { headers: { Allow: allow } });
  }
  return new Problem('route_not_found', 'GET /v1/openapi.json lists the routes');
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith('{') && given[i] !== ''))
  );
}
