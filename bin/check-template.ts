/**
 * `npm run check:template`: checks every property of the templates in `cdk.out`, or of the given files, against
 * CloudFormation's published schemas. Exits with 1 if a property is not allowed by them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkProperties } from '../lib/template/check-properties.ts';
import type { CloudFormationTemplate } from '../lib/template/template.ts';

const OUTPUT = 'cdk.out';

const named = process.argv.slice(2);
const files =
  named.length > 0
    ? named
    : readdirSync(OUTPUT)
        .filter(isTemplate)
        .map((name) => join(OUTPUT, name));
if (files.length === 0) throw new Error(`There is no template in ${OUTPUT}. Run npx cdk synth first.`);
for (const file of files) {
  const template = JSON.parse(readFileSync(file, 'utf8')) as CloudFormationTemplate;
  const findings = checkProperties(template);
  for (const { logicalId, type, path, problem } of findings)
    console.error(`${file}: ${logicalId} (${type}): ${path} ${problem}`);
  if (findings.length > 0) process.exitCode = 1;
  else console.log(`${file}: ${Object.keys(template.Resources).length} resources match the published schemas`);
}

function isTemplate(name: string): boolean {
  return name.endsWith('.template.json');
}
