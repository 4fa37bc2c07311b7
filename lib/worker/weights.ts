import { blobSource } from '../checkpoint/blob_source.ts';
import { withFetchedWeights } from '../checkpoint/browser/fetched_weights.ts';
import { openCheckpoint } from '../checkpoint/open_checkpoint.ts';
import { UserError } from '../utils/errors.ts';
import { assetUrl } from './assets.ts';
import type { Weights } from './engine.ts';
import type { PretrainedOptions } from './types.ts';

/** Where weights come from, as the page sends it: `small`, a file, or an absolute address. */
export type WeightsSource = Blob | string;

/**
 * Weights that can be read again as long as the file or the browser's cache has them.
 *
 * @param assets folder with the bundled weights; by default beside the worker's script
 */
export function weightsFrom(
  source: WeightsSource,
  { dtype = 'float32', sha256 }: Pick<PretrainedOptions, 'dtype' | 'sha256'>,
  assets: string | undefined,
): Weights {
  if (dtype !== 'float32' && dtype !== 'float16')
    throw new UserError(`Weights cannot be held in ${dtype}; dtype is 'float32' or 'float16'.`);
  if (source instanceof Blob) {
    const file = blobSource(source);
    return named(file.name, dtype, async (read) => read(await openCheckpoint(file)));
  }
  const address = source === 'small' ? assetUrl('wav2lip.safetensors', assets) : source;
  return named(source, dtype, (read, { onProgress, signal }) => {
    const tell = (total: number | undefined, done: number): void => onProgress?.({ stage: 'download', done, total });
    const options = { sha256, signal, onSize: tell, onProgress: (done: number, total?: number) => tell(total, done) };
    return withFetchedWeights(address, options, read);
  });
}

/** Says of whatever is wrong with weights which they are. */
function named(name: string, dtype: Weights['dtype'], use: Weights['use']): Weights {
  return {
    name,
    dtype,
    use: async (read, control) => {
      try {
        return await use(read, control);
      } catch (error) {
        if (!(error instanceof UserError) || error.message.startsWith(name)) throw error;
        throw new UserError(`${name}: ${error.message}`, { cause: error });
      }
    },
  };
}
