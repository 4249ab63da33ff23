import { type Identity, identityOf, type ResourceNames } from './identities.ts';
import type { Resource } from './resource.ts';

/** A resource as declared in CloudFormation, with unresolved references. */
interface Declaration {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

/** The parts of a synthesised template that the local cloud reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, Declaration>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
}

/**
 * Local values for references that AWS would resolve: values of attributes by resource type, such as `{
 * 'AWS::RDS::DBProxy': { Endpoint: 'localhost' } }`, and `Ref` for the value of a reference to the resource itself.
 */
export type LocalValues = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ResolveOptions extends Omit<ResourceNames, 'text'> {
  readonly values: LocalValues;
  /** The types to return. Other types are resolved only as far as these refer to them. */
  readonly isRun: (type: string) => boolean;
}

/**
 * Resolves the template's resources of these types: every intrinsic is replaced by its value.
 * @throws Error that names the location of an unknown intrinsic, or of a reference without a local value
 */
export function resolveTemplate(template: Template, options: ResolveOptions): Resource[] {
  const resolver = new Resolver(template, options);
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => options.isRun(Type))
    .map(([logicalId, { Type: type, Properties = {}, Condition }]) => {
      if (Condition !== undefined)
        throw new Error(`The template's ${logicalId} has a Condition, which is not supported`);
      return { logicalId, type, properties: resolver.resolve(Properties, logicalId) as Resource['properties'] };
    });
}

/** `where` is a path into the template, for messages. */
class Resolver {
  readonly #template: Template;
  readonly #options: ResolveOptions;
  readonly #identities = new Map<string, Identity>();

  constructor(template: Template, options: ResolveOptions) {
    this.#template = template;
    this.#options = options;
  }

  resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) {
      return value.map((item, index) => this.resolve(item, `${where}[${index}]`)).filter((item) => item !== undefined);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name = '', argument] = entries[0] ?? [];
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::'))) return this.#call(name, argument, where);
    const resolved = entries.map(([key, item]) => [key, this.resolve(item, `${where}.${key}`)]);
    return Object.fromEntries(resolved.filter(([, item]) => item !== undefined));
  }

  #call(name: string, argument: unknown, where: string): unknown {
    const at = `${where}.${name}`;
    if (name === 'Ref') return this.#ref(String(argument), at);
    if (name === 'Fn::GetAtt') return this.#attribute(argument, at);
    if (name === 'Fn::Sub') return this.#substitute(argument, at);
    if (name === 'Fn::GetAZs') return ['a', 'b', 'c'].map((zone) => `${this.#options.region}${zone}`);
    if (name === 'Fn::Join') {
      const [separator, parts] = this.resolve(argument, at) as [string, unknown[]];
      return parts.join(separator);
    }
    if (name === 'Fn::Split') {
      const [separator, text] = this.resolve(argument, at) as [string, string];
      return text.split(separator);
    }
    if (name === 'Fn::Select') {
      const [index, list] = this.resolve(argument, at) as [number | string, unknown[]];
      const selected = list[Number(index)];
      if (selected === undefined) throw new Error(`The template's ${at} selects ${index} of ${list.length}`);
      return selected;
    }
    throw new Error(`The template's ${where} has ${name}, which is not supported`);
  }

  #ref(name: string, where: string): unknown {
    const { account, region, stack } = this.#options;
    const pseudo: Readonly<Record<string, string | undefined>> = {
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stack}/local`,
      'AWS::NoValue': undefined,
    };
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    const parameter = this.#template.Parameters?.[name];
    if (parameter?.Default !== undefined) return parameter.Default;
    const identity = this.#identity(name, where);
    return this.#options.values[this.#template.Resources[name]?.Type ?? '']?.['Ref'] ?? identity.ref();
  }

  #attribute(argument: unknown, where: string): string {
    const [logicalId = '', ...rest] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
    const attribute = rest.join('.');
    const identity = this.#identity(logicalId, where);
    const type = this.#template.Resources[logicalId]?.Type ?? '';
    const value = this.#options.values[type]?.[attribute] ?? identity.attributes[attribute]?.();
    if (value === undefined)
      throw new Error(`The template's ${where} refers to ${attribute} of ${type}, which has no local value`);
    return value;
  }

  #substitute(argument: unknown, where: string): string {
    const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [
      string,
      Record<string, unknown>,
    ];
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return String(this.resolve(variables[name], where));
      return String(
        name.includes('.') && !name.startsWith('AWS::') ? this.#attribute(name, where) : this.#ref(name, where),
      );
    });
  }

  #identity(logicalId: string, where: string): Identity {
    const declaration = this.#template.Resources[logicalId];
    if (declaration === undefined)
      throw new Error(`The template's ${where} refers to ${logicalId}, which is not in it`);
    const made =
      this.#identities.get(logicalId) ??
      identityOf(declaration.Type, logicalId, {
        ...this.#options,
        text: (property) => {
          const value = this.resolve(declaration.Properties?.[property], `${logicalId}.${property}`);
          return value === undefined ? undefined : String(value);
        },
      });
    this.#identities.set(logicalId, made);
    return made;
  }
}
