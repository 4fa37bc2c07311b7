import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../../lib/checkpoint/safetensors.ts';
import { openBrowserFiles } from '../../../lib/data/browser/browser_files.ts';
import { drawnClip } from '../../../lib/data/dataprocess/synthetic/speaker.ts';
import { writeFile } from '../../../lib/data/file_store.ts';
import { browserMedia } from '../../../lib/media/browser/browser_media.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { Wav2LipGenerator } from '../../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { Random } from '../../../lib/utils/random.ts';
import { createTalkingFace } from '../../../lib/worker/create_talking_face.ts';
import type { FinetuneOptions, FinetuneStep, TalkingFace } from '../../../lib/worker/types.ts';
import { startTestBackend } from '../page/test_backends.ts';

const open = new Set<TalkingFace>();
let weights: Blob;
let recording: Blob;
let voice: Blob;

beforeAll(async () => {
  await startTestBackend('wasm', { threads: 1 });
  const generator = new Wav2LipGenerator(0.125).initialize(new Random(3));
  weights = new File([(await encodeSafetensors(generator.stateDict())) as BlobPart], 'first.safetensors');
  generator.dispose();
  const clip = drawnClip({ speakerSeed: 4, clipSeed: 5, seconds: 5, frameRate: 25, side: 128 });
  const audio = new Blob([encodeWav(clip.sound) as BlobPart]);
  voice = new Blob([encodeWav({ samples: clip.sound.samples.slice(0, 6400), sampleRate: 16000 }) as BlobPart]);
  const video = await browserMedia.createVideo('me.mp4', { width: 128, height: 128, frameRate: 25, audio });
  for await (const frame of clip.frames()) await video.write(frame);
  recording = (await video.finish()) as Blob;
});

afterEach(async () => {
  for (const face of open) await face.dispose();
  open.clear();
});

async function start(): Promise<TalkingFace> {
  const face = await createTalkingFace({ backend: 'wasm', threads: 1 });
  open.add(face);
  await face.fromPretrained(weights);
  return face;
}

/** The pixels of the first frame that the face speaks. */
async function firstFrame(face: TalkingFace): Promise<Uint8ClampedArray> {
  for await (const { picture } of face.animate({ face: recording, audio: voice }, { format: 'imagedata' })) {
    return picture.data;
  }
  throw new Error('There is no frame.');
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('fine-tuning in a page', () => {
  it('lowers the loss, changes the result, and goes on after the page was closed', { timeout: 600_000 }, async () => {
    const steps: FinetuneStep[] = [];
    const previews: { step: number; size: number[] }[] = [];
    const prepared: number[] = [];
    const options: FinetuneOptions = {
      steps: 10,
      onPrepare: (done) => prepared.push(done),
      onStep: (step) => steps.push(step),
      onPreview({ step, picture }) {
        previews.push({ step, size: [picture.width, picture.height] });
        picture.close();
      },
    };
    const face = await start();
    const before = await firstFrame(face);
    const { tensors } = await face.memory();
    const result = await face.finetune(recording, { ...options, id: 'whole', restart: true });
    const losses = steps.map(({ loss }) => loss);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    expect(mean(losses.slice(-3))).toBeLessThan(0.9 * mean(losses.slice(0, 3)));
    expect(prepared.length).toBeGreaterThan(100);
    expect(previews.map(({ step }) => step)).toEqual([0, 10]);
    expect(result.steps).toBe(10);
    expect((await face.memory()).tensors).toBe(tensors);
    expect(face.model?.name).toBe('whole.safetensors');
    expect(await firstFrame(face)).not.toEqual(before);

    // Paused, then closed in the middle of a step; what comes after must be what would have come.
    const pause = new AbortController();
    const parts: number[] = [];
    const onStep = ({ step, loss }: FinetuneStep): void => {
      parts[step] = loss;
      if (step === 4) pause.abort(new Error('paused'));
    };
    const again = { ...options, id: 'parts', onStep };
    const second = await start();
    await expect(second.finetune(recording, { ...again, signal: pause.signal, restart: true })).rejects.toThrow(
      'paused',
    );
    const closed = second.finetune(recording, {
      ...again,
      onStep: (step) => {
        if (step.step === 6) void second.dispose();
      },
    });
    await expect(closed).rejects.toMatchObject({ name: 'AbortError' });
    const third = await start();
    prepared.length = 0;
    const resumed = await third.finetune(recording, again);
    expect(prepared).toEqual([]);
    expect(parts.slice(1)).toEqual(losses);
    expect(await resumed.weights.text()).toBe(await result.weights.text());
  });

  it('says what is wrong with a clip', async () => {
    const face = await start();
    await expect(face.finetune(new File(['no video'], 'me.mp4'))).rejects.toThrow(/^me\.mp4 cannot be learned from: /);
  });
});

describe('the files of a page', () => {
  const text = async (blob: Uint8Array | undefined) => blob && new TextDecoder().decode(blob);

  it('are kept, listed, renamed with all in a folder, and removed', async () => {
    const files = await openBrowserFiles('test');
    await files.remove('a');
    await writeFile(files, 'a/b/one.txt', 'one');
    await writeFile(files, 'a/b/c/two.txt', 'two');
    await writeFile(files, 'a.txt', 'beside');
    await files.append('a/b/one.txt', new TextEncoder().encode('!'));
    expect(await files.list('a/b')).toEqual([
      { name: 'c', isFolder: true },
      { name: 'one.txt', isFolder: false },
    ]);
    await files.rename('a/b', 'a/d');
    expect(await files.list('a')).toEqual([{ name: 'd', isFolder: true }]);
    expect(await text(await files.read('a/d/one.txt'))).toBe('one!');
    const two = await files.open('a/d/c/two.txt');
    expect(await text(await two.read(1, 2))).toBe('wo');
    await files.rename('a/d/one.txt', 'a/three.txt');
    expect(await files.read('a/d/one.txt')).toBeUndefined();

    const writer = await files.create('a/three.txt');
    await writer.write(new Uint8Array(3));
    expect(await text(await files.read('a/three.txt'))).toBe('one!');
    await writer.abort();
    await files.remove('a');
    expect(await files.list('a')).toEqual([]);
    expect(await text(await files.read('a.txt'))).toBe('beside');
    await expect(files.open('a/three.txt')).rejects.toThrow("There is no file a/three.txt in the browser's storage.");
  });
});
