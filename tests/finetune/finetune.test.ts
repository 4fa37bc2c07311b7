import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import { encodeSafetensors } from '../../lib/checkpoint/safetensors.ts';
import { memoryStateDict } from '../../lib/checkpoint/state_dict.ts';
import { drawnClip } from '../../lib/data/dataprocess/synthetic/speaker.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { encodeWav } from '../../lib/media/wav.ts';
import { Wav2LipGenerator } from '../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { withWeights } from '../../lib/model/weights_file.ts';
import { pageSettings } from '../../lib/quick_start/finetune/settings.ts';
import { type FinetuneControl, type FinetuneSettings, finetune, finetuneKeys } from '../../lib/quick_start/finetune.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import { Random } from '../../lib/utils/random.ts';
import { metricResources } from '../../node-harness/metric_resources.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';
import { nodeFiles } from '../../node-harness/platform/file_store.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { runConfig } from '../../node-harness/run_config.ts';
import { availableBackends, startTestBackend } from '../backends.ts';

const side = 128;
const frameRate = 25;
let folder = '';
let weights = '';
let speaker = '';
let detector: BuiltInDetector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finetune-'));
  await startTestBackend(availableBackends()[0]);
  detector = await BuiltInDetector.load(readFaceModel);
  const generator = new Wav2LipGenerator(0.125).initialize(new Random(3));
  weights = join(folder, 'first.safetensors');
  await writeFile(weights, await encodeSafetensors(generator.stateDict()));
  generator.dispose();
  const clip = drawnClip({ speakerSeed: 4, clipSeed: 5, seconds: 6, frameRate, side });
  speaker = await record('speaker.mp4', clip.frames(), clip.sound.samples);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a video as a camera would. */
async function record(name: string, frames: AsyncIterable<Frame> | Iterable<Frame>, samples?: Float32Array) {
  const path = join(folder, name);
  const audio = samples && new Blob([encodeWav({ samples, sampleRate: 16000 }) as BlobPart]);
  const video = await nodeMedia.createVideo(path, { width: side, height: side, frameRate, audio });
  for await (const frame of frames) await video.write(frame);
  await video.finish();
  return path;
}

async function settingsOf(...tokens: string[]): Promise<FinetuneSettings> {
  const config = await runConfig({ model: 'wav2lip', task: 'finetune' }, tokens);
  return Object.fromEntries(finetuneKeys.map((key) => [key, config.get(key)])) as unknown as FinetuneSettings;
}

const few = ['--steps=14', '--batch_size=2', '--warmup_steps=2', '--ema=null', '--learning_rate=3e-3'];

