import { DTYPE_BYTES, elementCount } from '../checkpoint/dtypes.ts';
import type { StateDictSource } from '../checkpoint/state_dict.ts';
import { Wav2LipAnimator } from '../model/audio_driven_talkingface/wav2lip/animator.ts';
import { Wav2LipGenerator } from '../model/audio_driven_talkingface/wav2lip/generator.ts';
import { widthOf } from '../model/audio_driven_talkingface/wav2lip/width.ts';
import type { LiveFaceAnimator } from '../model/face_animator.ts';
import { heldPrecision } from '../nn/index.ts';
import { UserError } from '../utils/errors.ts';
import { BuiltInDetector } from '../utils/face_detection/built_in_detector.ts';
import type { FaceDetector } from '../utils/face_detection/face_detector.ts';
import { assetUrl } from './assets.ts';
import type { LoadControl, Weights } from './engine.ts';
import type { ModelInfo } from './types.ts';

/** What animating takes, on the current backend. */
export interface LoadedModels {
  readonly animator: LiveFaceAnimator;
  readonly detector: FaceDetector;
  readonly info: ModelInfo;
}

/**
 * Loads a generator and the face detector.
 *
 * @param assets folder with the detector's weights; by default beside the worker's script
 * @throws {UserError} when a file cannot be had, or the weights are damaged or of another network; nothing is left then
 */
export async function loadModels(
  weights: Weights,
  assets: string | undefined,
  control: LoadControl,
): Promise<LoadedModels> {
  const { generator, info } = await loadGenerator(weights, control);
  try {
    const detector = await BuiltInDetector.load((name) => fetchAsset(assetUrl(name, assets)));
    return { animator: new Wav2LipAnimator(generator), detector, info };
  } catch (error) {
    generator.dispose();
    throw error;
  }
}

async function loadGenerator(weights: Weights, control: LoadControl) {
  return weights.use(async (checkpoint) => {
    const width = widthOf('generator', checkpoint);
    const generator = new Wav2LipGenerator(width);
    try {
      await generator.loadStateDict(watched(checkpoint, control));
    } catch (error) {
      generator.dispose();
      throw error;
    }
    const parameters = Array.from(generator.namedParameters(), ([, { shape }]) => elementCount(shape));
    const bytes = Array.from(
      checkpoint.entries.values(),
      ({ shape, dtype }) => elementCount(shape) * DTYPE_BYTES[dtype],
    );
    const info: ModelInfo = {
      name: weights.name,
      width,
      parameters: sum(parameters),
      bytes: sum(bytes),
      dtype: heldPrecision(weights.dtype),
      warnings: checkpoint.warnings,
    };
    return { generator: generator.prepare({ release: true, precision: weights.dtype }), info };
  }, control);
}

/** Tells how many of the entries have been read, and stops between two of them. */
function watched(source: StateDictSource, { onProgress, signal }: LoadControl): StateDictSource {
  const { entries } = source;
  let done = 0;
  const tell = (): void => onProgress?.({ stage: 'load', done, total: entries.size });
  tell();
  return {
    entries,
    async read(name) {
      signal?.throwIfAborted();
      const tensor = await source.read(name);
      done++;
      tell();
      return tensor;
    },
  };
}

async function fetchAsset(url: string): Promise<Uint8Array> {
  const response = await fetch(url).catch((error: Error) => {
    throw new UserError(`${url} cannot be loaded (${error.message}); see the option \`assets\`.`);
  });
  if (!response.ok)
    throw new UserError(`${url} cannot be loaded: the server answers ${response.status}; see the option \`assets\`.`);
  return new Uint8Array(await response.arrayBuffer());
}

const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0);
