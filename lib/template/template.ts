/** A synthesised CloudFormation template, as far as the tools in this folder read it. */

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

export interface CloudFormationTemplate {
  /** By logical id. */
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** `{"Ref": …}` or `{"Fn::…": …}`: a value that CloudFormation computes. */
export function isIntrinsic(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const [key = '', ...others] = Object.keys(value);
  return others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
