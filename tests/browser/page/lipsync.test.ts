import { expect, it } from 'vitest';
import * as tf from '../../../lib/backend/tf.ts';
import { browserMedia } from '../../../lib/media/browser/browser_media.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { Wav2LipAnimator } from '../../../lib/model/audio_driven_talkingface/wav2lip/animator.ts';
import { Wav2LipGenerator } from '../../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { lipsync, lipsyncDefaults } from '../../../lib/quick_start/lipsync.ts';
import { BuiltInDetector } from '../../../lib/utils/face_detection/built_in_detector.ts';
import { Random } from '../../../lib/utils/random.ts';
import { repositoryFile } from './files.ts';
import { startTestBackend } from './test_backends.ts';

it('the whole of lipsync runs in a page', async () => {
  await startTestBackend('wasm', { threads: 2 });
  const { samples } = await browserMedia.readSound(await repositoryFile('demo/assets/voice.wav'), 16000);
  const voice = encodeWav({ samples: samples.slice(0, 0.6 * 16000), sampleRate: 16000 });
  const generator = new Wav2LipGenerator();
  generator.initialize(new Random(1));
  const animator = new Wav2LipAnimator(generator.prepare({ release: true }));
  const detector = await BuiltInDetector.load(async (name) => {
    const file = await repositoryFile(`node_modules/@vladmandic/human/models/${name}`);
    return new Uint8Array(await file.arrayBuffer());
  });
  const tensors = tf.memory().numTensors;
  const progress: number[] = [];
  const result = await lipsync(
    {
      ...lipsyncDefaults,
      face: await repositoryFile('demo/assets/face.mp4'),
      audio: new Blob([voice as BlobPart]),
      output: 'out.mp4',
      batchSize: 4,
    },
    { media: browserMedia, loadModels: async () => ({ animator, detector }) },
    { onProgress: (done) => progress.push(done) },
  );
  expect(tf.memory().numTensors).toBe(tensors);
  animator.dispose();
  detector.dispose();

  expect(result.missingFaces).toEqual([]);
  expect(result.frames / result.frameRate).toBeCloseTo(0.6, 0);
  expect(progress).toEqual(Array.from({ length: result.frames + 1 }, (_, i) => i));
  const reader = await browserMedia.openVideo(result.output);
  expect([reader.width, reader.height, reader.frameRate]).toEqual([result.width, result.height, result.frameRate]);
  let frames = 0;
  for await (const _ of reader.frames()) frames++;
  expect(frames).toBe(result.frames);
  expect((await browserMedia.readSound(result.output, 16000)).samples.length).toBeGreaterThan(0.4 * 16000);
});
