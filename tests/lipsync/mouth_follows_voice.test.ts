import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mouthReport } from '../../node-harness/mouth_report.ts';

it('the bundled weights open the mouth when the voice does, and not for another voice', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'talkingface-mouth-'));
  try {
    const { frames, correlation, shuffledCorrelation } = await mouthReport(folder);
    expect(frames).toBeGreaterThan(150);
    expect(correlation).toBeGreaterThan(0.7);
    expect(shuffledCorrelation).toBeLessThan(0.4);
  } finally {
    await rm(folder, { recursive: true });
  }
});
