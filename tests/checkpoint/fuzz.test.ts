import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { openCheckpoint } from '../../lib/checkpoint/open_checkpoint.ts';
import { encodeSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { memoryStateDict } from '../../lib/checkpoint/state_dict.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { dict, floats, int, tensor, torchLegacy, torchZip, unicode } from './archives.ts';

/** Random whole numbers below `limit`, the same ones every time (mulberry32). */
function randomIntegers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, ...'(.0RbcehijopqtuQX]})\x81\x85\x87\x93\x94'].map((byte) =>
  typeof byte === 'string' ? byte.charCodeAt(0) : byte,
);

/** Up to eight changes: bytes replaced, taken out, put in, or copied from elsewhere. */
function mutate(original: Uint8Array, random: (limit: number) => number): Uint8Array {
  const bytes = [...original];
  for (let changes = 1 + random(8); changes > 0 && bytes.length > 0; changes--) {
    const at = random(bytes.length);
    const value = random(2) ? random(256) : INTERESTING[random(INTERESTING.length)];
    const how = random(8);
    if (how < 5) bytes[at] = value;
    else if (how === 5) bytes.splice(at, 1 + random(4));
    else if (how === 6) bytes.splice(at, 0, value);
    else bytes.splice(at, 8, ...bytes.slice(random(bytes.length)).slice(0, 8));
  }
  return Uint8Array.from(bytes);
}

const contents = dict({
  state_dict: dict({
    'module.a': tensor('0', 4, [2, 2], { strides: [1, 2] }),
    'module.b': tensor('1', 3, [3], { type: 'HalfStorage' }),
  }),
  args: `cargparse\nNamespace\n)\x81${dict({ lr: int(3) })}b`,
  optimizer: dict({ state: '}', param_groups: `](${unicode('x')}e` }),
});
const storages = { 0: floats(1, 2, 3, 4), 1: new Uint8Array(6) };

describe('damaged files, 3000 of each format', () => {
  it.each([
    ['zip', async () => torchZip(contents, storages)],
    ['deflated zip', async () => torchZip(contents, storages, { deflate: true })],
    ['legacy', async () => torchLegacy(contents, { 0: [4, storages[0]], 1: [3, storages[1]] })],
    [
      'safetensors',
      () =>
        encodeSafetensors(
          memoryStateDict(
            new Map([
              ['a', { dtype: 'F32' as const, shape: [2, 2], bytes: storages[0] }],
              ['b', { dtype: 'F16' as const, shape: [3], bytes: storages[1] }],
            ]),
          ),
          { epoch: '3' },
        ),
    ],
  ])(
    '%s: open, or end in one UserError',
    async (_, make) => {
      const original = await make();
      const random = randomIntegers(20231);
      let refused = 0;
      for (let round = 0; round < 3000; round++) {
        const bytes = mutate(original, random);
        try {
          const checkpoint = await openCheckpoint(bytesSource(bytes, 'fuzzed'));
          for (const [name, { shape }] of checkpoint.entries) {
            const tensor = await checkpoint.read(name);
            expect(tensor.shape).toEqual(shape);
          }
          JSON.stringify([checkpoint.metadata, checkpoint.groups]);
        } catch (error) {
          if (!(error instanceof UserError)) throw new Error(`round ${round}`, { cause: error });
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(300);
      expect(refused).toBeLessThan(3000);
    },
    60_000,
  );
});
