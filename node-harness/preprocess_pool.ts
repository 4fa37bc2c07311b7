import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ClipOutcome } from '../lib/data/dataprocess/preprocess_clip.ts';
import type { RawClip } from '../lib/data/dataprocess/raw_dataset.ts';
import { UserError } from '../lib/utils/errors.ts';

/** What a worker is sent. */
export interface PreprocessJob {
  readonly dataset: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly clip: RawClip;
}

/** What it answers. */
export type PreprocessAnswer =
  | { readonly outcome: ClipOutcome }
  | { readonly error: string; readonly isUserError: boolean };

const program = fileURLToPath(new URL('preprocess_worker.ts', import.meta.url));
const typescript = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * Preprocesses clips in `workers` processes. Processes rather than threads: a file that crashes a decoder costs
 * itself alone. Calls `onOutcome` for each clip as it is done, in any order; rejects on the first error that is not
 * about a clip, and on the signal.
 */
export async function preprocessAll(
  job: Omit<PreprocessJob, 'clip'>,
  clips: readonly RawClip[],
  workers: number,
  signal: AbortSignal,
  onOutcome: (clip: RawClip, outcome: ClipOutcome) => void,
): Promise<void> {
  const queue = clips.values();
  const running = new Set<ChildProcess>();
  let failed = false;

  const work = async () => {
    let worker: ChildProcess | undefined;
    for (const clip of queue) {
      if (failed || signal.aborted) break;
      if (worker === undefined) {
        worker = fork(program, { execArgv: ['--import', typescript] });
        running.add(worker);
      }
      const answer = await ask(worker, { ...job, clip });
      signal.throwIfAborted();
      if ('ended' in answer) {
        const detail = `The process that read it ended (${answer.ended}).`;
        onOutcome(clip, { state: 'skipped', reason: 'unreadable', detail });
        running.delete(worker);
        worker = undefined;
      } else if ('error' in answer) {
        throw answer.isUserError ? new UserError(answer.error) : new Error(answer.error);
      } else {
        onOutcome(clip, answer.outcome);
      }
    }
  };

  const stop = () => {
    for (const worker of running) worker.kill('SIGKILL');
  };
  signal.addEventListener('abort', stop);
  try {
    await Promise.all(
      Array.from({ length: workers }, () =>
        work().catch((error) => {
          failed = true;
          stop();
          throw error;
        }),
      ),
    );
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Sends a job; `ended` is the signal or status that the process ended with instead of an answer. */
async function ask(worker: ChildProcess, job: PreprocessJob): Promise<PreprocessAnswer | { ended: string | number }> {
  const done = new AbortController();
  const { signal } = done;
  const answered = once(worker, 'message', { signal }).then(([answer]) => answer as PreprocessAnswer);
  const ended = once(worker, 'exit', { signal }).then(([code, name]) => ({ ended: name ?? code }));
  // The one that loses is called off.
  answered.catch(() => {});
  ended.catch(() => {});
  worker.send(job, () => {});
  try {
    return await Promise.race([answered, ended]);
  } finally {
    done.abort();
  }
}
