import { type FileStore, readText, writeFile } from '../data/file_store.ts';
import { type CurvePoint, plotCurves } from './curves.ts';
import { pictureEvent, restartEvent, scalarEvent, versionEvent } from './tensorboard.ts';
import type { TrainingState } from './training_state.ts';

/** A line of the log: what it tells about, the step and its numbers. */
interface LogLine {
  readonly kind: 'train' | 'val';
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Points that the plot keeps of a curve; beyond them it thins out. */
const MOST_POINTS = 4000;

/**
 * What a run leaves for people to follow it: `log.jsonl`, a line for each of its numbers' steps; TensorBoard event
 * files; and `curves.svg`.
 */
export class RunLog {
  readonly #files: FileStore;
  readonly #folder: string;
  /** The event file of this start of the run, if there is to be one. */
  readonly #events?: string;
  #lines: LogLine[];

  private constructor(files: FileStore, folder: string, lines: LogLine[], events?: string) {
    this.#files = files;
    this.#folder = folder;
    this.#lines = lines;
    this.#events = events;
  }

  /** Goes on with the log of a run from a state; what was written about later ones is dropped. */
  static async open(files: FileStore, folder: string, state: TrainingState, tensorboard: boolean): Promise<RunLog> {
    const text = (await readText(files, `${folder}/log.jsonl`)) ?? '';
    const last = { train: state.step, val: state.validations.at(-1)?.step ?? -1 };
    const lines = text
      .split('\n')
      .flatMap(parseLine)
      .filter(({ kind, step }) => step <= last[kind]);
    await writeFile(files, `${folder}/log.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const seconds = Date.now() / 1000;
    const events = `${folder}/tensorboard/events.out.tfevents.${seconds.toFixed(0)}.step-${state.step}`;
    const log = new RunLog(files, folder, lines, tensorboard ? events : undefined);
    await log.#appendEvent((now) => versionEvent(now));
    if (state.step > 0) await log.#appendEvent((now) => restartEvent(now, state.step + 1));
    return log;
  }

  async write(kind: 'train' | 'val', step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const line: LogLine = { kind, step, values };
    this.#lines.push(line);
    if (this.#lines.length > MOST_POINTS) this.#lines = this.#lines.filter((each, i) => each.kind === 'val' || i % 2);
    await this.#files.append(`${this.#folder}/log.jsonl`, new TextEncoder().encode(`${JSON.stringify(line)}\n`));
    const tagged = Object.entries(values).map(([name, value]) => [`${kind}/${name}`, value]);
    await this.#appendEvent((now) => scalarEvent(now, step, Object.fromEntries(tagged)));
  }

  /** Shows a picture in TensorBoard. */
  async picture(step: number, png: Uint8Array, width: number, height: number): Promise<void> {
    await this.#appendEvent((now) => pictureEvent(now, step, 'val/pictures', { png, width, height }));
  }

  /** Draws the curves of the losses so far. */
  async plot(): Promise<void> {
    const points = this.#lines.flatMap(({ kind, step, values }) =>
      Object.entries(values).map(([name, value]): CurvePoint => ({ name, series: kind, step, value })),
    );
    await writeFile(this.#files, `${this.#folder}/curves.svg`, plotCurves(points));
  }

  async #appendEvent(make: (seconds: number) => Uint8Array): Promise<void> {
    if (this.#events) await this.#files.append(this.#events, make(Date.now() / 1000));
  }
}

/** A line that a killed process left unfinished counts as none. */
function parseLine(text: string): LogLine[] {
  try {
    return [JSON.parse(text) as LogLine];
  } catch {
    return [];
  }
}
