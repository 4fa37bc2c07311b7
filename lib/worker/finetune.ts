import { transfer } from 'comlink';
import { openBrowserFiles } from '../data/browser/browser_files.ts';
import type { Frame } from '../media/frame.ts';
import { withAlpha } from '../media/rgba.ts';
import { pageSettings } from '../quick_start/finetune/settings.ts';
import { finetune } from '../quick_start/finetune.ts';
import { UserError } from '../utils/errors.ts';
import type { Engine } from './engine.ts';
import type { FinetuneOptions, FinetuneResult, FinetuneStep } from './types.ts';

/** Settings of fine-tuning that can be sent. */
export type SentFinetuneOptions = Pick<FinetuneOptions, 'steps' | 'id' | 'restart'>;

/** What the page hears meanwhile. */
export type FinetuneNews =
  | { readonly kind: 'prepare'; readonly done: number; readonly total: number }
  | { readonly kind: 'step'; readonly step: FinetuneStep }
  | { readonly kind: 'preview'; readonly step: number; readonly picture: ImageBitmap };

/**
 * Fine-tunes the weights in use on a clip. A run that the graphics card was lost in goes on from its last checkpoint.
 * See `TalkingFace.finetune`.
 */
export async function finetuneHere(
  engine: Engine,
  video: Blob | string,
  { steps, id = 'default', restart }: SentFinetuneOptions,
  signal: AbortSignal | undefined,
  tell: (news: FinetuneNews) => void,
): Promise<FinetuneResult> {
  const { weights } = engine;
  if (!weights) throw new UserError('No weights are loaded; call fromPretrained first.');
  const files = await openBrowserFiles();
  const { detector } = engine.models;
  const parts = {
    media: engine.media(signal),
    files,
    loadDetector: async () => detector,
    withWeights: <T>(use: Parameters<typeof weights.use<T>>[0]) => weights.use(use, { signal }),
  };
  let isFirst = true;
  const result = await engine.survive(() => {
    const options = {
      video,
      folder: `finetune/${id}`,
      settings: { ...pageSettings, steps: steps ?? null },
      restart: restart && isFirst,
    };
    isFirst = false;
    let first: { readonly step: number; readonly time: number } | undefined;
    return finetune(options, parts, {
      signal,
      onPrepare: (done, total) => tell({ kind: 'prepare', done, total }),
      onProgress: ({ step, totalSteps, losses: { loss, ...parts } }) => {
        const time = performance.now();
        first ??= { step, time };
        const each = (time - first.time) / 1000 / Math.max(1, step - first.step);
        tell({ kind: 'step', step: { step, steps: totalSteps, loss, parts, remaining: each * (totalSteps - step) } });
      },
      onValidation: ({ step }, pictures) => {
        if (!pictures) return;
        const picture = toBitmap(pictures);
        tell(transfer({ kind: 'preview', step, picture }, [picture]));
      },
    });
  });
  const file = await files.read(result.weights);
  const { first, best } = result;
  return {
    weights: new File([file as BlobPart], `${id}.safetensors`),
    steps: result.steps,
    loss: { before: first.losses.loss, after: best.losses.loss },
  };
}

function toBitmap(frame: Frame): ImageBitmap {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  canvas.getContext('2d')?.putImageData(new ImageData(withAlpha(frame), frame.width, frame.height), 0, 0);
  return canvas.transferToImageBitmap();
}
