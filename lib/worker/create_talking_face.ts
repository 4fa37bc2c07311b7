import { wrap } from 'comlink';
import { openBoundary } from './boundary.ts';
import type { Host } from './host.ts';
import { RemoteTalkingFace } from './remote_talking_face.ts';
import type { TalkingFace, TalkingFaceOptions } from './types.ts';

/**
 * Starts a worker with a compute backend in it: WebGPU where there is a graphics card, else WebAssembly. It holds no
 * model yet: `fromPretrained` is next.
 *
 * ```ts
 * const face = await createTalkingFace();
 * await face.fromPretrained('small');
 * const { file } = await face.animateToFile({ face: video, audio: voice });
 * await face.dispose();
 * ```
 *
 * @throws {UserError} when the worker's script cannot be loaded, or no backend works here
 */
export async function createTalkingFace(options: TalkingFaceOptions = {}): Promise<TalkingFace> {
  const { signal } = options;
  signal?.throwIfAborted();
  openBoundary();
  const worker = (options.worker ?? startWorker)();
  const face = new RemoteTalkingFace(worker, wrap<Host>(worker));
  const stop = (): void => face.end(signal?.reason);
  signal?.addEventListener('abort', stop);
  try {
    await face.start(options);
    return face;
  } catch (error) {
    face.end(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** In this form bundlers find the worker's script. */
function startWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'talkingface' });
}
