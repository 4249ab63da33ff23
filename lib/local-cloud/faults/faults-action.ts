import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { LocalAction } from '../machine/local-page.ts';
import type { Faults } from './faults.ts';

const DEFAULT_SECONDS = 600;
const MAX_BODY_BYTES = 1024;

/**
 * `POST /_local/faults` with `{"fault": "database-down", "seconds": 600}` injects a fault, `DELETE
 * /_local/faults/database-down` lifts it, `DELETE /_local/faults` lifts all. Only JSON is accepted, because a web page
 * cannot send it across origins without a preflight request.
 */
export function faultsAction(faults: Faults): LocalAction {
  const request = z.strictObject({
    fault: z.enum(faults.names),
    seconds: z.int().min(1).max(3600).default(DEFAULT_SECONDS),
  });
  return async (message) => {
    if (message.method === 'DELETE') {
      const [, name] = /\/faults\/([^/?]+)$/.exec(message.url ?? '') ?? [];
      if (name !== undefined && !faults.names.includes(name))
        return problem(404, `the faults are ${faults.names.join(', ')}`);
      return { status: 200, body: { lifted: await faults.lift(name) } };
    }
    if (message.method !== 'POST') return problem(405, 'POST or DELETE');
    if (message.headers['content-type'] !== 'application/json') return problem(415, 'application/json only');
    const read = request.safeParse(await jsonOf(message));
    if (!read.success) return problem(422, z.prettifyError(read.error));
    try {
      return { status: 201, body: await faults.inject(read.data.fault, read.data.seconds) };
    } catch (error) {
      return problem(409, (error as Error).message);
    }
  };
}

const problem = (status: number, text: string) => ({ status, body: { problem: text } });

/** Undefined if the body is not JSON or is too large. */
async function jsonOf(message: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
