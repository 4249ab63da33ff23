/** One resource of the synthesised template, with its references replaced by their local values. */
export interface Resource {
  readonly logicalId: string;
  /** Such as `AWS::CloudWatch::Alarm`. */
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties differ per type; the reader checks them
  readonly properties: Readonly<Record<string, any>>;
}
