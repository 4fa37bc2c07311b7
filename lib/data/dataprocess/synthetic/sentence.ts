import type { Random } from '../../../utils/random.ts';
import { type PhonemeName, phonemes } from './phonemes.ts';

const vowels = ['IY', 'IH', 'EH', 'AE', 'AA', 'AO', 'UH', 'UW', 'AH', 'ER'] as const;
const consonants = (Object.keys(phonemes) as PhonemeName[]).filter(
  (name) => name !== '_' && !(vowels as readonly string[]).includes(name),
);

/** Made-up words, with pauses, that last about `seconds` at a factor `rate` on the usual speed, for `speak`. */
export function randomSentence(random: Random, seconds: number, rate: number): string {
  const sounds: PhonemeName[] = [];
  let left = seconds * rate;
  const say = (name: PhonemeName) => {
    sounds.push(name);
    left -= phonemes[name].duration;
  };
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)];
  say('_');
  while (left > 0.4) {
    for (let syllables = 1 + Math.floor(random.next() * 3); syllables > 0 && left > 0.4; syllables--) {
      if (random.next() < 0.85) say(pick(consonants));
      say(pick(vowels));
      if (random.next() < 0.3) say(pick(consonants));
    }
    if (random.next() < 0.22) say('_');
  }
  while (left > 0) say('_');
  return sounds.join(' ');
}
