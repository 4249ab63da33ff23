/** The parts of a synthesised CloudFormation template that the tools in this folder read. */

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

export interface CloudFormationTemplate {
  /** By logical id. */
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

/** Whether a value is computed by CloudFormation: `{"Ref": …}` or `{"Fn::…": …}`. */
export function isIntrinsic(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const [key = '', ...others] = Object.keys(value);
  return others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
