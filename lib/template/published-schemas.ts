import { createRequire } from 'node:module';

/**
 * CloudFormation's published resource schemas, as the package `@aws-cdk/aws-service-spec` carries them. It is a data package
 * of the CDK team, updated weekly. Only the part of its model that the check reads is typed here.
 */
interface PublishedSchemas {
  lookup(entity: 'resource', field: 'cloudFormationType', how: 'equals', type: string): readonly ResourceSchema[];
  get(entity: 'typeDefinition', reference: unknown): { readonly properties: PropertySchemas };
}

interface ResourceSchema {
  readonly properties: PropertySchemas;
}

/** By name. */
export type PropertySchemas = Readonly<Record<string, { readonly required?: boolean; readonly type: ValueSchema }>>;

export type ValueSchema =
  | { readonly type: 'ref'; readonly reference: unknown }
  | { readonly type: 'array' | 'map'; readonly element: ValueSchema }
  | { readonly type: 'union'; readonly types: readonly ValueSchema[] }
  | PrimitiveSchema;

export interface PrimitiveSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'date-time' | 'null' | 'tag';
  readonly allowedValues?: readonly unknown[];
}

interface SpecPackage {
  loadAwsServiceSpecSync(): PublishedSchemas;
}

let loaded: PublishedSchemas | undefined;

/** Reading it takes 0.6 s, so it is read once. */
function schemas(): PublishedSchemas {
  loaded ??= (createRequire(import.meta.url)('@aws-cdk/aws-service-spec') as SpecPackage).loadAwsServiceSpecSync();
  return loaded;
}

/** The properties of a resource type; undefined if its schema is not published. */
export const resourceProperties = (type: string): PropertySchemas | undefined =>
  schemas().lookup('resource', 'cloudFormationType', 'equals', type)[0]?.properties;

/** The members of a value that is an object. */
export const membersOf = (reference: unknown): PropertySchemas => schemas().get('typeDefinition', reference).properties;
