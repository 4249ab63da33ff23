import type { DialectParameters } from '../../../../client/dialect/dialect.ts';
import { previewRows } from '../../../../client/dialect/preview.ts';
import { Card } from '../../components/card.tsx';

const ROWS = 5;

interface PreviewProps {
  readonly sample: string;
  readonly parameters: DialectParameters;
}

/** The first rows as the store will read them. */
export function Preview({ sample, parameters }: PreviewProps) {
  const rows = readable(sample, parameters);
  const fields = [...new Set(rows.flatMap(({ record }) => Object.keys(record)))];
  return (
    <Card title="As it will be stored" aside={<span class="small muted">The first {rows.length} rows</span>} flush>
      <table class="preview">
        <thead>
          <tr>
            <th scope="col" class="number">
              Line
            </th>
            {fields.map((field) => (
              <th key={field} scope="col" class={field === 'timestamp' || field === 'symbol' ? '' : 'number'}>
                {field}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, record }) => (
            <tr key={line}>
              <td class="number muted">{line}</td>
              {fields.map((field) => (
                <td key={field} class={field === 'timestamp' || field === 'symbol' ? 'mono nowrap' : 'number'}>
                  {record[field] === null || record[field] === undefined ? (
                    <span class="muted">null</span>
                  ) : (
                    String(record[field])
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

/** Parameters that are half typed may not be valid yet. */
function readable(sample: string, parameters: DialectParameters) {
  try {
    return previewRows(sample, parameters, ROWS);
  } catch {
    return [];
  }
}