async function run(name: string, video: string, tokens: string[] = few, control: FinetuneControl = {}) {
  const config = await runConfig({ model: 'wav2lip', task: 'finetune' }, []);
  return finetune(
    { video, folder: join(folder, name), settings: await settingsOf(...tokens) },
    {
      media: nodeMedia,
      files: nodeFiles,
      withWeights: (use) => withWeights(nodeFiles, weights, use),
      loadDetector: async () => detector,
      mouthLandmarks: metricResources(config, async () => {}).mouthLandmarks,
    },
    control,
  );
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('fine-tuning', () => {
  it('learns a speaker, and goes on after a stop as if nothing had been', { timeout: 240_000 }, async () => {
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    const previews: Frame[] = [];
    const whole = await run('whole', speaker, few, {
      onProgress: (progress) => losses.push(progress.losses.loss),
      onValidation: (_, pictures) => previews.push(pictures!),
    });
    expect(whole.steps).toBe(14);
    expect(mean(losses.slice(-3))).toBeLessThan(0.85 * mean(losses.slice(0, 3)));
    // The first and the last validation, a row a face: as shown, an example, as drawn, and the truth.
    expect(previews.map(({ width, height }) => [width, height])).toEqual([
      [4 * 96, 2 * 96],
      [4 * 96, 2 * 96],
    ]);
    expect(previews[1].data).not.toEqual(previews[0].data);
    const resultOf = (name: string) => readFile(join(folder, name, 'last/model.safetensors'), 'base64');
    expect(await resultOf('whole')).not.toBe(await readFile(weights, 'base64'));

    const stop = new AbortController();
    const stopped = new Error('stopped');
    const resumed: number[] = [];
    const control: FinetuneControl = {
      onProgress: ({ step, losses: { loss } }) => {
        resumed.push(loss);
        if (step === 4) stop.abort(stopped);
      },
    };
    await expect(run('parts', speaker, few, { ...control, signal: stop.signal })).rejects.toBe(stopped);
    const prepared: number[] = [];
    await run('parts', speaker, few, { ...control, onPrepare: (done) => prepared.push(done) });
    // The faces are found once.
    expect(prepared).toEqual([]);
    expect(resumed).toEqual(losses);
    expect(await resultOf('parts')).toBe(await resultOf('whole'));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('begins anew with another recording', { timeout: 120_000 }, async () => {
    const other = drawnClip({ speakerSeed: 7, clipSeed: 8, seconds: 5, frameRate, side });
    const video = await record('other.mp4', other.frames(), other.sound.samples);
    const steps: number[] = [];
    const control = { onProgress: ({ step }: { step: number }) => steps.push(step) };
    await run('parts', video, ['--steps=2', '--batch_size=2'], control);
    expect(steps).toEqual([1, 2]);
  });

  it.each([
    ['for each frame', 50, [265, 270]],
    ['for a short recording too', 25, [200, 200]],
  ])('takes enough steps %s', { timeout: 120_000 }, async (_, fps, [least, most]) => {
    const stop = new AbortController();
    const totals: number[] = [];
    const onProgress: FinetuneControl['onProgress'] = ({ totalSteps }) => {
      totals.push(totalSteps);
      stop.abort();
    };
    const tokens = [`--fps=${fps}`, '--batch_size=2'];
    await expect(run(`steps-${fps}`, speaker, tokens, { onProgress, signal: stop.signal })).rejects.toThrow('aborted');
    // Of 6 s a tenth chooses the best weights; the last faces lack some of their 0.2 s of sound.
    expect(totals).toHaveLength(1);
    expect(totals[0]).toBeGreaterThanOrEqual(least);
    expect(totals[0]).toBeLessThanOrEqual(most);
  });

  it('is tested on what was kept from it', { timeout: 120_000 }, async () => {
    const { test, first, best } = await run('test', speaker, ['--steps=1', '--batch_size=2', '--test_fraction=0.3']);
    // 6 s less those of which the sound ends before its window of 0.2 s.
    expect(test!.frames).toBeGreaterThan(0.3 * 150 - 6);
    expect(test!.frames).toBeLessThanOrEqual(0.3 * 150);
    expect(first.step).toBe(0);
    expect(best.losses.loss).toBeLessThanOrEqual(first.losses.loss);
    for (const { psnr, ssim } of [test!.closed, test!.average]) {
      // Pictures of the very person are nearer than what a network draws that has learned nothing.
      expect(psnr).toBeGreaterThan(test!.before.psnr + 3);
      expect(ssim).toBeGreaterThan(test!.before.ssim);
    }
    expect(test!.average.psnr).toBeGreaterThan(test!.closed.psnr);
    expect((await nodeMedia.openVideo(join(folder, 'test/test.png'))).width).toBe(9 * 96);
  });
});

describe('what cannot be learned from', () => {
  const voice = () => Float32Array.from({ length: 16000 }, (_, i) => Math.sin(i / 10) / 4);
  const flat = (frames: number): Frame[] =>
    Array.from({ length: frames }, () => ({
      data: new Uint8Array(side * side * 3).fill(90),
      width: side,
      height: side,
    }));
  const few = (seconds: number) => drawnClip({ speakerSeed: 4, clipSeed: 5, seconds, frameRate, side });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'no face',
      () => record('flat.mp4', flat(10), voice()),
      /flat\.mp4 cannot be learned from: A face is seen in 0 of 10 frames, never in 6 in a row\.$/,
    ],
    [
      'no sound track',
      () => record('mute.mp4', few(1).frames()),
      /mute\.mp4 cannot be learned from: .*mute\.mp4 has no sound track; use a file with sound\.$/,
    ],
    [
      'silence',
      () => record('silent.mp4', few(1).frames(), new Float32Array(16000)),
      /silent\.mp4 cannot be learned from: It is silent; check the microphone and record again\.$/,
    ],
    [
      'a moment',
      () => record('short.mp4', few(2).frames(), few(2).sound.samples),
      /short\.mp4 shows a face with sound for 1\.[89] s, and at least 4 s are needed; record 20 to 60 s\.$/,
    ],
  ])('%s', async (_, make, sentence) => {
    const error: unknown = await run('refused', await make()).catch((reason) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(sentence);
  });

  it('another network', async () => {
    const mine = weights;
    weights = join(folder, 'other.safetensors');
    await writeFile(weights, await encodeSafetensors(memoryStateDict(new Map())));
    await expect(run('refused', speaker)).rejects.toThrow(/These are no weights of Wav2Lip's generator/);
    weights = mine;
  });
});

describe('settings', () => {
  it('of a page are those of the command line', async () => {
    const { checkpoint_interval, ...others } = await settingsOf();
    const { checkpoint_interval: inPages, ...same } = pageSettings;
    expect(same).toEqual(others);
    expect(inPages).toBeLessThan(checkpoint_interval);
  });
});
