import type { Resource } from '../cloudformation/resource.ts';
import { functionNameOf } from '../lambda/function-definitions.ts';
import type { HttpRoute } from './gateway.ts';

/** The HTTP API of the template. */
export interface CloudApi {
  readonly apiId: string;
  readonly stage: string;
  readonly routes: readonly HttpRoute[];
}

/**
 * The routes of the template's one HTTP API, each with the function of its integration.
 * @throws Error if an integration is not a Lambda proxy with payload format 2.0
 */
export function apiOf(resources: readonly Resource[]): CloudApi {
  const of = (type: string) => resources.filter((resource) => resource.type === `AWS::ApiGatewayV2::${type}`);
  // references to an integration contain its logical id here
  const integrations = new Map(of('Integration').map((resource) => [resource.logicalId, resource]));
  const [stage] = of('Stage');
  if (stage === undefined || of('Stage').length > 1)
    throw new Error('The local cloud serves one stage of one HTTP API');
  const routes = of('Route').map(({ logicalId, properties }): HttpRoute => {
    const target = String(properties['Target']).replace('integrations/', '');
    const integration = integrations.get(target);
    if (integration === undefined) throw new Error(`The template's route ${logicalId} has no integration`);
    const {
      IntegrationType: type,
      PayloadFormatVersion: format,
      IntegrationUri,
      TimeoutInMillis,
    } = integration.properties;
    if (type !== 'AWS_PROXY' || format !== '2.0')
      throw new Error(
        `The template's integration ${integration.logicalId} is ${type} ${format}, which is not run here`,
      );
    return {
      routeKey: String(properties['RouteKey']),
      functionName: functionNameOf(IntegrationUri),
      ...(TimeoutInMillis === undefined ? {} : { timeoutMs: Number(TimeoutInMillis) }),
    };
  });
  return { apiId: String(stage.properties['ApiId']), stage: String(stage.properties['StageName']), routes };
}
