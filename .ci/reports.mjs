// Reads the reports that both suites write. Needs nothing installed.
// node .ci/reports.mjs failed-files REPORT.json    the files to run once more
// node .ci/reports.mjs counts [REPORT.json ...]    what failed, what is unstable, and the counts of all, as the last line
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** More files than these have a cause that running them again does not show. */
const MOST_FILES_AGAIN = 3;

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
/** The report of the second run of the files that failed. */
const again = (file) => file.replace(/\.json$/, '-again.json');
const fileOf = (result) => relative(process.cwd(), result.name);

/** @returns {{ name: string, message: string }[]} a file that did not load counts as one failed test */
function failures(report) {
  return report.testResults.flatMap((result) => {
    const failed = result.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && result.status === 'failed') return [{ name: fileOf(result), message: result.message }];
    return failed.map((test) => ({
      name: `${fileOf(result)}: ${test.fullName}`,
      message: test.failureMessages.join('\n'),
    }));
  });
}

function printFailedFiles(file) {
  if (!existsSync(file)) process.exit(1);
  const files = new Set(
    read(file)
      .testResults.filter(({ status }) => status === 'failed')
      .map(fileOf),
  );
  if (files.size === 0 || files.size > MOST_FILES_AGAIN) process.exit(1);
  console.log([...files].join(' '));
}

function print(heading, { name, message }) {
  console.log(`${heading}: ${name}`);
  console.log(message.split('\n').slice(0, 20).join('\n'));
}

function printCounts(files) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const file of files) {
    if (!existsSync(file)) {
      console.log(`${file} was not written: the run of these tests broke off`);
      continue;
    }
    const first = read(file);
    const atFirst = failures(first);
    const atLast = existsSync(again(file)) ? failures(read(again(file))) : atFirst;
    const names = new Set(atLast.map(({ name }) => name));
    for (const failure of atLast) print('FAILED', failure);
    for (const failure of atFirst.filter(({ name }) => !names.has(name))) print('UNSTABLE, passed alone', failure);
    failed += atLast.length;
    skipped += first.numPendingTests;
    passed += first.numTotalTests - first.numPendingTests - atLast.length;
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}

const [command, ...files] = process.argv.slice(2);
if (command === 'failed-files') printFailedFiles(files[0]);
else printCounts(files);
