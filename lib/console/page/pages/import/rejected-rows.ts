/** A row that was not stored, as in the file. */
export interface FileRejection {
  readonly index: number;
  readonly line: number;
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly text: string;
}

/** The rejected rows as CSV: the place of each in the file, the reason, and the row itself. */
export function rejectedRowsCsv(rejections: readonly FileRejection[]): string {
  const rows = rejections.map(({ line, path, code, message, text }) =>
    [String(line), path, code, message, text].map(cell).join(','),
  );
  return `${['line,field,code,reason,row', ...rows].join('\n')}\n`;
}

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
