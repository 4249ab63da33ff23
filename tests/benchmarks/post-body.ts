import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** Posts a body on a kept connection, and reads the response. @returns its status */
export function postBody(url: string, body: string | Buffer, contentType = 'application/json'): Promise<number> {
  const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Closes the kept connections. */
export const endConnections = (): void => agent.destroy();
