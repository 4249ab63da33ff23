import { type Endpoints, endpoints, type RouteName } from './endpoints.ts';
import { healthRequests } from './health-requests.ts';
import { ingestRequests } from './ingest-requests.ts';
import { deleteRequests, restoreRequests } from './operation-requests.ts';
import { readRequests } from './read-requests.ts';
import { referenceRequests } from './reference-requests.ts';
import type { Route } from './route.ts';
import { routeDocuments } from './route-documents.ts';

const requests = {
  ...ingestRequests,
  ...deleteRequests,
  ...restoreRequests,
  ...readRequests,
  ...referenceRequests,
  ...healthRequests,
};

type Requests = typeof requests;
type Documents = typeof routeDocuments;

/** The type of the route table. */
export type Routes = {
  readonly [N in RouteName]: Endpoints[N] & Omit<Requests[N], keyof Documents[N]> & Documents[N];
};

/**
 * Every route with all that is known of it: the whole HTTP interface. The stack's API, the OpenAPI document and the tests
 * are made from it. A function does not import it: `endpoints` says why.
 */
export const routes = Object.fromEntries(
  (Object.keys(endpoints) as RouteName[]).map((name): [RouteName, Route] => [
    name,
    { ...endpoints[name], ...requests[name], ...routeDocuments[name] } as Route,
  ]),
) as unknown as Routes;
