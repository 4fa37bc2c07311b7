import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '../lib/checkpoint/safetensors.ts';
import { benchInputs } from './engines/engine.ts';
import { benchGenerator } from './generator.ts';
import type { Row } from './report.ts';
import { speedRatio, spread } from './statistics.ts';

const ROUNDS = 7;
/** Two clips of five frames. */
const FRAMES = 10;

/** Something that takes training steps in a process of its own. */
interface Trainee {
  readonly name: string;
  readonly description: string;
  step(): Promise<{ milliseconds: number; loss: number }>;
  stop(): void;
}

/**
 * Training steps of the full-size generator (2 x 5 frames, L1, Adam) on `tensorflow`, one by one in turn with
 * PyTorch where a Python has it: `PYTHON` names one, else it is `python3`. `folder` is for files that both read.
 */
export async function benchTraining(folder: string, threads: number, say: (line: string) => void): Promise<Row[]> {
  const [weights, inputs] = [join(folder, 'weights.safetensors'), join(folder, 'inputs.f32')];
  const generator = await benchGenerator();
  await writeFile(weights, await encodeSafetensors(generator.stateDict()));
  generator.dispose();
  const { mel, faces } = benchInputs(FRAMES, 'channels-first');
  await writeFile(
    inputs,
    Buffer.concat(
      [mel, faces, faces.subarray(faces.length / 2)].map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength)),
    ),
  );

  say('training');
  const trainees: Trainee[] = [];
  const script = (name: string) => fileURLToPath(new URL(`training/${name}`, import.meta.url));
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const python = process.env.PYTHON ?? 'python3';
  const hasTorch = spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
  if (!hasTorch) say(`  PyTorch is left out: ${python} does not import torch; name one that does with PYTHON=...`);
  try {
    const args = ['--import', tsx, script('toolkit.ts'), 'tensorflow', inputs, String(threads)];
    trainees.push(await startTrainee('tensorflow', process.execPath, args));
    if (hasTorch) {
      const args = [script('pytorch.py'), weights, inputs, String(threads)];
      trainees.push(await startTrainee('pytorch', python, args));
    }
    for (const { name, description } of trainees) say(`  ${name}: ${description}`);
    return await timeSteps(trainees, say);
  } catch (error) {
    say(`  training is left out: ${(error as Error).message}`);
    return [];
  } finally {
    for (const trainee of trainees) trainee.stop();
  }
}

async function timeSteps(trainees: readonly Trainee[], say: (line: string) => void): Promise<Row[]> {
  const times = trainees.map((): number[] => []);
  // The first two warm up: memory is allocated and kernels are chosen then.
  for (let round = -2; round < ROUNDS; round++) {
    const losses: number[] = [];
    for (const [i, trainee] of trainees.entries()) {
      const { milliseconds, loss } = await trainee.step();
      losses.push(loss);
      if (round >= 0) times[i].push(milliseconds);
    }
    // Speed counts only for the same work.
    if (round !== -2) continue;
    const difference = Math.max(...losses.map((loss) => Math.abs(loss / losses[0] - 1)));
    if (!(difference < 1e-3)) throw new Error(`the losses of the first step differ: ${losses.join(' and ')}.`);
    say(`  losses of the first step: ${losses.join(', ')}`);
  }
  return trainees.map(({ name, description }, i) => {
    const milliseconds = spread(times[i]);
    return {
      group: 'training step, 2 x 5 frames',
      engine: name === 'pytorch' ? description : name,
      milliseconds,
      perSecond: 1000 / milliseconds.median,
      ratio: i === 0 && trainees.length > 1 ? speedRatio(times[0], times[1]) : undefined,
    };
  });
}

async function startTrainee(name: string, program: string, args: string[]): Promise<Trainee> {
  const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr!.on('data', (data: Buffer) => {
    said = (said + data).slice(-500);
  });
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended. ${said.trim().split('\n').at(-1)}`);
    return JSON.parse(value);
  };
  const { description } = await answer();
  return {
    name,
    description,
    async step() {
      child.stdin!.write('\n');
      return answer();
    },
    stop: () => child.kill(),
  };
}
