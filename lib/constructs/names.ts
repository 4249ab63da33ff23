/**
 * The one strategy of names: the service's name, then what the thing is, from the general to the particular, by hyphens.
 * `tick-store-ingest`, `tick-store-pool-utilization-critical`. So two deployments live in one account, and a list in the
 * console sorts into groups.
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
