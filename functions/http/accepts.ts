/** What a client accepts, by `Accept` and `Accept-Encoding` (RFC 9110, 12.5). */

/** The weights of a list such as `text/csv, application/json;q=0.5`, by name in lower case. */
function weights(header: string): ReadonlyMap<string, number> {
  const items = header.split(',').flatMap((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    if (name === '') return [];
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return [[name, weight === undefined ? 1 : Number(weight) || 0] as const];
  });
  return new Map(items);
}

/** Whether a client prefers CSV. JSON is the default. */
export function prefersCsv(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const weight = weights(accept);
  const of = (type: string, subtype: string) =>
    weight.get(`${type}/${subtype}`) ?? weight.get(`${type}/*`) ?? weight.get('*/*') ?? 0;
  return of('text', 'csv') > of('application', 'json');
}

/** Whether a client takes gzip. One that says nothing does not. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  const weight = weights(acceptEncoding);
  return (weight.get('gzip') ?? weight.get('x-gzip') ?? weight.get('*') ?? 0) > 0;
}
