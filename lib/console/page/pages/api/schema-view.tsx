import { Prose } from '../../components/prose.tsx';
import { type ApiSchema, nameOf, type OpenApi, resolve, typeOf } from './openapi.ts';

interface SchemaViewProps {
  readonly document: OpenApi;
  readonly schema: ApiSchema;
  /** Names of the schemas that are expanded above, so that a recursive schema ends. */
  readonly above?: readonly string[];
}

/** The fields of a schema with their types. Fields with their own fields can be expanded. */
export function SchemaView({ document, schema, above = [] }: SchemaViewProps) {
  const { fields, required } = fieldsOf(document, schema);
  if (fields.length === 0) return <p class="small">{typeOf(document, schema)}</p>;
  return (
    <ul class="plain schema">
      {fields.map(([name, field]) => {
        const inner = innerOf(document, field);
        const innerName = nameOf(inner) ?? name;
        const opens = !above.includes(innerName) && above.length < 6 && fieldsOf(document, inner).fields.length > 0;
        return (
          <li key={name}>
            <code>{name}</code> <span class="small muted">{typeOf(document, field)}</span>
            {required.includes(name) ? '' : <span class="small muted"> optional</span>}{' '}
            <Prose text={field.description ?? resolve(document, field).description ?? ''} />
            {opens && (
              <details>
                <summary class="small">Fields of {innerName}</summary>
                <SchemaView document={document} schema={inner} above={[...above, innerName]} />
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function fieldsOf(document: OpenApi, given: ApiSchema): { fields: [string, ApiSchema][]; required: readonly string[] } {
  const schema = innerOf(document, given);
  const { properties = {}, required = [] } = resolve(document, schema);
  return { fields: Object.entries(properties), required };
}

/** The schema of an item, of a map's value, or of the choice that has fields. */
function innerOf(document: OpenApi, given: ApiSchema): ApiSchema {
  const schema = resolve(document, given);
  if (schema.items) return innerOf(document, schema.items);
  if (typeof schema.additionalProperties === 'object') return innerOf(document, schema.additionalProperties);
  const choice = (schema.anyOf ?? schema.oneOf)?.find((one) => resolve(document, one).properties);
  return choice ?? given;
}
