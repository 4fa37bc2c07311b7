import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchCount, batches, type Dataset, type Item } from '../../lib/data/dataset/dataset.ts';
import type { StoredClip } from '../../lib/data/dataset/stored_clip.ts';
import { SyncNetDataset } from '../../lib/data/dataset/syncnet_dataset.ts';
import { Wav2LipDataset } from '../../lib/data/dataset/wav2lip_dataset.ts';
import { colourOf, melOf, storeClips } from './stored_clips.ts';

const SIZE = 96;
let folder = '';
let clips: StoredClip[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'items-'));
  clips = await storeClips(folder, [
    { frames: 40, melColumns: 140, runs: [[0, 40]] },
    // No face in frames 12 to 14; the sound ends before the pictures do.
    {
      frames: 40,
      melColumns: 96,
      runs: [
        [0, 12],
        [15, 40],
      ],
    }, // prettier-ignore
    { frames: 4, melColumns: 40, runs: [[0, 4]] },
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

async function items(dataset: Dataset, epoch = 0): Promise<Item[]> {
  return Promise.all(Array.from({ length: dataset.length }, (_, i) => dataset.item(i, epoch)));
}

function digest(some: readonly Item[]): string {
  const hash = createHash('sha256');
  for (const item of some) for (const name of Object.keys(item).sort()) hash.update(name).update(item[name]);
  return hash.digest('hex');
}

/** Which clip and frame a BGR value comes from, as `colourOf` colours them. */
function originOf(values: Float32Array, at: number): { clip: number; frame: number; isLower: boolean } {
  const [blue, green, red] = Array.from(values.subarray(at, at + 3), (value) => Math.round(value * 255));
  const origin = { clip: Math.floor(green / 10), frame: red, isLower: green % 10 === 1 };
  expect(colourOf(origin.clip, origin.frame, origin.isLower)).toEqual([red, green, blue]);
  return origin;
}

/** The column at which a mel window `[80, 16, 1]` begins; checks all of it. */
function columnOf(window: Float32Array, clip: number): number {
  const column = window[0] - clip * 1000;
  const isThere = window.every((value, i) => value === Math.fround(melOf(clip, column + (i % 16), Math.floor(i / 16))));
  expect(isThere).toBe(true);
  return column;
}

describe('items of the generator', () => {
  it('hold a window, its lower half hidden, another window and the sound, each where it belongs', async () => {
    const dataset = new Wav2LipDataset(clips, { part: 'train', seed: 7, lead: 1 });
    expect(dataset.shapes).toEqual({
      faces: [5, SIZE, SIZE, 6],
      target: [5, SIZE, SIZE, 3],
      indiv_mels: [5, 80, 16, 1],
      mel: [80, 16, 1],
    });
    const starts = new Set<string>();
    for (let epoch = 0; epoch < 12; epoch++) {
      for (const item of await items(dataset, epoch)) {
        for (const [name, shape] of Object.entries(dataset.shapes)) expect(item[name].length).toBe(sizeOf(shape));
        const { clip, frame: start } = originOf(item.target, 0);
        const { clip: otherClip, frame: other } = originOf(item.faces, 3);
        expect(otherClip).toBe(clip);
        expect(other).not.toBe(start);
        starts.add(`${clip}/${start}`);
        for (let t = 0; t < 5; t++) {
          for (const [row, isLower] of [
            [0, false],
            [47, false],
            [48, true],
            [95, true],
          ] as const) {
            // prettier-ignore
            const pixel = (t * SIZE + row) * SIZE + 5;
            expect(originOf(item.target, pixel * 3)).toEqual({ clip, frame: start + t, isLower });
            expect(originOf(item.faces, pixel * 6 + 3)).toEqual({ clip, frame: other + t, isLower });
            const shown = item.faces.subarray(pixel * 6, pixel * 6 + 3);
            if (isLower) expect([...shown]).toEqual([0, 0, 0]);
            else expect(shown).toEqual(item.target.subarray(pixel * 3, pixel * 3 + 3));
          }
          const window = item.indiv_mels.subarray(t * 80 * 16, (t + 1) * 80 * 16);
          expect(columnOf(window, clip)).toBe(Math.floor(3.2 * (start + t - 1)));
        }
        expect(columnOf(item.mel, clip)).toBe(Math.floor(3.2 * start));
      }
    }
    // Each start with a face, 1 frame before and the sound to the end, and no other: in clip 1 the 96 columns of
    // sound last for windows up to frame 25.
    const range = (clip: number, from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => `${clip}/${from + i}`);
    const all = [...range(0, 1, 35), ...range(1, 1, 7), ...range(1, 15, 22)];
    expect([...starts].filter((start) => !all.includes(start))).toEqual([]);
    expect(starts.size).toBeGreaterThan(0.8 * all.length);
  });

  it('are decided by seed, epoch and number in training, and by the number alone otherwise', async () => {
    const train = (seed: number) => new Wav2LipDataset(clips, { part: 'train', seed });
    expect(digest([await train(3).item(4, 2)])).toBe(digest([await train(3).item(4, 2)]));
    const first = (item: Item) => [item.target[0], item.faces[3], item.target[1]].join();
    const drawn = async (seed: number, epoch: number) => (await items(train(seed), epoch)).map(first).join(';');
    expect(new Set([await drawn(3, 0), await drawn(3, 1), await drawn(4, 0)]).size).toBe(3);
    const val = (seed: number, epoch: number) => items(new Wav2LipDataset(clips, { part: 'val', seed }), epoch);
    expect(digest(await val(3, 0))).toBe(digest(await val(4, 5)));
  });

  it('come smaller, in another number, with another lead, and from a part of a clip', async () => {
    const small = new Wav2LipDataset(clips, { part: 'val', seed: 1, size: 48, limit: 3 });
    expect(small.length).toBe(3);
    for (const item of await items(small)) {
      expect(item.faces.length).toBe(5 * 48 * 48 * 6);
      const { clip, frame } = originOf(item.target, 0);
      expect(originOf(item.target, 47 * 48 * 3)).toEqual({ clip, frame, isLower: true });
      expect(columnOf(item.indiv_mels.subarray(0, 80 * 16), clip)).toBe(Math.floor(3.2 * frame));
    }
    const late = new Wav2LipDataset([clips[0].between(20, 32)], { part: 'train', seed: 1 });
    for (const item of await items(late)) {
      expect(originOf(item.target, 0).frame).toBeGreaterThanOrEqual(20);
      expect(originOf(item.target, item.target.length - 3).frame).toBeLessThan(32);
      expect(originOf(item.faces, item.faces.length - 3).frame).toBeLessThan(32);
    }
    expect(() => new Wav2LipDataset([clips[2]], { part: 'val', seed: 1 })).toThrow(/val part is empty/);
  });
});

describe('items of the expert', () => {
  it('hold the lower halves of five frames and sound that is theirs or not, as the label says', async () => {
    const dataset = new SyncNetDataset(clips, { part: 'train', seed: 7 });
    expect(dataset.shapes).toEqual({ faces: [48, SIZE, 15], mel: [80, 16, 1], label: [1] });
    const labels: number[] = [];
    for (let epoch = 0; epoch < 8; epoch++) {
      for (const { faces, mel, label } of await items(dataset, epoch)) {
        const { clip, frame, isLower } = originOf(faces, 0);
        expect(isLower).toBe(true);
        for (const pixel of [0, 48 * SIZE - 1]) {
          for (let t = 0; t < 5; t++)
            expect(originOf(faces, pixel * 15 + 3 * t)).toEqual({ clip, frame: frame + t, isLower: true });
        }
        expect(columnOf(mel, clip) === Math.floor(3.2 * frame)).toBe(label[0] === 1);
        labels.push(label[0]);
      }
    }
    const inSync = labels.filter((label) => label === 1).length / labels.length;
    expect(inSync).toBeGreaterThan(0.35);
    expect(inSync).toBeLessThan(0.65);
    const val = await items(new SyncNetDataset(clips, { part: 'val', seed: 7 }));
    expect(val.map(({ label }) => label[0])).toEqual(val.map((_, i) => (i % 2 === 0 ? 1 : 0)));
  });
});

describe('batches', () => {
  const numbered: Dataset = {
    part: 'train',
    length: 10,
    shapes: { value: [2] },
    item: async (index, epoch) => ({ value: Float32Array.of(index, epoch) }),
  };
  const values = async (options: Parameters<typeof batches>[1]) => {
    const all: number[][] = [];
    for await (const { size, arrays } of batches(numbered, options)) {
      expect(arrays.value.shape).toEqual([size, 2]);
      all.push(Array.from({ length: size }, (_, i) => arrays.value.data[2 * i]));
    }
    expect(all.length).toBe(batchCount(numbered, options) - (options.skip ?? 0));
    return all;
  };

  it('hold every item once an epoch, in an order of their own that a resumed run continues', async () => {
    expect(await values({ batchSize: 4 })).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]); // prettier-ignore
    expect((await values({ batchSize: 4, dropLast: true })).length).toBe(2);
    expect(await values({ batchSize: 16, dropLast: true })).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    const first = await values({ batchSize: 4, shuffleSeed: 5, epoch: 1 });
    expect(first.flat()).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(first.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await values({ batchSize: 4, shuffleSeed: 5, epoch: 1, skip: 1 })).toEqual(first.slice(1));
    expect(await values({ batchSize: 4, shuffleSeed: 5, epoch: 2 })).not.toEqual(first);
  });
});
