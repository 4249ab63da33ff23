import {
  membersOf,
  type PrimitiveSchema,
  type PropertySchemas,
  resourceProperties,
  type ValueSchema,
} from './published-schemas.ts';
import { type CloudFormationTemplate, isIntrinsic, type TemplateResource } from './template.ts';

/** One property that the published schema of its resource type does not allow. */
export interface SchemaFinding {
  readonly type: string;
  /**
   * The path of the property in the resource: `ConnectionPoolConfigurationInfo.MaxConnectionsPercent`. Array positions
   * are `*`.
   */
  readonly path: string;
  readonly problem: string;
  readonly logicalId: string;
}

/** Custom resources have the properties that their own function reads. */
const isCustom = (type: string): boolean =>
  type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';

/** Types that CDK adds and CloudFormation never creates. */
const METADATA = 'AWS::CDK::Metadata';

/**
 * Checks every property of every resource against CloudFormation's published schemas: unknown types and properties,
 * missing required properties, wrong types, and values that are not allowed. A value that CloudFormation computes may
 * be anything.
 * @returns what does not match; an empty list if everything does
 */
export function checkProperties(template: CloudFormationTemplate): SchemaFinding[] {
  return Object.entries(template.Resources).flatMap(([logicalId, resource]) =>
    problemsOf(resource).map(([path, problem]) => ({ type: resource.Type, path, problem, logicalId })),
  );
}

type PropertyProblem = readonly [path: string, problem: string];

function problemsOf({ Type, Properties = {} }: TemplateResource): PropertyProblem[] {
  if (isCustom(Type) || Type === METADATA) return [];
  const known = resourceProperties(Type);
  return known === undefined ? [['', 'has no published schema']] : ofMembers(known, Properties, '');
}

function ofMembers(known: PropertySchemas, given: Readonly<Record<string, unknown>>, path: string): PropertyProblem[] {
  const missing = Object.entries(known)
    .filter(([name, { required }]) => required === true && !(name in given))
    .map(([name]): PropertyProblem => [join(path, name), 'is required and missing']);
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const property = known[name];
    if (property === undefined) return [[join(path, name), 'is not in the schema'] as const];
    return ofValue(property.type, value, join(path, name));
  });
  return [...missing, ...wrong];
}

function ofValue(type: ValueSchema, value: unknown, path: string): PropertyProblem[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case 'ref':
      if (!isRecord(value)) return [wrongType(path, value, 'an object')];
      return ofMembers(membersOf(type.reference), value, path);
    case 'array':
      if (!Array.isArray(value)) return [wrongType(path, value, 'a list')];
      return value.flatMap((item) => ofValue(type.element, item, `${path}.*`));
    case 'map':
      if (!isRecord(value)) return [wrongType(path, value, 'an object')];
      return Object.values(value).flatMap((item) => ofValue(type.element, item, `${path}.*`));
    case 'union': {
      const tried = type.types.map((one) => ofValue(one, value, path));
      return tried.some((problems) => problems.length === 0) ? [] : (tried[0] ?? []);
    }
    default:
      return ofPrimitive(type, value, path);
  }
}

function ofPrimitive({ type, allowedValues }: PrimitiveSchema, value: unknown, path: string): PropertyProblem[] {
  if (!isOfType(type, value)) return [wrongType(path, value, type)];
  if (allowedValues === undefined || allowedValues.includes(value)) return [];
  return [[path, `is ${JSON.stringify(value)}, not one of ${allowedValues.join(', ')}`]];
}

function isOfType(type: PrimitiveSchema['type'], value: unknown): boolean {
  switch (type) {
    case 'string':
    case 'date-time':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'tag':
      return isRecord(value) && 'Key' in value && 'Value' in value;
    case 'null':
      return value === null;
    default:
      // json: anything
      return true;
  }
}

const wrongType = (path: string, value: unknown, expected: string): PropertyProblem => [
  path,
  `is ${JSON.stringify(value)?.slice(0, 60)}, not ${expected}`,
];
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
