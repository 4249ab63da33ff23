import { NeonError } from './neon-error.ts';

/**
 * The parts of the header Neon-Connection-String that are used here. Its host is not, because there is only one pooler.
 */
export interface ConnectionInfo {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly application_name?: string;
}

/** @throws NeonError 400, as Neon words it, if a part is missing */
export function readConnectionString(header: string | string[] | undefined): ConnectionInfo {
  if (typeof header !== 'string') throw new NeonError(400, 'invalid header: neon-connection-string');
  const url = URL.parse(header);
  if (url === null) throw new NeonError(400, 'invalid connection string: relative URL without a base');
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new NeonError(400, 'incorrect scheme');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '') throw new NeonError(400, 'missing database name');
  if (url.username === '') throw new NeonError(400, 'missing username');
  if (url.password === '') throw new NeonError(400, 'missing authentication credentials: required password');
  const application = url.searchParams.get('application_name');
  return {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    ...(application === null ? {} : { application_name: application.slice(0, 63) }),
  };
}
