import { type ConvertFile, convertByFfmpeg, type FfmpegFiles } from '../media/browser/ffmpeg.ts';
import { UserError } from '../utils/errors.ts';

/**
 * FFmpeg keeps its thread busy until a file is converted. So it gets one of its own, which can be ended at once: the
 * worker's script, started once more under this name.
 */
const NAME = 'talkingface-converter';

/** Whether this worker is there for FFmpeg alone. */
export const isConverter = (): boolean => (globalThis as { name?: string }).name === NAME;

interface Task {
  readonly blob: Blob;
  readonly name: string;
  readonly files: FfmpegFiles;
}

type Answer = { readonly file: Blob } | { readonly error: string; readonly isUserError: boolean };

/** Converts the file that comes, and answers. */
export function serveConversion(): void {
  addEventListener('message', async ({ data: { blob, name, files } }: MessageEvent<Task>) => {
    const answer: Answer = await convertByFfmpeg(blob, name, files).then(
      (file) => ({ file }),
      (error: Error) => ({ error: error.message, isUserError: error instanceof UserError }),
    );
    postMessage(answer);
  });
}

/** Converts files in a thread that ends with the work, at once when that is to be given up. */
export function convertInThread(signal: AbortSignal | undefined): ConvertFile {
  return async (blob, name, files) => {
    signal?.throwIfAborted();
    const worker = new Worker(location.href, { type: isModule() ? 'module' : 'classic', name: NAME });
    let stop = (): void => {};
    try {
      return await new Promise<Blob>((resolve, reject) => {
        stop = () => reject(signal?.reason);
        signal?.addEventListener('abort', stop);
        worker.onmessage = ({ data }: MessageEvent<Answer>) => {
          if ('file' in data) resolve(data.file);
          else reject(data.isUserError ? new UserError(data.error) : new Error(data.error));
        };
        worker.onerror = ({ message }) => reject(new Error(`The thread of FFmpeg broke: ${message}`));
        const task: Task = { blob, name, files };
        worker.postMessage(task);
      });
    } finally {
      signal?.removeEventListener('abort', stop);
      worker.terminate();
    }
  };
}

/** Bundlers may turn the worker's script into one that is no module. */
function isModule(): boolean {
  try {
    (globalThis as unknown as { importScripts(): void }).importScripts();
    return false;
  } catch {
    return true;
  }
}
