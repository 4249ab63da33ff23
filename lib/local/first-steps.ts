const SYMBOL = 'ES';

/**
 * Three commands for a person to paste into a shell: store two ticks of now, read them, delete them softly. Each fits a
 * line, and the first and last carry an Idempotency-Key, so that pasting one twice changes nothing more.
 */
export function firstSteps(url: string, now: Date): string[] {
  const start = new Date(now.getTime() - 1000).toISOString();
  const end = now.toISOString();
  const records = [
    { timestamp: start, symbol: SYMBOL, price: 4300, volume: 2 },
    { timestamp: end, symbol: SYMBOL, price: 4300.25, volume: 1 },
  ];
  const deletion = { filter: { symbol: SYMBOL, start, end }, reason: 'trying it out' };
  const post = (path: string, key: string, body: unknown) =>
    `curl -sS -w '\\n' ${url}${path} -H 'Content-Type: application/json' ` +
    `-H 'Idempotency-Key: ${key}-${end}' -d '${JSON.stringify(body)}'`;
  return [
    post('/v1/market-data', 'ingest', { records }),
    `curl -sS -w '\\n' '${url}/v1/market-data?symbol=${SYMBOL}&start=${start}&end=${end}'`,
    post('/v1/market-data/deletions', 'delete', deletion),
  ];
}
