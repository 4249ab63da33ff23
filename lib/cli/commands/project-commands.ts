import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { validateConfig } from '../../../functions/config/validate-config.ts';
import { openApiDocument } from '../../../functions/contract/openapi.ts';
import { effectiveConfigOf, proveCapacity } from '../../config/capacity.ts';
import type { InfraConfig } from '../../config/schema.ts';
import { configOfStage, readStage, type Stages } from '../../config/stages.ts';
import { type ConnectionOptions, clientOf, withConnection } from '../store/connection.ts';
import { EXIT, usageError } from '../terminal/cli-error.ts';
import type { Terminal } from '../terminal/terminal.ts';

const projectFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Commands about this project: its drills, its configuration, its HTTP interface. */
export function addProjectCommands(program: Command, terminal: Terminal, version: string): void {
  program
    .command('drill')
    .summary('inject a fault and check that it pages')
    .description(
      'Injects a fault into the store that npm start runs on this machine, and shows how long it takes until someone is paged. Without a name it lists the drills.',
    )
    .argument('[name]', 'name of the drill')
    .option(
      '--url <url>',
      'URL of the local store; default: TICK_STORE_URL, else the one that npm start runs on this machine',
    )
    .addHelpText('after', '\nExample:\n  tick-store drill database-down')
    .action((name: string | undefined, flags: { url?: string }) => drill(name, flags.url, terminal));

  const config = program
    .command('config')
    .summary('check infra.config.ts')
    .description('Checks the configuration of a deployment.');
  config
    .command('validate')
    .description(
      'Checks infra.config.ts and each of its stages: that the settings are valid, and that the pooler and the database have room for the connections of all functions.',
    )
    .argument('[file]', 'the file to check', 'infra.config.ts')
    .option('--json', 'print only JSON to standard output')
    .addHelpText('after', '\nExample:\n  tick-store config validate')
    .action((file: string, flags: { json?: true }) => validate(file, flags, terminal));

  const openapi = program
    .command('openapi')
    .summary('print the HTTP interface as OpenAPI 3.1')
    .description('Prints the HTTP interface as OpenAPI 3.1: of this version, or of the store at --url.');
  withConnection(openapi)
    .addHelpText('after', '\nExample:\n  tick-store openapi > openapi.json')
    .action(async (flags: ConnectionOptions) => {
      const document =
        flags.url === undefined ? openApiDocument(version) : await clientOf(flags).call('getOpenApi', {});
      terminal.print(JSON.stringify(document, null, 2));
    });
}

/** Runs the same as `npm run drill`: it reads the local store's own files. */
async function drill(name: string | undefined, url: string | undefined, terminal: Terminal): Promise<void> {
  const args = [
    projectFile('bin/drill.ts'),
    name ?? '--help',
    ...(name === undefined ? [] : ['--url', clientOf(url === undefined ? {} : { url }).url]),
  ];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  terminal.exitCode = code ?? EXIT.interrupted;
}

async function validate(file: string, { json }: { json?: true }, terminal: Terminal): Promise<void> {
  const { config, stages } = await load(file);
  const checked = [undefined, ...Object.keys(stages)].map((stage) => {
    const settings = readStage(configOfStage(config, stages, stage), stage);
    return { stage, settings, result: validateConfig(effectiveConfigOf(settings)) };
  });
  if (checked.some(({ result }) => !result.isValid)) terminal.exitCode = EXIT.failed;
  if (json) {
    const [shared, ...others] = checked;
    const ofStages = Object.fromEntries(others.map(({ stage, result }) => [stage, result]));
    terminal.print(JSON.stringify({ ...shared?.result, stages: ofStages }));
    return;
  }
  for (const { stage, settings, result } of checked) {
    proveCapacity(settings);
    const name = stage === undefined ? file : `${file}, stage ${stage},`;
    for (const [word, lines] of [
      ['Error', result.errors],
      ['Warning', result.warnings],
      ['Recommended', result.recommendations],
    ] as const)
      for (const line of lines) terminal.print(`${word}: ${line}`);
    terminal.print(result.isValid ? `${name} is valid.` : `${name} is not valid.`);
  }
}

/** The configuration of a file, with its stages. */
async function load(file: string): Promise<{ config: InfraConfig; stages: Stages }> {
  const path = resolve(file === 'infra.config.ts' ? projectFile(file) : file);
  if (!existsSync(path)) throw usageError(`${path} does not exist`);
  const loaded = (await import(pathToFileURL(path).href)) as { default?: InfraConfig; stages?: Stages };
  if (loaded.default === undefined) throw usageError(`${path} has no default export`);
  return { config: loaded.default, stages: loaded.stages ?? {} };
}
