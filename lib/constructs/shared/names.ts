/**
 * Names of resources: the service's name, then what the resource is, from the general to the specific, joined by
 * hyphens: `tick-store-ingest`, `tick-store-pool-utilization-critical`. So two deployments fit into one account, and
 * lists in the AWS console are sorted into groups.
 */
export class Names {
  readonly service: string;

  constructor(service: string) {
    this.service = service;
  }

  of(...parts: readonly string[]): string {
    return [this.service, ...parts].join('-');
  }

  functionLogGroup(entry: string): string {
    return `/aws/lambda/${this.of(entry)}`;
  }
}
