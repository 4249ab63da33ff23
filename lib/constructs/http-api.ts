import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as http from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DEFAULT_ROUTE_FUNCTION, endpoints } from '../../functions/contract/endpoints.ts';
import { type FunctionName, methodsOf, routeKey } from '../../functions/contract/route.ts';
import type { Settings } from '../config/schema.ts';
import { ApiDomain } from './api-domain.ts';
import { acknowledge } from './shared/nag.ts';
import type { Names } from './shared/names.ts';

export interface ServiceApiProps {
  readonly names: Names;
  readonly settings: Settings['api'];
  readonly handlers: Readonly<Record<FunctionName, lambda.Alias>>;
  readonly accessLog: Pick<Settings['retention'], 'accessLogDays' | 'keepAccessLogs'>;
}

/** The fields of an access log line: who called what, with which result. Never a query string or a body. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  subject: '$context.authorizer.claims.sub',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  error: '$context.error.message',
};

/**
 * The HTTP API: every route of the contract's table, authorised, throttled and logged. Requests that match no route get
 * 404.
 */
export class ServiceApi extends Construct {
  readonly api: http.HttpApi;
  readonly stage: http.HttpStage;
  /** The URL for clients. */
  readonly url: string;

  constructor(scope: Construct, id: string, { names, settings, handlers, accessLog: kept }: ServiceApiProps) {
    super(scope, id);
    const defaultAuthorizer = authorizerOf(settings);
    this.api = new http.HttpApi(this, 'Api', {
      apiName: names.of('api'),
      description: 'Tick Store',
      createDefaultStage: false,
      ...(defaultAuthorizer ? { defaultAuthorizer } : {}),
      ...(settings.corsOrigins.length > 0 ? { corsPreflight: corsOf(settings.corsOrigins) } : {}),
    });
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      // under any other prefix, every API of the account adds itself to one policy of 5,120 characters until that is
      // full
      logGroupName: `/aws/vendedlogs/${names.of('access')}`,
      retention: kept.accessLogDays,
      // a creation that is rolled back leaves no log group behind, which would block the next one
      removalPolicy: kept.keepAccessLogs ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    this.stage = new http.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      // metrics by route cost as much as custom ones, and nothing watches them: the access log has the routes
      detailedMetricsEnabled: false,
      throttle: { rateLimit: settings.requestsPerSecond, burstLimit: settings.burst },
      accessLogSettings: {
        destination: new http.LogGroupLogDestination(accessLog),
        format: apigateway.AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    this.addRoutes(handlers, settings);
    this.url =
      settings.domain === undefined
        ? this.api.apiEndpoint
        : new ApiDomain(this, 'Domain', { api: this.api, stage: this.stage, settings: settings.domain }).url;
    if (settings.authorization === 'none')
      acknowledge(
        this,
        'AwsSolutions-APIG4',
        'infra.config.ts sets none and openToAnyone, and the stack prints a warning',
      );
  }

  private addRoutes(handlers: ServiceApiProps['handlers'], { corsOrigins, jwt }: Settings['api']): void {
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    const integrationOf = (name: FunctionName) => {
      const made =
        integrations.get(name) ??
        new HttpLambdaIntegration(name, handlers[name] as lambda.IFunction, LAMBDA_INTEGRATION);
      integrations.set(name, made);
      return made;
    };
    for (const route of Object.values(endpoints)) {
      const methods = methodsOf(route).map((method) => http.HttpMethod[method]);
      const scopes = jwt?.scopes[routeKey(route)] ?? jwt?.scopes[route.function];
      this.api.addRoutes({
        ...{ path: route.path, methods, integration: integrationOf(route.function) },
        ...(scopes === undefined ? {} : { authorizationScopes: [...scopes] }),
      });
    }
    new http.HttpRoute(this, 'Unmatched', {
      httpApi: this.api,
      routeKey: http.HttpRouteKey.DEFAULT,
      integration: integrationOf(DEFAULT_ROUTE_FUNCTION),
    });
    if (corsOrigins.length === 0) return;
    // API Gateway responds to preflights itself, except where their route requires a signature, which browsers do not
    // send. Without their own route they would match $default.
    const [preflight] = this.api.addRoutes({
      path: '/{proxy+}',
      methods: [http.HttpMethod.OPTIONS],
      integration: integrationOf(DEFAULT_ROUTE_FUNCTION),
      authorizer: new http.HttpNoneAuthorizer(),
    });
    if (preflight)
      acknowledge(
        preflight,
        'AwsSolutions-APIG4',
        'Preflights: browsers do not sign them, and nothing is read or written.',
      );
  }
}

const LAMBDA_INTEGRATION = {
  payloadFormatVersion: http.PayloadFormatVersion.VERSION_2_0,
  // HTTP APIs end requests at 30 s, and the functions end them earlier
  timeout: Duration.seconds(29),
  // one statement per function instead of one per route, because a function's policy is limited to 20 KB
  scopePermissionToRoute: false,
};

function authorizerOf({ authorization, jwt }: Settings['api']): http.IHttpRouteAuthorizer | undefined {
  if (authorization === 'iam') return new HttpIamAuthorizer();
  if (jwt === undefined) return undefined;
  return new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] });
}

/** The headers of a page that signs with Signature Version 4. */
const SIGNATURE = ['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

const corsOf = (allowOrigins: readonly string[]): http.CorsPreflightOptions => ({
  allowOrigins: [...allowOrigins],
  allowMethods: [
    ...[http.CorsHttpMethod.GET, http.CorsHttpMethod.HEAD, http.CorsHttpMethod.POST],
    ...[http.CorsHttpMethod.PUT, http.CorsHttpMethod.PATCH],
  ],
  allowHeaders: [
    ...['authorization', 'content-type', 'content-encoding', 'idempotency-key', 'if-match', 'if-none-match'],
    ...['x-request-id', ...SIGNATURE],
  ],
  exposeHeaders: ['etag', 'x-request-id', 'idempotency-replayed', 'retry-after', 'ratelimit-policy', 'x-next-cursor'],
  maxAge: Duration.hours(1),
});
