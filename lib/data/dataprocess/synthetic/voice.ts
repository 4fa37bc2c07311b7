import type { Sound } from '../../../media/media_platform.ts';
import { Random } from '../../../utils/random.ts';
import { type Phoneme, type PhonemeName, phonemes, stops } from './phonemes.ts';

/** A synthesised voice and what the mouth does while it speaks. */
export interface Speech extends Sound {
  /** Lips at a time in s: `open` 0 closed to 1 wide open, `wide` -1 rounded to 1 spread. */
  mouthAt(time: number): { open: number; wide: number };
  /** The sounds in order, with their times in s. */
  readonly segments: readonly { readonly name: PhonemeName; readonly start: number; readonly end: number }[];
}

export interface SpeechOptions {
  /** Hz; 16000 by default. */
  readonly sampleRate?: number;
  /** Pitch of the voice in Hz; 118 by default. */
  readonly pitch?: number;
  /** Factor on the resonances: above 1 for a shorter throat than a man's; 1 by default. */
  readonly formantScale?: number;
  /** Factor on the speed; 1 by default. */
  readonly rate?: number;
  /** Factor on the loudness of the hiss; 1 by default. */
  readonly breath?: number;
  /** Decides the hiss and the small unevenness of the pitch. */
  readonly seed?: number;
}

interface Segment {
  readonly name: PhonemeName;
  readonly phoneme: Phoneme;
  readonly start: number;
  readonly end: number;
  readonly burst: boolean;
}

/**
 * Speaks ARPABET sounds separated by blanks (`_` is a pause) with a source-filter synthesiser after Klatt,
 * "Software for a cascade/parallel formant synthesizer" (1980), much reduced: glottal pulses through three
 * resonators in a row, hiss through one. Throws for a name that is not in `phonemes`.
 */
export function speak(text: string, options: SpeechOptions = {}): Speech {
  const { sampleRate = 16000, pitch = 118, formantScale = 1, rate: speed = 1, breath = 1, seed = 1 } = options;
  const segments = layOut(text, speed);
  const duration = segments.at(-1)?.end ?? 0;
  const random = new Random(seed);
  const samples = new Float32Array(Math.round(duration * sampleRate));
  const resonators = [new Resonator(70), new Resonator(100), new Resonator(150)];
  const hiss = new Resonator(900);
  let phase = 0;
  let current = 0;
  let flutter = 0;
  for (let i = 0; i < samples.length; i++) {
    const time = i / sampleRate;
    while (current < segments.length - 1 && time >= segments[current].end) current++;
    const sound = blended(segments, current, time);
    flutter += 0.002 * (random.next() - 0.5 - flutter);
    const rate = pitch * (1.16 - 0.28 * (time / duration) + 0.07 * Math.sin(time * 5.1) + 12 * flutter);
    phase = (phase + rate / sampleRate) % 1;
    let value = sound.voicing * glottalFlow(phase);
    for (const [k, resonator] of resonators.entries()) {
      value = resonator.filter(value, sound.formants[k] * formantScale, sampleRate);
    }
    const noise = sound.hiss * breath * (random.next() * 2 - 1);
    samples[i] = value + 0.12 * hiss.filter(noise, Math.max(sound.hissFrequency, 500), sampleRate);
  }
  normalise(samples, 0.7);
  return { samples, sampleRate, segments, mouthAt: (time) => mouthAt(segments, time) };
}

function layOut(text: string, speed: number): Segment[] {
  let time = 0;
  return text
    .split(/\s+/)
    .filter((name) => name !== '')
    .map((name) => {
      const phoneme: Phoneme | undefined = phonemes[name as PhonemeName];
      if (phoneme === undefined) throw new Error(`There is no sound '${name}'.`);
      const start = time;
      time += phoneme.duration / speed;
      const known = name as PhonemeName;
      return { name: known, phoneme, start, end: time, burst: stops.has(known) };
    });
}

/** The sound at a time: that of the segment, gliding from the one before and to the one after. */
function blended(segments: readonly Segment[], index: number, time: number) {
  const { phoneme, start, end, burst } = segments[index];
  const glide = Math.min(0.045, (end - start) / 2);
  const before = segments[index - 1]?.phoneme ?? phonemes._;
  const after = segments[index + 1]?.phoneme ?? phonemes._;
  const [other, share] =
    time - start < glide
      ? [before, 0.5 - (0.5 * (time - start)) / glide]
      : [after, Math.max(0, 0.5 - (0.5 * (end - time)) / glide)];
  const mix = (a: number, b: number) => a + (b - a) * share;
  // A stop is silent while the mouth is shut and hisses for a moment when it opens.
  const sinceBurst = time - (end - 0.02);
  const closed = burst ? (sinceBurst < 0 ? 0 : Math.exp(-sinceBurst / 0.006)) : 1;
  return {
    formants: phoneme.formants.map((f, k) => mix(f, other.formants[k])),
    voicing: burst ? phoneme.voicing * 0.4 : mix(phoneme.voicing, other.voicing),
    hiss: phoneme.hiss * closed,
    hissFrequency: phoneme.hissFrequency,
  };
}

/** How long before and after a sound the lips still move with it, in s; those that must meet do it briefly. */
const SPREAD = 0.035;
const BRIEF_SPREAD = 0.025;

function mouthAt(segments: readonly Segment[], time: number): { open: number; wide: number } {
  let total = 0;
  let open = 0;
  let wide = 0;
  for (const { phoneme, start, end } of segments) {
    if (end < time - 0.2 || start > time + 0.2) continue;
    // The lips are slower than the sound: each segment counts by how near it is.
    const distance = Math.max(start - time, time - end, 0);
    // After Cohen & Massaro, "Modeling coarticulation in synthetic visual speech" (1993).
    const { dominance = 1 } = phoneme;
    const weight = dominance * Math.exp(-((distance / (dominance > 1 ? BRIEF_SPREAD : SPREAD)) ** 2));
    total += weight;
    open += weight * phoneme.open;
    wide += weight * phoneme.wide;
  }
  return total === 0 ? { open: 0, wide: 0 } : { open: open / total, wide: wide / total };
}

/** Derivative of Rosenberg's glottal pulse, for a phase of 0 to 1: slow opening, abrupt closing. */
function glottalFlow(phase: number): number {
  if (phase < 0.4) return Math.sin((Math.PI * phase) / 0.4) * 0.4;
  if (phase < 0.56) return -Math.sin((Math.PI / 2) * ((phase - 0.4) / 0.16));
  return 0;
}

/** A two-pole resonance with gain 1 at 0 Hz. */
class Resonator {
  readonly #bandwidth: number;
  #y1 = 0;
  #y2 = 0;

  /** @param bandwidth Hz */
  constructor(bandwidth: number) {
    this.#bandwidth = bandwidth;
  }

  filter(input: number, frequency: number, sampleRate: number): number {
    const radius = Math.exp((-Math.PI * this.#bandwidth) / sampleRate);
    const b = 2 * radius * Math.cos((2 * Math.PI * frequency) / sampleRate);
    const c = -radius * radius;
    const output = (1 - b - c) * input + b * this.#y1 + c * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = output;
    return output;
  }
}

function normalise(samples: Float32Array, peak: number): void {
  const largest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  for (let i = 0; i < samples.length; i++) samples[i] *= peak / largest;
}
