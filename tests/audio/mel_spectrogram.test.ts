import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MEL_WINDOW_FRAMES, melSpectrogram, melWindow, melWindowCount } from '../../lib/audio/mel_spectrogram.ts';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { toFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { openSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { sharedDir } from '../shared.ts';

it.skipIf(!sharedDir)("is the original pipeline's", async () => {
  const path = join(sharedDir!, 'parity/cases/wav2lip/wav2lip-mel.safetensors');
  const recorded = await openSafetensors(bytesSource(new Uint8Array(await readFile(path))));
  const mel = melSpectrogram(toFloat32(await recorded.read('wav_16k')));
  const expected = toFloat32(await recorded.read('mel'));
  expect([mel.bands, mel.frames]).toEqual(recorded.entries.get('mel')?.shape);
  const difference = expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - mel.data[i])), 0);
  expect(difference).toBeLessThan(1e-5);
});

it('shows a tone in its band, silence at the bottom', () => {
  const tone = Float32Array.from({ length: 16000 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 1000 * n) / 16000));
  const { data, bands, frames } = melSpectrogram(tone);
  const column = Array.from({ length: bands }, (_, band) => data[band * frames + 40]);
  // 1 kHz is 15 mel; the bands' centres are 0.825 + 0.5392 (band + 1).
  expect(column.indexOf(Math.max(...column))).toBe(25);
  expect(melSpectrogram(new Float32Array(4000)).data.every((value) => value === -4)).toBe(true);
});

/** A spectrogram whose values are their column. */
function columns(frames: number) {
  return { data: Float32Array.from({ length: 80 * frames }, (_, i) => i % frames), bands: 80, frames };
}

it('gives each picture its window, the last one the end', () => {
  const mel = columns(161);
  const firstColumn = (index: number, fps: number) => melWindow(mel, index, fps)[0];
  expect([0, 1, 2, 3, 10].map((index) => firstColumn(index, 25))).toEqual([0, 3, 6, 9, 32]);
  expect([0, 1, 2, 3].map((index) => firstColumn(index, 29.97))).toEqual([0, 2, 5, 8]);
  const window = melWindow(mel, 10, 25);
  expect(window.length).toBe(80 * MEL_WINDOW_FRAMES);
  expect([...window.subarray(79 * 16)]).toEqual(Array.from({ length: 16 }, (_, i) => 32 + i));
  expect(firstColumn(1000, 25)).toBe(161 - 16);
});

it.each([
  [161, 25],
  [161, 30],
  [400, 29.97],
  [16, 25],
  [17, 25],
  [1000, 23.976],
])('counts the pictures of %i columns at %f fps as the original loop does', (frames, fps) => {
  let count = 0;
  while (Math.trunc(count * (80 / fps)) + 16 <= frames) count++;
  expect(melWindowCount(columns(frames), fps)).toBe(count + 1);
});

it('refuses sound shorter than one window', () => {
  const short = melSpectrogram(new Float32Array(1600));
  expect(() => melWindow(short, 0, 25)).toThrow(UserError);
  expect(() => melWindowCount(short, 25)).toThrow('it lasts 0.10 s, and at least 0.19 s are needed');
});
