import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBackend } from '../lib/backend/backend.ts';
import { registerNodeBackends } from '../node-harness/platform/backends.ts';
import { benchGenerator, frameWork } from './generator.ts';
import { wav2lipOnnx } from './onnx/wav2lip_onnx.ts';
import { benchPipeline } from './pipeline.ts';
import { barPlot, markdownTable, type Row } from './report.ts';
import { type Network, runSuite } from './run_suite.ts';
import { suites } from './suites.ts';
import { benchTraining } from './training.ts';

/**
 * `npm run bench [-- PATTERN]`: Wav2Lip's generator on every backend here beside ONNX Runtime, its training
 * steps beside PyTorch's, then a whole clip stage by stage. PATTERN picks comparisons by name; the others' rows stay.
 * `--peak TFLOPS` is what the graphics card computes at the most in float32; it is measured where it is not given.
 * Writes a table, the figures and a plot. `--software` also takes a graphics card that is emulated, which shows that
 * the comparison works and nothing of speed, and writes nothing.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { peak: { type: 'string' }, software: { type: 'boolean', default: false } },
});
const peak = values.peak ? 1000 * Number(values.peak) : undefined;
const results = new URL('results/', import.meta.url).pathname;
const pattern = new RegExp(positionals[0] ?? '', 'i');
const folder = await mkdtemp(join(tmpdir(), 'talkingface-bench-'));
const rows: Row[] = [];
try {
  registerNodeBackends();
  await startBackend('wasm');
  for (const suite of suites(cpus().length).filter(({ name }) => pattern.test(name))) {
    console.log(suite.name);
    rows.push(...(await runSuite(suite, { network, peak, softwareAdapter: values.software, say: console.log })));
  }
  if (pattern.test('training')) rows.push(...(await benchTraining(folder, cpus().length, console.log)));
  if (pattern.test('pipeline')) rows.push(...(await benchPipeline(folder, console.log)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
const machine = `${cpus().length} x ${cpus()[0].model}, Node ${process.versions.node}`;
const title = `Wav2Lip on ${machine}`;
if (values.software) {
  console.log(`\n${markdownTable(rows)}`);
  process.exit();
}
if (positionals.length) rows.unshift(...(await earlierRows()));
await mkdir(results, { recursive: true });
await writeFile(join(results, 'bench.md'), `# ${title}\n\n${markdownTable(rows)}\n`);
await writeFile(join(results, 'bench.json'), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
await writeFile(join(results, 'bench.svg'), barPlot(rows, title));
console.log(`\n${markdownTable(rows)}\n\nWritten to ${results}: bench.md, bench.json, bench.svg.`);
process.exit();

async function network(width: number): Promise<Network> {
  const model = join(folder, 'wav2lip.onnx');
  const generator = await benchGenerator(width);
  await writeFile(model, await wav2lipOnnx(generator.stateDict()));
  const work = await frameWork(generator);
  generator.dispose();
  return { model, work };
}

/** The rows measured here before that this run has not measured anew. */
async function earlierRows(): Promise<Row[]> {
  const text = await readFile(join(results, 'bench.json'), 'utf8').catch(() => '{}');
  const earlier: { machine?: string; rows?: Row[] } = JSON.parse(text);
  const measured = new Set(rows.map(({ group }) => group));
  return earlier.machine === machine ? earlier.rows!.filter(({ group }) => !measured.has(group)) : [];
}
