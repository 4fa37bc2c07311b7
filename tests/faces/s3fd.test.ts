import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { memoryStateDict, type StateDictSource, type TensorData } from '../../lib/checkpoint/state_dict.ts';
import { fillInput, fillWeight } from '../../lib/evaluate/parity/hashfill.ts';
import type { Frame } from '../../lib/media/frame.ts';
import type { FaceBox } from '../../lib/utils/face_detection/face_detector.ts';
import { decodeLevels, type LevelValues } from '../../lib/utils/face_detection/s3fd/decode.ts';
import { S3fdNetwork } from '../../lib/utils/face_detection/s3fd/network.ts';
import { S3fdDetector } from '../../lib/utils/face_detection/s3fd/s3fd_detector.ts';
import { availableBackends, startTestBackend } from '../backends.ts';

/** A level that sees no face anywhere, except in the given cells. */
function level(rows: number, columns: number, faces: Record<number, { score: number; box: number[] }>): LevelValues {
  const scores = new Float32Array(rows * columns * 2);
  const boxes = new Float32Array(rows * columns * 4);
  for (let cell = 0; cell < rows * columns; cell++) scores[2 * cell] = 10;
  for (const [cell, { score, box }] of Object.entries(faces)) {
    scores[2 * Number(cell)] = 0;
    scores[2 * Number(cell) + 1] = score;
    boxes.set(box, 4 * Number(cell));
  }
  return { rows, columns, scores, boxes };
}

describe('decoding', () => {
  it('gives the anchor itself where the offsets are 0', () => {
    // Level 0 has cells 4 pixels apart and anchors of 16: cell 5 of 4 columns is row 1, column 1, centre (6, 6).
    const [face] = decodeLevels([level(4, 4, { 5: { score: 0, box: [0, 0, 0, 0] } })], 0.4);
    expect(face).toEqual({ left: -2, top: -2, right: 14, bottom: 14, score: 0.5 });
  });

  it('moves by a tenth of the anchor and grows by the exponential of a fifth', () => {
    // Level 2: 16 pixels apart, anchors of 64; cell 2 of 2 columns is row 1, column 0, centre (8, 24).
    const empty = [level(8, 8, {}), level(4, 4, {})];
    const [face] = decodeLevels([...empty, level(2, 2, { 2: { score: 3, box: [5, -2.5, 5 * Math.LN2, 0] } })], 0.5);
    expect(face.left).toBeCloseTo(8 + 32 - 64, 4);
    expect(face.right).toBeCloseTo(8 + 32 + 64, 4);
    expect(face.top).toBeCloseTo(24 - 16 - 32, 4);
    expect(face.bottom).toBeCloseTo(24 - 16 + 32, 4);
    expect(face.score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
  });

  it('keeps the most certain of boxes that overlap by more than 0.3', () => {
    const shifted = (pixels: number) => [pixels / 1.6, 0, 0, 0];
    const faces = decodeLevels(
      // Cells 0 and 1 are 4 pixels apart: both boxes at 0, the second moved further by 4 and 8 pixels.
      [
        level(1, 4, {
          0: { score: 1, box: shifted(0) },
          1: { score: 2, box: shifted(0) },
          3: { score: 0.5, box: shifted(4) },
        }),
      ],
      0.5,
    );
    expect(faces.map(({ left }) => Math.round(left))).toEqual([-2, 10]);
  });

  it('finds nothing below the threshold', () => {
    expect(decodeLevels([level(2, 2, { 1: { score: 0.1, box: [0, 0, 0, 0] } })], 0.6)).toEqual([]);
  });
});

/** What the reference's batch detection gives for hashed weights and pictures: left, top, right, bottom, score. */
const reference: {
  picture: { width: number; height: number; count: number; name: string; seed: number; low: number; high: number };
  weights: { seed: number; gain: number };
  faces: [number, number, number, number, number][][];
} = JSON.parse(readFileSync(new URL('s3fd_reference.json', import.meta.url), 'utf8'));

function hashedPictures(): Frame[] {
  const { width, height, count, name, seed, low, high } = reference.picture;
  const size = width * height * 3;
  const values = Uint8Array.from(fillInput(name, count * size, seed, low, high));
  return Array.from({ length: count }, (_, i) => ({ width, height, data: values.subarray(i * size, (i + 1) * size) }));
}

/** Made once: they are 22 million numbers. */
let weights: StateDictSource | undefined;

function hashedWeights(): StateDictSource {
  if (weights) return weights;
  const entries = new Map<string, TensorData>();
  const network = new S3fdNetwork();
  for (const [name, entry] of network.namedEntries()) {
    const { shape } = entry as { shape: readonly number[] };
    const values = fillWeight(name, shape, reference.weights);
    entries.set(name, { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) });
  }
  network.dispose();
  weights = memoryStateDict(entries);
  return weights;
}

/** The largest difference of a side or the score, less what 1/1000 of the box's size accounts for. */
function difference(face: FaceBox, [left, top, right, bottom, score]: readonly number[]): number {
  const sides = Math.max(
    Math.abs(face.left - left),
    Math.abs(face.top - top),
    Math.abs(face.right - right),
    Math.abs(face.bottom - bottom),
  );
  return Math.max(sides - Math.max(right - left, bottom - top) / 1000, Math.abs(face.score - score));
}

describe.each(availableBackends().filter((name) => name === 'tensorflow' || name === 'wasm'))('on %s', (backend) => {
  beforeAll(() => startTestBackend(backend));

  it('finds what the reference finds', async () => {
    const detector = await S3fdDetector.load(hashedWeights());
    const tensors = tf.memory().numTensors;
    const found = await detector.detect(hashedPictures());
    expect(tf.memory().numTensors).toBe(tensors);
    detector.dispose();
    reference.faces.forEach((expected, i) => {
      expect(found[i].length).toBe(expected.length);
      for (const face of expected) {
        const least = Math.min(...found[i].map((candidate) => difference(candidate, face)));
        expect(least, `the box ${face} of picture ${i}`).toBeLessThan(0.01);
      }
    });
  });

  it('scales boxes back when the picture is made smaller first', async () => {
    const detector = await S3fdDetector.load(hashedWeights(), { longestSide: 160 });
    const [small] = hashedPictures();
    const twice: Frame = { width: 320, height: 256, data: new Uint8Array(320 * 256 * 3) };
    for (let y = 0; y < 256; y++) {
      for (let x = 0; x < 320; x++) {
        const from = ((y >> 1) * 160 + (x >> 1)) * 3;
        twice.data.set(small.data.subarray(from, from + 3), (y * 320 + x) * 3);
      }
    }
    const [[once], [doubled]] = [await detector.detect([small]), await detector.detect([twice])];
    detector.dispose();
    expect(once.length).toBeGreaterThan(0);
    expect(doubled.length).toBe(once.length);
    expect(doubled[0].left).toBeCloseTo(once[0].left * 2, 0);
    expect(doubled[0].bottom).toBeCloseTo(once[0].bottom * 2, 0);
  });
});
