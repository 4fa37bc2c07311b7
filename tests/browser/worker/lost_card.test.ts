import { afterEach, expect, it } from 'vitest';
import { createTalkingFace, type TalkingFace, type TalkingFaceOptions, type WorkerMemory } from '../../../lib/index.ts';
import { shortClip, takeAll, tinyWeights } from './clips.ts';

const open: TalkingFace[] = [];
afterEach(() => Promise.all(open.splice(0).map((face) => face.dispose())));

async function start(options: TalkingFaceOptions): Promise<TalkingFace> {
  const face = await createTalkingFace(options);
  open.push(face);
  await face.fromPretrained(await tinyWeights());
  return face;
}

it('goes on when the graphics card is taken away, and on the processor when it does not come back', async () => {
  let worker!: Worker;
  const notices: string[] = [];
  const lost = await start({
    backend: 'webgpu',
    worker: () => {
      worker = new Worker(new URL('./losing_worker.ts', import.meta.url), { type: 'module' });
      return worker;
    },
    onNotice: ({ kind, message }) => notices.push(`${kind}: ${message}`),
  });
  // Rendered in software here, so few frames.
  const options = { box: [60, 320, 80, 300], batchSize: 1, format: 'imagedata' } as const;
  const held: WorkerMemory[] = [];
  for (let session = 0; session < 3; session++) {
    await lost.fromPretrained(await tinyWeights());
    await takeAll(lost.animate(await shortClip(0.25), options));
    held.push(await lost.memory());
  }
  expect(held[0].gpuBytes).toBeGreaterThan(held[0].bytes);
  expect(held).toEqual([held[0], held[0], held[0]]);

  const short = await shortClip(0.5);
  const plain = await start({ backend: 'wasm', threads: 1 });
  const expected = await takeAll(plain.animate(short, options));
  expect(expected.length).toBeGreaterThan(5);
  const found: typeof expected = [];
  const backends: string[] = [];
  for await (const frame of lost.animate(short, options)) {
    found.push(frame);
    backends.push(lost.backend.name);
    if (frame.index === 0) worker.postMessage('lose the device');
    // Three are made ahead.
    if (frame.index === 4) worker.postMessage('lose the card');
  }
  expect(notices).toEqual([
    expect.stringMatching(/^device-lost: .* goes on with webgpu/),
    expect.stringMatching(/^device-lost: .* goes on with wasm/),
  ]);
  expect([backends[4], lost.backend.name]).toEqual(['webgpu', 'wasm']);
  expect(found.length).toBe(expected.length);
  for (const [i, { picture }] of found.entries()) {
    const other = expected[i].picture.data;
    const difference = picture.data.reduce((largest, value, at) => Math.max(largest, Math.abs(value - other[at])), 0);
    expect(difference).toBeLessThanOrEqual(2);
  }
  expect(await lost.memory()).toEqual(await plain.memory());
});
