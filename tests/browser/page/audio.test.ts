import { expect, it } from 'vitest';
import { melSpectrogram } from '../../../lib/audio/mel_spectrogram.ts';
import { toFloat32 } from '../../../lib/checkpoint/dtypes.ts';
import { hasReference, referenceTensors } from './reference.ts';

it.skipIf(!hasReference)("the mel spectrogram in a page is the original pipeline's", async () => {
  const recorded = await referenceTensors('parity/cases/wav2lip/wav2lip-mel.safetensors');
  const mel = melSpectrogram(toFloat32(await recorded.read('wav_16k')));
  const expected = toFloat32(await recorded.read('mel'));
  expect([mel.bands, mel.frames]).toEqual(recorded.entries.get('mel')?.shape);
  const difference = expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - mel.data[i])), 0);
  expect(difference).toBeLessThanOrEqual(1e-3);
});
