import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Row } from './report.ts';
import { spread } from './statistics.ts';

/** The part of the command's `--json` line that is reported. Stages are in ms. */
interface Result {
  readonly frames: number;
  readonly seconds: number;
  readonly peakMemory: number;
  readonly stages: Readonly<Record<string, number>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const command = join(root, 'node-harness/bin/node-harness.mjs');
const backends = ['tensorflow', 'wasm', 'webgpu'];
const rounds = 3;

/** Times `node-harness lipsync` on the bundled clip as a user runs it, start-up included, stage by stage. */
export async function benchPipeline(folder: string, say: (line: string) => void): Promise<Row[]> {
  const results = new Map<string, Result[]>();
  for (let round = 0; round < rounds; round++) {
    for (const backend of backends) {
      if (round > 0 && !results.has(backend)) continue;
      try {
        const result = await lipsync(backend, join(folder, `${backend}.mp4`));
        results.set(backend, [...(results.get(backend) ?? []), result]);
      } catch (error) {
        say(`pipeline on ${backend} is left out: ${lastLine((error as { stderr?: string }).stderr ?? String(error))}`);
      }
    }
  }
  return [...results].flatMap(([backend, runs]) => rowsOf(backend, runs));
}

async function lipsync(backend: string, out: string): Promise<Result> {
  const assets = join(root, 'demo/assets');
  const inputs = ['--face', join(assets, 'face.mp4'), '--audio', join(assets, 'voice.wav'), '--out', out];
  const args = [command, 'lipsync', ...inputs, '--backend', backend, '--quiet', '--json'];
  // Software WebGPU takes minutes; it is left out like a backend that is not there.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 180_000 });
  return JSON.parse(lastLine(stdout));
}

function rowsOf(backend: string, runs: readonly Result[]): Row[] {
  const { frames, stages } = runs[0];
  const row = (engine: string, total: (run: Result) => number, peakMemory?: number): Row => {
    const milliseconds = spread(runs.map((run) => total(run) / frames));
    return {
      group: `lipsync on ${backend}, per frame`,
      engine,
      milliseconds,
      perSecond: 1000 / milliseconds.median,
      peakMemory,
      stage: true,
    };
  };
  const peak = Math.max(...runs.map((run) => run.peakMemory));
  return [
    row('start to finished file', (run) => run.seconds * 1000, peak),
    ...Object.keys(stages).map((stage) => row(stage, (run) => run.stages[stage])),
  ];
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
