import { table, wrapped } from '../runbook/markdown.ts';
import { type SettingsGroup, settingsGroups } from './settings.ts';

/** docs/settings.md: every setting of `infra.config.ts`, from its schema and the comments there. */
export function settingsPage(): string {
  const groups = settingsGroups();
  return `${[HEAD, contents(groups), ...groups.map(section)].join('\n\n')}\n`;
}

const HEAD = `# Settings

${wrapped(
  'Every setting of `infra.config.ts`. Written by `npm run docs:settings` from `lib/config`; do not edit it by hand. Every setting is optional. An unknown name, or a value out of range, stops `cdk synth` with the nearest name. `npx tick-store config validate` checks the file too. A stage may contain the same settings: [deploy.md](deploy.md#stages).',
)}`;

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9\- ]/g, '')
    .replaceAll(' ', '-');

const contents = (groups: readonly SettingsGroup[]): string =>
  wrapped(`Contents: ${groups.map(({ title }) => `[${title}](#${anchorOf(title)})`).join(' · ')}`);

const section = ({ title, meaning, settings }: SettingsGroup): string =>
  [
    `## ${title}`,
    ...(meaning === '' ? [] : [wrapped(meaning)]),
    table(
      ['setting', 'values', 'default', 'meaning'],
      settings.map(({ path, values, fallback, meaning: text }) => [`\`${path}\``, values, fallback, text]),
    ),
  ].join('\n\n');
