/**
 * Everything there is to test, in one command: what a fresh machine lacks is set up first (TensorFlow, a
 * browser), where TensorFlow cannot be had it says so and goes on. The last line counts what passed and failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const windows = process.platform === 'win32';
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs a script of package.json; returns whether it succeeded. */
function run(script, ...args) {
  console.log(`\n> ${script}`);
  const start = performance.now();
  const command = ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])];
  const options = { stdio: ['ignore', 'inherit', 'inherit'], shell: windows };
  const succeeded = spawnSync(windows ? 'npm.cmd' : 'npm', command, options).status === 0;
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`> ${script}: ${succeeded ? 'done' : 'failed'} in ${seconds} s`);
  return succeeded;
}

function runCheck(script) {
  counts[run(script) ? 'passed' : 'failed']++;
}

function runTests(script, report) {
  const succeeded = run(script, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    // A file can also break outside its tests, while it loads or cleans up.
    const broken = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
    );
    const failed = numFailedTests + broken.length;
    counts.passed += numPassedTests;
    counts.failed += succeeded ? failed : Math.max(failed, 1);
    counts.skipped += numPendingTests;
  } catch {
    console.log(`${script} ended without a report.`);
    counts.failed++;
  }
}

if (!run('setup:tensorflow')) console.log('The tests go on without the backend "tensorflow".');
run('setup:browser');
for (const script of ['lint', 'typecheck', 'build']) runCheck(script);
const folder = mkdtempSync(join(tmpdir(), 'talkingface-tests-'));
for (const script of ['test:unit', 'test:browser']) runTests(script, join(folder, `${script.replace(':', '-')}.json`));
rmSync(folder, { recursive: true });

const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
