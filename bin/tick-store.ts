import { runCommandLine } from '../lib/cli/program.ts';
import { processTerminal } from '../lib/cli/terminal.ts';
import packageJson from '../package.json' with { type: 'json' };

/** `npx tick-store`: loads, reads and looks after a store. `bin/tick-store.js` starts it. */
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), packageJson.version);
