import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName } from '../../../lib/backend/backend.ts';
import type { ParityCase } from '../../../lib/evaluate/parity/parity_case.ts';
import { canRunParityCase, runParityCase } from '../../../lib/evaluate/parity/run_parity_case.ts';
import { hasReference, referenceBlob, referenceTensors } from './reference.ts';
import { startTestBackend } from './test_backends.ts';

/**
 * Cases a backend runs in a page. WebGPU is rendered in software here, where a picture takes the generator 15 s;
 * the discriminator, S3FD, the lip SyncNet and the generator's longer cases are left to the other backends.
 */
const cases: Partial<Record<BackendName, string[]>> = {
  webgpu: ['wav2lip/wav2lip-generator-single', 'wav2lip/wav2lip-expert-syncnet', 'syncnet/syncnet-v2-audio'],
  wasm: [
    'wav2lip/wav2lip-generator-single',
    'wav2lip/wav2lip-disc-qual',
    'wav2lip/wav2lip-expert-syncnet',
    'syncnet/syncnet-v2-audio',
    's3fd/s3fd',
  ],
};

describe.skipIf(!hasReference).each(Object.entries(cases))('recorded reference outputs on %s', (backend, names) => {
  beforeAll(async () => {
    await startTestBackend(backend as BackendName);
  });

  it.each(names)('%s', { timeout: 600_000 }, async (name) => {
    const path = `parity/cases/${name}`;
    const parityCase: ParityCase = JSON.parse(await (await referenceBlob(`${path}.json`)).text());
    expect(canRunParityCase(parityCase)).toBe(true);
    const { worst } = await runParityCase(parityCase, await referenceTensors(`${path}.safetensors`));
    console.log(`${name} on ${backend}: ${worst.difference.toExponential(1)} (${worst.name})`);
    expect(worst.bound).toBeLessThanOrEqual(backend === 'webgpu' ? 1e-3 : 1e-4);
    expect(worst.difference).toBeLessThanOrEqual(worst.bound);
  });
});
