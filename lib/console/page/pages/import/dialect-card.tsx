import type { DialectParameters, SniffedDialect } from '../../../../client/dialect/dialect.ts';
import { query } from '../../api/request.ts';
import { Card } from '../../components/card.tsx';
import {
  columnsOf,
  DIALECT_PARAMETERS,
  FIELDS,
  type MappedColumn,
  mappingParameters,
  PARAMETER_HELP,
} from './dialect.ts';

/** Detected parameters that may be removed; the others would only be detected again. */
const MAY_BE_EMPTY: ReadonlySet<keyof DialectParameters> = new Set([
  ...(['bars', 'suffixes', 'timeZone', 'thousandsSeparator', 'nullValues', 'subMicrosecond', 'ignoreUnknown'] as const),
]);

interface DialectProps {
  readonly sample: string;
  readonly sniffed: SniffedDialect;
  /** The parameters that the person has set; everything else is detected. */
  readonly given: DialectParameters;
  readonly onGiven: (given: DialectParameters) => void;
}

/** How the file is read, as the API's own parameters: detected, and editable. */
export function Dialect({ sample, sniffed, given, onGiven }: DialectProps) {
  const { parameters, notes } = sniffed;
  const columns = columnsOf(sample, parameters);
  const map = (index: number, field: string) => {
    const changed = columns.map((column, at) =>
      at === index ? { ...column, field: field === '' ? undefined : field } : column,
    );
    onGiven({ ...given, ...mappingParameters(changed, parameters.header !== 'false') });
  };
  const set = (name: keyof DialectParameters, value: string) => {
    const { [name]: _, ...others } = given;
    onGiven(value === '' && !MAY_BE_EMPTY.has(name) ? others : { ...others, [name]: value });
  };
  const found = query(parameters as Record<string, string>);
  return (
    <>
      <Card title="Columns" flush>
        <Mapping columns={columns} onMap={map} />
      </Card>
      <Card title="How it is read">
        <div class="stack">
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
          <details open={sniffed.questions.length > 0}>
            <summary>Change the parameters</summary>
            <div class="parameters">
              {DIALECT_PARAMETERS.map((name) => (
                <label key={name} class="field">
                  <code>{name}</code>
                  <input
                    value={parameters[name] ?? ''}
                    spellcheck={false}
                    onChange={({ currentTarget }) => set(name, currentTarget.value)}
                  />
                  <span class="help small muted">{PARAMETER_HELP[name]}</span>
                </label>
              ))}
            </div>
          </details>
          <p class="small muted">
            The same file with curl: <code>POST /v1/market-data{found}</code>
          </p>
        </div>
      </Card>
    </>
  );
}

interface MappingProps {
  readonly columns: readonly MappedColumn[];
  readonly onMap: (index: number, field: string) => void;
}

function Mapping({ columns, onMap }: MappingProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">In the file</th>
          <th scope="col">Is</th>
          <th scope="col">For example</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ title, field, examples }, index) => (
          <tr key={`${index} ${title}`}>
            <th scope="row">{title}</th>
            <td>
              <select
                aria-label={`Field of ${title}`}
                value={field ?? ''}
                onChange={({ currentTarget }) => onMap(index, currentTarget.value)}
              >
                <option value="">not read</option>
                {FIELDS.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </select>
            </td>
            <td class="mono">{examples.join('  ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
