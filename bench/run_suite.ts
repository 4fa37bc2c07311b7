import { setTimeout as pause } from 'node:timers/promises';
import { channelsLast } from './engines/engine.ts';
import { startNodeEngine } from './engines/node_engine.ts';
import { startPageEngine } from './engines/page_engine.ts';
import type { RunningEngine } from './engines/running_engine.ts';
import type { Row } from './report.ts';
import { speedRatio, spread } from './statistics.ts';
import type { Contestant, Suite } from './suites.ts';

/** What is over soon is timed in more rounds, for so many ms in all. */
const LEAST_TIME = 10_000;

/** ms after which no engine's threads keep a core busy waiting for more work, as ONNX Runtime's do for a while. */
const SETTLED = 100;

interface Runner {
  readonly contestant: Contestant;
  readonly engine: RunningEngine;
}

/** The generator that a suite's engines run. */
export interface Network {
  /** The file for ONNX Runtime. */
  readonly model: string;
  /** GFLOP for a frame. */
  readonly work: number;
}

/** How suites are run. */
export interface SuiteOptions {
  readonly network: (width: number) => Promise<Network>;
  /** GFLOP/s of the graphics card; measured when it is not given. */
  readonly peak?: number;
  /** Whether a graphics card emulated in software will do: to try the comparison, not to measure. */
  readonly softwareAdapter: boolean;
  /** Hears what cannot run here and why. */
  readonly say: (line: string) => void;
}

/** Times the engines of a suite in turn, one run each a round. */
export async function runSuite(suite: Suite, { network, peak, softwareAdapter, say }: SuiteOptions): Promise<Row[]> {
  const { width = 1 } = suite;
  const { model, work } = await network(width);
  const runners: Runner[] = [];
  try {
    for (const contestant of suite.contestants) {
      const start = contestant.place === 'node' ? startNodeEngine : startPageEngine;
      try {
        if (contestant.settings.kind === 'onnxruntime' && !runners.length) throw new Error('it would be alone.');
        const engine = await start({ ...contestant.settings, width, softwareAdapter, model });
        runners.push({ contestant, engine });
        say(`  ${contestant.name}: ${engine.description}`);
      } catch (error) {
        say(`  ${contestant.name} is left out: ${(error as Error).message.split('\n')[0]}`);
      }
    }
    await checkSameOutput(runners, say);
    const rows: Row[] = [];
    for (const batch of suite.batches) rows.push(...(await timeBatch(suite, runners, batch)));
    if (!suite.ofPeak || !runners.length) return rows;
    const most = peak ?? (await runners[0].engine.peak());
    say(`  the card ${peak ? 'is said to reach' : 'reaches'} ${most.toFixed(0)} GFLOP/s`);
    return rows.map((row) => ({ ...row, gflops: work * row.perSecond, ofPeak: (work * row.perSecond) / most }));
  } finally {
    for (const { engine } of runners) await engine.stop();
  }
}

async function timeBatch(suite: Suite, runners: readonly Runner[], batch: number): Promise<Row[]> {
  const times = runners.map((): number[] => []);
  const memory = runners.map((): number | undefined => undefined);
  const end = performance.now() + LEAST_TIME;
  // Round 0 warms up: memory is allocated and kernels are chosen then.
  for (let round = 0; round <= suite.rounds || performance.now() < end; round++) {
    for (const [i, { engine }] of runners.entries()) {
      await pause(SETTLED);
      const { milliseconds, peakMemory } = await engine.run(batch);
      if (round > 0) times[i].push(milliseconds);
      memory[i] = peakMemory;
    }
  }
  const peer = runners.findIndex(({ contestant }) => contestant.settings.kind === 'onnxruntime');
  return runners.map(({ contestant }, i) => {
    const milliseconds = spread(times[i]);
    return {
      group: `${suite.name}, batch ${batch}`,
      engine: contestant.name,
      milliseconds,
      perSecond: (batch * 1000) / milliseconds.median,
      ratio: peer >= 0 && i !== peer ? speedRatio(times[i], times[peer]) : undefined,
      peakMemory: memory[i],
    };
  });
}

/** Speed counts only for the same answer: the engines' outputs are compared before they are timed. */
async function checkSameOutput(runners: readonly Runner[], say: (line: string) => void): Promise<void> {
  if (runners.length < 2) return;
  const outputs: Float32Array[] = [];
  for (const { contestant, engine } of runners) {
    const values = Float32Array.from((await engine.run(1, true)).values!);
    outputs.push(contestant.settings.kind === 'toolkit' ? values : channelsLast(values, 1, 3));
  }
  const [first] = outputs;
  for (const [i, { contestant }] of runners.entries()) {
    const difference = first.reduce((largest, value, at) => Math.max(largest, Math.abs(value - outputs[i][at])), 0);
    const bound = contestant.settings.precision === 'float16' ? 1e-3 : 1e-4;
    if (!(difference < bound))
      throw new Error(`The outputs of ${contestant.name} differ by ${difference}: it does not run the same.`);
    if (i > 0) say(`  ${contestant.name} agrees: outputs differ by at most ${difference.toExponential(1)} of 1`);
  }
}
