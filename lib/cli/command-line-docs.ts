import { PassThrough } from 'node:stream';
import { wrapped } from '../runbook/markdown.ts';
import { createProgram, runCommandLine } from './program.ts';
import type { Terminal } from './terminal/terminal.ts';

const COLUMNS = 100;

const INTRODUCTION = `# The command line

\`npx tick-store\` loads, reads and operates a store: the one that \`npm start\` runs on your machine, or a
deployed one. This page is the output of \`--help\`, written by \`npm run docs:command-line\`.

- **Where the store is**: \`--url\`, else \`TICK_STORE_URL\`, else the store that \`npm start\` runs here.
- **Who you are**: \`--profile NAME\` signs with a profile of your AWS configuration; \`--token\`, or \`TICK_STORE_TOKEN\`, sends a
  bearer token. The local store needs neither.
- **For programs**: results go to standard output, everything else to standard error. \`--json\` prints the API's own JSON.
  Without a terminal there are no questions: \`--yes\` confirms.
- **Exit codes**: 0 done, 1 failed, 2 invalid usage or not confirmed, 3 done but some rows were rejected, 130 interrupted.

[From a folder of CSV files to a chart](guides/csv-to-chart.md) walks through an import.
`;

/** docs/command-line.md: the help of every command. */
export async function commandLineDocs(): Promise<string> {
  const names = createProgram(silent(), '').commands.map((command) => command.name());
  const sections: string[] = [];
  for (const name of names) sections.push(`## ${name}\n\n\`\`\`text\n${await helpOf([name])}\n\`\`\`\n`);
  const contents = wrapped(`Contents: ${names.map((name) => `[${name}](#${name})`).join(' · ')}`);
  return `${INTRODUCTION}\n${contents}\n\n\`\`\`text\n${await helpOf([])}\n\`\`\`\n\n${sections.join('\n')}`;
}

async function helpOf(command: readonly string[]): Promise<string> {
  const printed: string[] = [];
  await runCommandLine([...command, '--help'], { ...silent(), print: (line) => void printed.push(line) }, '');
  return printed
    .join('\n')
    .replace(/[ \t]+$/gm, '')
    .trimEnd();
}

const silent = (): Terminal => ({
  print: () => undefined,
  note: () => undefined,
  isInteractive: false,
  columns: COLUMNS,
  progress: new PassThrough().resume() as unknown as NodeJS.WriteStream,
  exitCode: 0,
  confirm: async () => false,
});
