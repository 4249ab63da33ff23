import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LocalAccount } from '../cloudformation/account.ts';
import { type Certificate, TLS_HOST } from './certificate.ts';
import { tokenFault } from './iam-token.ts';
import {
  fatal,
  int32,
  message,
  PROTOCOL_3,
  readMessage,
  readParameters,
  readStartup,
  startupMessage,
} from './postgres-messages.ts';
import { ScramLogin } from './scram-login.ts';
import { connectToServer, pipeBothWays, startTlsListener, type TlsListener } from './tls-listener.ts';

export interface RdsProxyOptions {
  readonly account: LocalAccount;
  readonly certificate: Certificate;
  /** The port of PgBouncer, which is the pool. */
  readonly poolerPort: number;
  /** The password of a role at PgBouncer; undefined for a role that may not use the proxy. */
  readonly passwordOf: (user: string) => string | undefined;
  /** Epoch milliseconds; tokens expire by this clock. */
  readonly now: () => number;
}

export interface LocalRdsProxy extends TlsListener {
  /** Logins refused since the start: the metric ClientConnectionsSetupFailedAuth. */
  refusedLogins(): number;
}

/** The parameters that RDS Proxy accepts in a startup message, in lower case. It refuses all others. */
export const STARTUP_PARAMETERS: ReadonlySet<string> = new Set([
  ...['user', 'database', 'application_name', 'client_encoding', 'datestyle', 'timezone'],
  ...['extra_float_digits', 'search_path'],
]);

const CLEARTEXT_PASSWORD = 3;
const AUTHENTICATED = 0;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/**
 * RDS Proxy's protocol in front of a real PgBouncer. It accepts only TLS connections, with a certificate that clients
 * verify. It refuses startup parameters that RDS Proxy refuses, and every CancelRequest. It requests the password in
 * clear text and accepts only an IAM token that this account's key has signed for this host, port and user within the
 * last 15 minutes. Then it logs in to PgBouncer as that user and forwards bytes.
 *
 * Not emulated: pinning (session state breaks in a transaction pooler instead, which shows up sooner), RDS Proxy's
 * error texts for an exhausted pool (PgBouncer's are passed on), borrowing across a failover, and its log.
 */
export async function startRdsProxy(options: RdsProxyOptions): Promise<LocalRdsProxy> {
  let refused = 0;
  const listener = await startTlsListener({
    certificate: options.certificate,
    refusal: 'This RDS Proxy requires TLS connections',
    serve: async (client) => {
      const admitted = await admit(client, { host: TLS_HOST, port: listener.port }, options);
      if (admitted === 'refused') {
        refused += 1;
        return;
      }
      if (admitted === undefined) return;
      const server = await logIn(client, admitted, options);
      if (server !== undefined) pipeBothWays(client, server);
    },
  });
  return { ...listener, refusedLogins: () => refused };
}

interface Admitted {
  readonly parameters: ReadonlyMap<string, string>;
  readonly password: string;
}

/** @returns undefined if the client was disconnected for a reason other than its login */
async function admit(
  client: Duplex,
  at: { readonly host: string; readonly port: number },
  { account, passwordOf, now }: RdsProxyOptions,
): Promise<Admitted | 'refused' | undefined> {
  const { code, body } = await readStartup(client);
  if (code !== PROTOCOL_3) return dismiss(client, '0A000', 'RDS Proxy supports protocol 3.0 alone');
  const parameters = readParameters(body);
  const unknown = [...parameters.keys()].find((name) => !STARTUP_PARAMETERS.has(name.toLowerCase()));
  if (unknown !== undefined)
    return dismiss(client, '0A000', `RDS Proxy currently doesn't support the option ${unknown}.`);
  const user = parameters.get('user') ?? '';
  client.write(message('R', int32(CLEARTEXT_PASSWORD)));
  const received = await readMessage(client);
  const token = received.type === 'p' ? received.body.toString('utf8', 0, received.body.length - 1) : '';
  const password = passwordOf(user);
  if (password !== undefined && tokenFault(token, { ...at, user }, account, now()) === undefined)
    return { parameters, password };
  dismiss(client, '28P01', `The IAM authentication failed for the role ${user}. Check the IAM token and try again.`);
  return 'refused';
}

/** @returns undefined if PgBouncer refused the client, which has received the error */
async function logIn(client: Duplex, { parameters, password }: Admitted, options: RdsProxyOptions) {
  let server: Socket;
  try {
    server = await connectToServer(options.poolerPort);
  } catch {
    return dismiss(client, '57P03', 'The pooler cannot be reached: cannot connect');
  }
  client.once('close', () => server.destroy());
  server.write(startupMessage(parameters));
  const scram = new ScramLogin(password);
  for (;;) {
    const { type, body } = await readMessage(server);
    if (type !== 'R') {
      // PgBouncer's error, unchanged
      client.end(message(type, body));
      server.destroy();
      return undefined;
    }
    const step = body.readInt32BE();
    const text = body.toString('utf8', 4);
    if (step === SASL) {
      const first = Buffer.from(scram.first);
      server.write(message('p', Buffer.from('SCRAM-SHA-256\0'), int32(first.length), first));
    } else if (step === SASL_CONTINUE) {
      server.write(message('p', Buffer.from(await scram.final(text))));
    } else if (step === SASL_FINAL) {
      scram.verify(text);
    } else if (step === AUTHENTICATED) {
      client.write(message('R', int32(AUTHENTICATED)));
      return server;
    } else {
      server.destroy();
      throw new Error(`PgBouncer requires a login of kind ${step}`);
    }
  }
}

function dismiss(client: Duplex, sqlState: string, text: string): undefined {
  client.end(fatal(sqlState, text));
}
