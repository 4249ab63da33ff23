import type { Command } from 'commander';
import { type Authorize, bearer, type Client, type Credentials, createClient, sigV4 } from '../../client/index.ts';
import { urlOfRunning } from '../../local/running-file.ts';
import { usageError } from '../terminal/cli-error.ts';

/** How a command reaches a store, local or deployed. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly token?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Adds the options of a command that calls a store. */
export function withConnection(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'URL of the store; default: TICK_STORE_URL, else the store that npm start runs on this machine',
    )
    .option('--profile <name>', 'sign requests (Signature Version 4) with this profile of the AWS configuration')
    .option('--region <region>', 'region of the API; default: the one in its URL, else AWS_REGION')
    .option('--token <token>', 'send this bearer token; default: TICK_STORE_TOKEN')
    .option('--json', 'print only JSON to standard output');
}

/** The client for the given options. @throws CliError if they contradict each other */
export function clientOf(options: ConnectionOptions, variables: NodeJS.ProcessEnv = process.env): Client {
  const { url, authorize } = connectionOf(options, variables);
  return createClient({ url, ...(authorize === undefined ? {} : { auth: authorize }) });
}

/** The store's URL, and the authorization of requests to it. @throws CliError as `clientOf` */
export function connectionOf(
  options: ConnectionOptions,
  variables: NodeJS.ProcessEnv = process.env,
): { readonly url: string; readonly authorize: Authorize | undefined } {
  const url = urlOf(options, variables);
  return { url, authorize: authOf(options, url, variables) };
}

function urlOf({ url }: ConnectionOptions, variables: NodeJS.ProcessEnv): string {
  const given = url ?? variables['TICK_STORE_URL'];
  if (given === undefined) return urlOfRunning(variables) ?? DEFAULT_URL;
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw usageError(`${given} is not a URL such as ${DEFAULT_URL}`);
  return given.replace(/\/(v1\/?)?$/, '');
}

function authOf(options: ConnectionOptions, url: string, variables: NodeJS.ProcessEnv): Authorize | undefined {
  const { profile } = options;
  const token = options.token ?? (profile === undefined ? variables['TICK_STORE_TOKEN'] : undefined);
  if (profile !== undefined && options.token !== undefined)
    throw usageError('--profile and --token exclude each other');
  if (token !== undefined) return bearer(token);
  if (profile === undefined) return undefined;
  const region = options.region ?? regionOf(url) ?? variables['AWS_REGION'];
  if (region === undefined) throw usageError('--profile requires --region, because the URL does not contain one');
  return sigV4({ region, credentials: profileCredentials(profile) });
}

/** Credentials in the SDK's type, whose session token may be absent. */
type ProfileCredentials = Omit<Credentials, 'sessionToken'> & { readonly sessionToken?: string };

/**
 * The AWS SDK's own credential chain: keys, roles, SSO, processes. It is loaded only when needed, because loading takes
 * a tenth of a second.
 */
export function profileCredentials(profile: string | undefined): () => Promise<ProfileCredentials> {
  let provider: Promise<() => Promise<ProfileCredentials>> | undefined;
  return async () => {
    provider ??= import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) =>
      defaultProvider(profile === undefined ? {} : { profile }),
    );
    return (await provider)();
  };
}

/** The region in an API's URL: `https://abc.execute-api.eu-west-1.amazonaws.com` is in eu-west-1. */
export const regionOf = (url: string): string | undefined =>
  /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/.exec(new URL(url).hostname)?.[1];

/** Whether the store is on this machine: then bodies are not compressed. */
export const isLoopback = (url: string): boolean => /^(127\.|localhost$|\[?::1)/.test(new URL(url).hostname);
