/** One resource of the synthesised template, its references replaced by what they mean on this machine. */
export interface Resource {
  readonly logicalId: string;
  /** Such as `AWS::CloudWatch::Alarm`. */
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties, a shape for each type; who reads one checks it
  readonly properties: Readonly<Record<string, any>>;
}
