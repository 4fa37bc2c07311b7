import type { VideoFrame } from '../../../media/frame.ts';
import type { Sound } from '../../../media/media_platform.ts';
import { Random } from '../../../utils/random.ts';
import { seedOf } from '../../../utils/seed.ts';
import { drawHead, type HeadPose } from './head.ts';
import { type HeadLandmarks, headLandmarks } from './landmarks.ts';
import { randomLook } from './look.ts';
import { randomMotion } from './motion.ts';
import { randomSentence } from './sentence.ts';
import { type SpeechOptions, speak } from './voice.ts';

export interface DrawnClipOptions {
  /** The person: look and voice. */
  readonly speakerSeed: number;
  /** What is said, and how the head moves. */
  readonly clipSeed: number;
  readonly seconds: number;
  readonly frameRate: number;
  /** Pixels along a side of the pictures. */
  readonly side: number;
}

/** What is known about a drawn clip. */
export interface DrawnTruth {
  /** One for each frame. */
  readonly frames: readonly { readonly pose: HeadPose; readonly landmarks: HeadLandmarks }[];
  /** What is said when, in s. */
  readonly phonemes: readonly { readonly name: string; readonly start: number; readonly end: number }[];
}

/** A person who talks, drawn and spoken from seeds: the same on every machine. */
export interface DrawnClip {
  readonly sound: Sound;
  readonly truth: DrawnTruth;
  frames(): AsyncIterable<VideoFrame>;
}

export function drawnClip({ speakerSeed, clipSeed, seconds, frameRate, side }: DrawnClipOptions): DrawnClip {
  const look = randomLook(speakerSeed);
  const voice = randomVoice(speakerSeed);
  const random = new Random(seedOf(clipSeed, 'sentence'));
  const speech = speak(randomSentence(random, seconds, voice.rate), { ...voice, seed: clipSeed });
  const motion = randomMotion(clipSeed);
  const frames = Array.from({ length: Math.round(seconds * frameRate) }, (_, index) => {
    // What is seen of a frame is what happens in its middle.
    const time = (index + 0.5) / frameRate;
    const pose = { ...motion(time), ...speech.mouthAt(time) };
    return { pose, landmarks: headLandmarks(side, pose, look) };
  });
  return {
    sound: recorded(speech, seconds, random),
    truth: { frames, phonemes: speech.segments.map(({ name, start, end }) => ({ name, start, end })) },
    async *frames() {
      for (const [index, { pose }] of frames.entries()) {
        yield { ...drawHead(side, pose, look), index, timestamp: index / frameRate };
      }
    },
  };
}

function randomVoice(seed: number): SpeechOptions & { rate: number } {
  const random = new Random(seedOf(seed, 'voice'));
  // From low voices of long throats to high ones of short throats.
  const height = random.next();
  return {
    pitch: 90 * 2.3 ** height * (0.93 + 0.14 * random.next()),
    formantScale: 0.95 + 0.2 * height + 0.06 * (random.next() - 0.5),
    rate: 0.8 + 0.3 * random.next(),
    breath: 0.6 + 0.8 * random.next(),
  };
}

/** As a microphone gives it: not always equally loud, with a little noise; as long as the video. */
function recorded({ samples, sampleRate }: Sound, seconds: number, random: Random): Sound {
  const gain = 0.5 + 0.6 * random.next();
  const noise = 10 ** (-3.2 + 0.9 * random.next());
  const recording = new Float32Array(Math.round(seconds * sampleRate));
  for (let i = 0; i < recording.length; i++) {
    recording[i] = gain * (samples[i] ?? 0) + noise * (random.next() * 2 - 1);
  }
  return { samples: recording, sampleRate };
}
