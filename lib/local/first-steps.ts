const SYMBOL = 'ES';

/**
 * A command for a person to paste into a shell: it stores two ticks of now. It fits a line and carries an Idempotency-Key, so
 * that pasting it twice changes nothing more.
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
