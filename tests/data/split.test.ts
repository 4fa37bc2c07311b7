import { describe, expect, it } from 'vitest';
import type { DataSettings } from '../../lib/data/dataprocess/raw_dataset.ts';
import { splitByHash } from '../../lib/data/dataprocess/split.ts';
import { synthetic } from '../../lib/data/dataprocess/synthetic.ts';
import { parts } from '../../lib/data/dataset/dataset.ts';
import { nodeFiles } from '../../node-harness/platform/file_store.ts';

function settings(values: Record<string, unknown>): DataSettings {
  return { get: (key: string) => values[key], has: (key: string) => key in values } as DataSettings;
}

const usual = { seed: 2023, val_fraction: 0.1, test_fraction: 0.1 };
const ids = Array.from({ length: 400 }, (_, i) => `person${i % 40}/clip${i}`);

describe('a split', () => {
  it('divides the clips by the fractions, each into one part, decided by the seed', () => {
    const split = splitByHash(ids, settings(usual));
    expect(parts.flatMap((part) => split[part]).sort()).toEqual(ids.toSorted());
    expect(split.val.length).toBeGreaterThan(20);
    expect(split.val.length).toBeLessThan(65);
    expect(split.test.length).toBeGreaterThan(20);
    expect(splitByHash(ids, settings(usual))).toEqual(split);
    expect(splitByHash(ids, settings({ ...usual, seed: 1 }))).not.toEqual(split);
  });

  it('leaves a clip where it is when others come or go', () => {
    const all = splitByHash(ids, settings(usual));
    const fewer = ids.filter((_, i) => i % 3 !== 0);
    const some = splitByHash(fewer, settings(usual));
    for (const part of parts) expect(some[part]).toEqual(all[part].filter((id) => fewer.includes(id)));
  });

  it('never divides a speaker', () => {
    const speaker = (id: string) => id.split('/')[0];
    const split = splitByHash(ids, settings(usual), speaker);
    const seen = parts.map((part) => new Set(split[part].map(speaker)));
    expect(seen.reduce((sum, { size }) => sum + size, 0)).toBe(40);
    for (const { size } of seen) expect(size).toBeGreaterThan(0);
  });

  it('leaves no wanted part of a few clips empty', () => {
    for (let seed = 0; seed < 50; seed++) {
      const split = splitByHash(['a', 'b', 'c'], settings({ ...usual, seed }));
      for (const part of parts) expect(split[part].length).toBe(1);
      expect(splitByHash(['a', 'b', 'c'], settings({ ...usual, seed, test_fraction: 0 })).test).toEqual([]);
      expect(splitByHash(['a'], settings({ ...usual, seed })).train).toEqual(['a']);
    }
  });

  it('of drawn speakers gives each part its speakers', async () => {
    const drawn = settings({ ...usual, speakers: 20, clips_per_speaker: 2, preprocessed_root: 'drawn' });
    const clips = (await synthetic.clips(drawn, nodeFiles)).map(({ id }) => id);
    const split = await synthetic.split(clips, drawn, nodeFiles);
    expect(parts.map((part) => split[part].length)).toEqual([32, 4, 4]);
    expect(split.test).toEqual(['speaker000/000', 'speaker000/001', 'speaker001/000', 'speaker001/001']);
  });
});
