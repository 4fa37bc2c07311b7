/** A process that preprocesses the clips it is sent, one at a time; see `preprocess_pool.ts`. */
import { type BackendName, startBackend } from '../lib/backend/backend.ts';
import { type PreprocessParts, preprocessClip } from '../lib/data/dataprocess/preprocess_clip.ts';
import type { DataSettings } from '../lib/data/dataprocess/raw_dataset.ts';
import { datasetNamed } from '../lib/data/datasets.ts';
import { UserError } from '../lib/utils/errors.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import { registerNodeBackends } from './platform/backends.ts';
import { readFaceModel } from './platform/face_models.ts';
import { nodeFiles } from './platform/file_store.ts';
import { nodeMedia } from './platform/media.ts';
import { encodeJpeg } from './platform/media_jpeg.ts';
import type { PreprocessAnswer, PreprocessJob } from './preprocess_pool.ts';

// The parent decides when to stop, also when Ctrl-C reaches all processes of a terminal.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));

let parts: Promise<PreprocessParts> | undefined;

process.on('message', async ({ dataset, settings: values, clip }: PreprocessJob) => {
  const settings = {
    get: (key: string) => values[key],
    has: (key: string) => Object.hasOwn(values, key),
  } as DataSettings;
  try {
    parts ??= start(settings.get('backend'));
    answer({ outcome: await preprocessClip(datasetNamed(dataset), clip, settings, await parts) });
  } catch (error) {
    const { message, stack } = error as Error;
    answer({ error: error instanceof UserError ? message : String(stack), isUserError: error instanceof UserError });
  }
});

async function start(backend: BackendName | 'auto'): Promise<PreprocessParts> {
  registerNodeBackends();
  // One thread each: the processes share the cores, and leave a GPU to the training.
  if (backend === 'auto') await startBackend('wasm', { threads: 1 });
  else await startBackend(backend);
  const detector = await BuiltInDetector.load(readFaceModel);
  return { media: nodeMedia, files: nodeFiles, detector, encodeJpeg };
}

function answer(message: PreprocessAnswer): void {
  process.send?.(message);
}
