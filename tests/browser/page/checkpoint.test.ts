import { describe, expect, it } from 'vitest';
import { blobSource } from '../../../lib/checkpoint/blob_source.ts';
import { toFloat32 } from '../../../lib/checkpoint/dtypes.ts';
import { openCheckpoint } from '../../../lib/checkpoint/open_checkpoint.ts';
import { UserError } from '../../../lib/utils/errors.ts';
import { hasReference, referenceBlob, referenceTensors } from './reference.ts';

async function open(name: string) {
  return openCheckpoint(blobSource(await referenceBlob(`parity/pth/${name}`), name));
}

describe.skipIf(!hasReference)('checkpoints picked in a page', () => {
  it.each(['mixed-zip.pth', 'mixed-bare-zip.pth', 'mixed-legacy.pth'])('%s holds the recorded values', async (name) => {
    const checkpoint = await open(name);
    const expected = await referenceTensors('parity/pth/mixed-expected.safetensors');
    const names = [...expected.entries.keys()].map((path) => path.replace('module.', ''));
    expect([...checkpoint.entries.keys()].sort()).toEqual(names.sort());
    for (const entry of names)
      expect(toFloat32(await checkpoint.read(entry)), entry).toEqual(toFloat32(await expected.read(`module.${entry}`)));
  });

  it.each(['evil-zip.pth', 'evil-legacy.pth', 'truncated-zip.pth', 'truncated-legacy.pth'])(
    '%s is refused in a sentence',
    async (name) => {
      await expect(open(name)).rejects.toThrow(UserError);
    },
  );
});
