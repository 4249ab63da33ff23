#!/usr/bin/env node
// npm's entry of the command. A Node that cannot run TypeScript (older than 22.18) starts the one among our dependencies.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

if (process.features.typescript) {
  await import('./tick-store.ts');
} else {
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  const command = fileURLToPath(new URL('tick-store.ts', import.meta.url));
  // both are in the terminal's foreground, so a Ctrl-C reaches the command by itself
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  const { status, error } = spawnSync(node, [command, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
