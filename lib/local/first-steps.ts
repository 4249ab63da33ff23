const SYMBOL = 'ES';

/**
 * A command to paste into a shell: it stores two ticks with current times. It fits on one line and has an
 * Idempotency-Key, so pasting it twice stores nothing more.
 */
export function firstCommand(url: string, now: Date): string {
  const end = now.toISOString();
  const records = [
    { timestamp: new Date(now.getTime() - 1000).toISOString(), symbol: SYMBOL, price: 4300, volume: 2 },
    { timestamp: end, symbol: SYMBOL, price: 4300.25, volume: 1 },
  ];
  return (
    `curl -sS -w '\\n' ${url}/v1/market-data -H 'Content-Type: application/json' ` +
    `-H 'Idempotency-Key: first-${end}' -d '${JSON.stringify({ records })}'`
  );
}
