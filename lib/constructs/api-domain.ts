import { CfnOutput } from 'aws-cdk-lib';
import * as http from 'aws-cdk-lib/aws-apigatewayv2';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { Settings } from '../config/schema.ts';

export interface ApiDomainProps {
  readonly api: http.HttpApi;
  readonly stage: http.HttpStage;
  readonly settings: NonNullable<Settings['api']['domain']>;
}

/** The deployer's own domain for the API, with its name in Route 53 if the zone is there. */
export class ApiDomain extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { api, stage, settings }: ApiDomainProps) {
    super(scope, id);
    const { name: domainName, certificateArn, hostedZoneId } = settings;
    this.url = `https://${domainName}`;
    const certificate = acm.Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domain = new http.DomainName(this, 'Name', { domainName, certificate });
    new http.ApiMapping(this, 'Mapping', { api, domainName: domain, stage });
    const { regionalDomainName, regionalHostedZoneId } = domain;
    if (hostedZoneId === undefined) {
      new CfnOutput(this, 'Target', {
        value: regionalDomainName,
        description: `Target of the CNAME ${domainName}`,
      }).overrideLogicalId('ApiDomainTarget');
      return;
    }
    new route53.ARecord(this, 'Record', {
      // only the id is needed, because the record's name is the whole domain
      zone: route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName: domainName }),
      target: route53.RecordTarget.fromAlias(
        new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId),
      ),
    });
  }
}
