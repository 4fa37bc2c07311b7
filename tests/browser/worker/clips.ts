import { encodeSafetensors } from '../../../lib/checkpoint/safetensors.ts';
import { encodeWav } from '../../../lib/media/wav.ts';
import { Wav2LipGenerator } from '../../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { Random } from '../../../lib/utils/random.ts';
import type { AnimatedFrame, Clip, FrameFormat } from '../../../lib/worker/types.ts';
import { repositoryFile } from '../page/files.ts';
import { startTestBackend } from '../page/test_backends.ts';

/** Random weights of a generator with a sixteenth of the paper's channels, as a file. */
export async function tinyWeights(seed = 1): Promise<File> {
  await startTestBackend('wasm');
  const generator = new Wav2LipGenerator(1 / 16).initialize(new Random(seed));
  const bytes = await encodeSafetensors(generator.stateDict());
  generator.dispose();
  return new File([bytes as BlobPart], 'tiny.safetensors');
}

/** The drawn face of the demo, and a voice of so many seconds: a tone that comes and goes. */
export async function shortClip(seconds: number): Promise<Clip> {
  const samples = Float32Array.from(
    { length: seconds * 16000 },
    (_, i) => 0.5 * Math.sin(i / 8) * Math.sin(i / 900) ** 2,
  );
  return {
    face: await repositoryFile('demo/assets/face.mp4'),
    audio: new File([encodeWav({ samples, sampleRate: 16000 }) as BlobPart], 'voice.wav'),
  };
}

/** All frames, with their pictures closed. */
export async function takeAll<Format extends FrameFormat>(frames: AsyncIterable<AnimatedFrame<Format>>) {
  const taken: AnimatedFrame<Format>[] = [];
  for await (const frame of frames) {
    if ('close' in frame.picture) frame.picture.close();
    taken.push(frame);
  }
  return taken;
}
