import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { costPage } from '../../lib/cost/cost-page.ts';
import { idleCost, unpricedTypes } from '../../lib/cost/idle-cost.ts';
import { totalOf } from '../../lib/cost/prices.ts';
import { synthesisNotes } from '../../lib/cost/synthesis-notes.ts';
import type { CloudFormationTemplate } from '../../lib/template/template.ts';
import { BACKENDS, EVERYTHING, type Synthesised, stackOf, synthesise } from './support/stacks.ts';

const templateOf = ({ template }: Synthesised) => template.toJSON() as CloudFormationTemplate;

// four syntheses, which have no time limit here
const deployments = BACKENDS.map((backend) => {
  const made = stackOf(backend);
  return { backend, settings: made.settings, template: templateOf(made) };
});

test('docs/cost.md is current: `npm run docs:cost` writes it anew', () => {
  const written = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
  expect(costPage(deployments)).toBe(written);
});

describe('an idle month', () => {
  const cost = (made: Synthesised) => idleCost(templateOf(made), made.settings);

  test('of Aurora costs its instances at their minimum capacity', () => {
    const lines = cost(stackOf('proxy'));
    expect(lines).toContainEqual({ what: 'Aurora: 2 instances at 1 ACU', quantity: 1460, price: 'acuHour' });
    expect(lines).toContainEqual({ what: 'RDS Proxy, billed as 8 ACU', quantity: 5840, price: 'proxyAcuHour' });
    expect(totalOf(cost(stackOf('data-api')))).toBeLessThan(totalOf(lines) / 4);
  });

  test('includes the price of every resource type, including those that settings add', () => {
    for (const made of [...BACKENDS.map(stackOf), synthesise(EVERYTHING)])
      expect(unpricedTypes(templateOf(made))).toEqual([]);
    expect(unpricedTypes({ Resources: { Nat: { Type: 'AWS::EC2::NatGateway' } } })).toEqual(['AWS::EC2::NatGateway']);
  });
});

test('a synthesis prints the idle estimate, and how long functions wait for a connection', () => {
  const made = stackOf('proxy');
  expect(synthesisNotes(made.settings, templateOf(made))).toEqual([
    expect.stringMatching(/^about \d+ USD per idle month/),
    expect.stringContaining('functions wait at most 10 s for a connection'),
  ]);
  const short = { ...made.settings, pooler: { ...made.settings.pooler, acquireTimeoutSeconds: 5 } };
  expect(synthesisNotes(short, templateOf(made))).toHaveLength(1);
});
