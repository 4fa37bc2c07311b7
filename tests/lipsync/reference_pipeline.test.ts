import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { toFloat32 } from '../../lib/checkpoint/dtypes.ts';
import { openSafetensors } from '../../lib/checkpoint/safetensors.ts';
import type { Rectangle } from '../../lib/media/crop.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { lipsync, lipsyncDefaults } from '../../lib/quick_start/lipsync.ts';
import { hasTensorflow } from '../../node-harness/platform/backend_tensorflow.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { startTestBackend } from '../backends.ts';
import { sharedDir } from '../shared.ts';
import { hashFilledAnimator, watching } from './helpers.ts';

interface RecordedPipeline {
  face: string;
  audio: string;
  box: Rectangle;
  weights: { seed: number; gain: number };
  frames: number;
}

/** Mean of the pixels of each of 24 x 24 cells of a rectangle, RGB. */
function cellMeans(frame: Frame, { left, top, right, bottom }: Rectangle): Float32Array {
  const sums = new Float32Array(24 * 24 * 3);
  const area = (horizontal: boolean, at: number): [cell: number, share: number][] => {
    // A pixel that a border of cells runs through counts in both for its part.
    const scale = 24 / (horizontal ? right - left : bottom - top);
    const [from, to] = [at * scale, (at + 1) * scale];
    const first = Math.floor(from);
    const border = first + 1;
    return to <= border + 1e-9
      ? [[first, to - from]]
      : [
          [first, border - from],
          [border, to - border],
        ];
  };
  for (let y = 0; y < bottom - top; y++) {
    for (const [row, high] of area(false, y)) {
      for (let x = 0; x < right - left; x++) {
        const from = ((top + y) * frame.width + left + x) * 3;
        for (const [column, wide] of area(true, x)) {
          for (let c = 0; c < 3; c++) sums[(row * 24 + column) * 3 + c] += frame.data[from + c] * high * wide;
        }
      }
    }
  }
  return sums;
}

describe.skipIf(!sharedDir)("the reference's inference on a real clip", () => {
  const shared = sharedDir as string;
  const folder = join(shared, 'parity/cases/wav2lip');

  beforeAll(async () => {
    await startTestBackend(hasTensorflow() ? 'tensorflow' : 'wasm');
  });

  it('is reproduced before encoding to within 1 of 255, without a tensor left over', { timeout: 600_000 }, async () => {
    const recorded: RecordedPipeline = JSON.parse(await readFile(join(folder, 'pipeline-katie.json'), 'utf8'));
    const stored = await openSafetensors(bytesSource(await readFile(join(folder, 'pipeline-katie.safetensors'))));
    const expected = toFloat32(await stored.read('box_24x24_rgb'));
    const { bytes } = await stored.read('frame_index');
    const wanted = [...new Int32Array(Uint8Array.from(bytes).buffer)];
    const { top, bottom, left, right } = recorded.box;
    const animator = await hashFilledAnimator(recorded.weights.seed, recorded.weights.gain);

    const differences = new Map<number, number>();
    const tensors = new Set<number>();
    const media = watching(nodeMedia, (frame, index) => {
      tensors.add(tf.memory().numTensors);
      const place = wanted.indexOf(index);
      if (place === -1) return;
      const cells = cellMeans(frame, recorded.box);
      const sum = cells.reduce((total, value, i) => total + Math.abs(value - expected[place * cells.length + i]), 0);
      differences.set(index, sum / cells.length);
    });
    const result = await lipsync(
      {
        ...lipsyncDefaults,
        face: join(shared, recorded.face),
        audio: join(shared, recorded.audio),
        output: 'not written',
        box: [top, bottom, left, right],
        paste: 'box',
      },
      { media, loadModels: async () => ({ animator }) },
    );
    animator.dispose();

    expect(result.frames).toBe(recorded.frames);
    expect([...differences.keys()]).toEqual(wanted);
    for (const difference of differences.values()) expect(difference).toBeLessThan(1);
    expect(tensors.size).toBe(1);
    console.info(`mean differences in 255: ${[...differences.values()].map((d) => d.toFixed(3)).join(' ')}`);
  });
});
