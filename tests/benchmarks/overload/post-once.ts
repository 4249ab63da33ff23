import { Agent, request } from 'node:http';

/** The result of one attempt. */
export interface Try {
  /** The status of the response; `timed-out` if the client gave up, `broken` if the connection ended. */
  readonly outcome: number | 'timed-out' | 'broken';
  /** The batch of a 200. */
  readonly batchId?: number;
  /** The value of `Retry-After`. Seconds. */
  readonly retryAfter?: number;
}

const agent = new Agent({ keepAlive: true });

/** Sends a batch once. After a timeout it closes the connection, as client libraries do. */
export function postOnce(url: string, key: string, body: string, timeoutMs: number): Promise<Try> {
  const headers = {
    ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'idempotency-key': key },
  };
  return new Promise((resolve) => {
    const sent = request(new URL('/v1/market-data', url), { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        clearTimeout(timer);
        const status = response.statusCode ?? 0;
        const seconds = response.headers['retry-after'];
        resolve({
          outcome: status,
          ...(status === 200 ? { batchId: (JSON.parse(text) as { batchId: number }).batchId } : {}),
          ...(seconds === undefined ? {} : { retryAfter: Number(seconds) }),
        });
      });
    });
    const timer = setTimeout(() => {
      resolve({ outcome: 'timed-out' });
      sent.destroy();
    }, timeoutMs);
    sent.on('error', () => {
      clearTimeout(timer);
      resolve({ outcome: 'broken' });
    });
    sent.end(body);
  });
}
