import { Duration } from 'aws-cdk-lib';
import * as http from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import * as z from 'zod/mini';
import { CONSOLE_CONCURRENCY } from '../config/capacity.ts';
import { buildConsole } from '../console/build-console.ts';
import { CONSOLE_HEADERS, CONSOLE_PATHS, IMMUTABLE } from '../console/console-site.ts';
import { bundleOf } from './functions/bundle.ts';
import { ServiceFunction } from './functions/service-function.ts';
import type { Names } from './shared/names.ts';

export interface ConsoleProps {
  readonly names: Names;
  /** The runbook, as Markdown. */
  readonly runbook: string;
  readonly api: http.HttpApi;
  readonly logRetention: logs.RetentionDays;
}

const ENTRY = 'serve-console';

/** It has no variables, because it only reads files. */
const NO_VARIABLES = z.strictObject({});

/**
 * The console behind the API, with the API's own authorisation: a function that contains the static files, and a route
 * for each of its paths. It is outside the network and has no access to the database. The page calls the API like any
 * other client.
 */
export class Console extends Construct {
  constructor(scope: Construct, id: string, { names, runbook, api, logRetention }: ConsoleProps) {
    super(scope, id);
    const { function: target } = new ServiceFunction(this, 'Function', {
      ...{ names, logRetention },
      entry: ENTRY,
      description: 'The console: static files',
      bundle: bundle(runbook),
      memoryMb: 256,
      timeout: Duration.seconds(10),
      reservedConcurrency: CONSOLE_CONCURRENCY,
      connection: { environment: {}, permissions: [] },
      environment: {},
      environmentSchema: NO_VARIABLES,
      environmentNames: [],
    });
    const integration = new HttpLambdaIntegration('console', target as lambda.IFunction, {
      payloadFormatVersion: http.PayloadFormatVersion.VERSION_2_0,
      timeout: Duration.seconds(15),
      scopePermissionToRoute: false,
    });
    for (const path of [...Object.keys(CONSOLE_PATHS), '/console/{file}'])
      api.addRoutes({ path, methods: [http.HttpMethod.GET, http.HttpMethod.HEAD], integration });
  }
}

/** The directory of the handler and the files next to it. */
function bundle(runbook: string): string {
  const site = { paths: CONSOLE_PATHS, headers: CONSOLE_HEADERS, immutable: IMMUTABLE.source };
  return bundleOf(ENTRY, [ENTRY], undefined, {
    files: { 'site.json': JSON.stringify(site) },
    directories: { site: buildConsole({ runbook }) },
  });
}
