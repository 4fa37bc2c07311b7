/** How a sound of speech is made and what the mouth does meanwhile. */
export interface Phoneme {
  /** Usual length in s. */
  readonly duration: number;
  /** Resonances of the mouth and throat in Hz, lowest first. */
  readonly formants: readonly [number, number, number];
  /** Loudness of the voice, 0 to 1. */
  readonly voicing: number;
  /** Loudness of the hiss, 0 to 1. */
  readonly hiss: number;
  /** Centre of the hiss in Hz. */
  readonly hissFrequency: number;
  /** How far the lips are apart, 0 closed to 1 wide open. */
  readonly open: number;
  /** How far the corners of the mouth are apart, -1 rounded to 1 spread. */
  readonly wide: number;
  /** How much the lips obey this sound rather than its neighbours; 1 unless given. */
  readonly dominance?: number;
}

/** Lips that must meet do so whatever comes before and after. */
function lipSound(phoneme: Phoneme, dominance: number): Phoneme {
  return { ...phoneme, dominance };
}

function vowel(formants: Phoneme['formants'], open: number, wide: number, duration = 0.13): Phoneme {
  return { duration, formants, voicing: 1, hiss: 0, hissFrequency: 0, open, wide };
}

function sonorant(formants: Phoneme['formants'], voicing: number, open: number, wide: number): Phoneme {
  return { duration: 0.075, formants, voicing, hiss: 0, hissFrequency: 0, open, wide };
}

function fricative(hissFrequency: number, hiss: number, voicing: number, open: number, wide = 0): Phoneme {
  return { duration: 0.09, formants: [320, 1600, 2500], voicing, hiss, hissFrequency, open, wide };
}

function stop(hissFrequency: number, voicing: number, formants: Phoneme['formants'], open: number): Phoneme {
  return { duration: 0.07, formants, voicing, hiss: 0.5, hissFrequency, open, wide: 0 };
}

/**
 * Sounds of English by their ARPABET names. Formants of the vowels are the averages for men of Peterson and
 * Barney, "Control methods used in a study of the vowels" (1952); the rest is set by ear.
 */
export const phonemes = {
  _: { duration: 0.16, formants: [500, 1500, 2500], voicing: 0, hiss: 0, hissFrequency: 0, open: 0, wide: 0 },
  IY: vowel([270, 2290, 3010], 0.25, 0.9),
  IH: vowel([390, 1990, 2550], 0.35, 0.6, 0.09),
  EH: vowel([530, 1840, 2480], 0.55, 0.5),
  AE: vowel([660, 1720, 2410], 0.75, 0.6, 0.15),
  AA: vowel([730, 1090, 2440], 1, 0, 0.16),
  AO: vowel([570, 840, 2410], 0.75, -0.6, 0.15),
  UH: vowel([440, 1020, 2240], 0.4, -0.6, 0.1),
  UW: vowel([300, 870, 2240], 0.25, -1, 0.14),
  AH: vowel([640, 1190, 2390], 0.6, 0, 0.09),
  ER: vowel([490, 1350, 1690], 0.4, -0.3),
  M: lipSound(sonorant([250, 1100, 2200], 0.45, 0, 0), 14),
  N: sonorant([250, 1600, 2500], 0.45, 0.25, 0.2),
  L: sonorant([360, 1100, 2700], 0.65, 0.35, 0.1),
  R: sonorant([330, 1200, 1600], 0.65, 0.3, -0.4),
  W: lipSound(sonorant([290, 650, 2200], 0.65, 0.15, -1), 4),
  Y: sonorant([270, 2200, 3000], 0.65, 0.25, 0.8),
  S: fricative(6200, 0.55, 0, 0.15, 0.5),
  Z: fricative(5800, 0.35, 0.4, 0.15, 0.5),
  SH: fricative(3200, 0.55, 0, 0.25, -0.7),
  F: lipSound(fricative(4200, 0.25, 0, 0.06), 8),
  V: lipSound(fricative(3800, 0.15, 0.5, 0.06), 8),
  TH: fricative(5000, 0.2, 0, 0.2),
  DH: fricative(4500, 0.1, 0.5, 0.2),
  HH: fricative(1500, 0.25, 0, 0.45),
  P: lipSound(stop(900, 0, [300, 900, 2300], 0), 14),
  B: lipSound(stop(900, 0.35, [300, 900, 2300], 0), 14),
  T: stop(4500, 0, [320, 1750, 2600], 0.2),
  D: stop(4000, 0.35, [320, 1750, 2600], 0.2),
  K: stop(2200, 0, [320, 1900, 2400], 0.3),
  G: stop(2000, 0.35, [320, 1900, 2400], 0.3),
} as const satisfies Record<string, Phoneme>;

export type PhonemeName = keyof typeof phonemes;

/** The names whose sound is a closure followed by a burst. */
export const stops: ReadonlySet<PhonemeName> = new Set(['P', 'B', 'T', 'D', 'K', 'G']);
