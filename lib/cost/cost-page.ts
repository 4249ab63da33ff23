import type { DatabaseBackend } from '../config/database-backend.ts';
import type { Settings } from '../config/schema.ts';
import { table, wrapped } from '../runbook/markdown.ts';
import type { CloudFormationTemplate } from '../template/template.ts';
import { busyCost, WORK } from './busy-cost.ts';
import { idleCost } from './idle-cost.ts';
import { type CostLine, PRICES, totalOf, usdOf } from './prices.ts';

/** A deployment to estimate. */
export interface Priced {
  readonly backend: DatabaseBackend;
  readonly settings: Settings;
  readonly template: CloudFormationTemplate;
}

/** docs/cost.md: what each database backend costs, idle and per billion ticks. */
export function costPage(deployments: readonly Priced[]): string {
  const parts = [
    HEAD,
    summary(deployments),
    ...deployments.map(section),
    '## Prices',
    wrapped(
      `USD in us-east-1, without free tiers and tax. AWS's own pages load prices by script, so the sources are third-party pages. "Not found" means that the price is from memory. Check all prices with AWS's calculator before you rely on them.`,
    ),
    table(
      ['price', 'USD', 'per', 'source'],
      Object.entries(PRICES).map(([name, { usd, per, source }]) => [name, String(usd), per, source]),
    ),
    '## Assumptions',
    wrapped(
      `A billion ticks in batches of ${WORK.batch.toLocaleString('en')}, at ${WORK.perSecond.toLocaleString('en')} per second: ${(WORK.ticks / WORK.perSecond / 3600).toFixed(1)} hours of load. A tick takes ${WORK.bytesPerTick} bytes with its indexes, which is measured ([schema.md](schema.md)). Assumed, because nobody has run it on AWS: ${WORK.acu} ACU per instance under load, ${WORK.ingestSeconds} s per invocation of ingest, ${WORK.logKb} KB of logs per request. \`lib/cost/busy-cost.ts\` has each number with its source.`,
    ),
    wrapped(
      "Not included: data transfer out of AWS, backups beyond the size of the database, traces, SMS, reads. Neon's plan and storage, and the server of the backend `postgres`, are on their own bills.",
    ),
    wrapped(
      'To reduce the cost of Aurora: `readers: 0` saves the ACU of the reader, but a failover then takes minutes. `minAcu: 0.5` halves the idle ACU. With much I/O, compare Aurora I/O-Optimized: 30 % more per ACU, nothing per I/O.',
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

const HEAD = `# Cost

${wrapped('Written by `npm run docs:cost` from the synthesised template of each database backend, with its default settings; do not edit it by hand. Every resource type of the template is either priced here or known to cost nothing by itself. A synthesis prints the idle estimate of your own configuration. Nobody has run the stack for a month, so these are estimates from a price list, not from a bill.')}`;

const rounded = (usd: number): string => (usd < 10 ? usd.toFixed(2) : String(Math.round(usd)));

const summary = (deployments: readonly Priced[]): string =>
  table(
    ['backend', 'idle month, USD', 'per billion ticks, USD'],
    deployments.map(({ backend, settings, template }) => [
      `\`${backend}\`${backend === 'data-api' ? ', paused' : ''}`,
      rounded(totalOf(idleCost(template, settings))),
      rounded(totalOf(busyCost(settings))),
    ]),
  );

const section = ({ backend, settings, template }: Priced): string =>
  [
    `## ${backend}`,
    table(['an idle month', 'quantity', 'price', 'USD'], rowsOf(idleCost(template, settings))),
    table(['a billion ticks', 'quantity', 'price', 'USD'], rowsOf(busyCost(settings))),
  ].join('\n\n');

const rowsOf = (lines: readonly CostLine[]): string[][] => [
  ...lines.map((line) => [
    line.what,
    Number(line.quantity.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 3 }),
    `${PRICES[line.price].usd} per ${PRICES[line.price].per}`,
    usdOf(line).toFixed(2),
  ]),
  ['**together**', '', '', `**${rounded(totalOf(lines))}**`],
];
