import { Random } from '../../../utils/random.ts';
import { seedOf } from '../../../utils/seed.ts';
import { type Colour, normalised } from './shading.ts';

/** How a drawn person and their surroundings look. Lengths are shares of half the head's height. */
export interface HeadLook {
  readonly skin: Colour;
  readonly hair: Colour;
  readonly iris: Colour;
  readonly lips: Colour;
  readonly shirt: Colour;
  readonly background: Colour;
  /** A second colour of the background, for what stands there. */
  readonly furniture: Colour;
  /** Decides what stands in the background; 0 for nothing. */
  readonly room: number;
  /** Width of the head over its height; 0.74 is usual. */
  readonly slimness: number;
  /** From the middle of the face to an eye. */
  readonly eyeDistance: number;
  /** Factors on the usual size. */
  readonly eyeSize: number;
  readonly noseSize: number;
  readonly lipFullness: number;
  readonly mouthWidth: number;
  readonly browThickness: number;
  /** 0 none to 1 dark. */
  readonly beard: number;
  /** How far down the hair falls at the sides. */
  readonly hairLength: number;
  /** Where the light comes from, of length 1: to the right, down, towards the viewer. */
  readonly light: Colour;
  /** Light that comes from everywhere, and from there. */
  readonly ambient: number;
  readonly diffuse: number;
}

export const drawnLook: HeadLook = {
  skin: [0.66, 0.4, 0.29],
  hair: [0.07, 0.04, 0.025],
  iris: [0.1, 0.16, 0.12],
  lips: [0.5, 0.18, 0.16],
  shirt: [0.06, 0.13, 0.24],
  background: [0.3, 0.34, 0.36],
  furniture: [0.3, 0.34, 0.36],
  room: 0,
  slimness: 0.74,
  eyeDistance: 0.29,
  eyeSize: 1,
  noseSize: 1,
  lipFullness: 1,
  mouthWidth: 1,
  browThickness: 1,
  beard: 0,
  hairLength: 0.28,
  light: normalised(-0.38, -0.5, 0.78),
  ambient: 0.28,
  diffuse: 0.85,
};

const skins: readonly Colour[] = [
  [0.78, 0.52, 0.41],
  [0.66, 0.4, 0.29],
  [0.6, 0.38, 0.25],
  [0.47, 0.27, 0.17],
  [0.34, 0.18, 0.11],
  [0.24, 0.12, 0.075],
];
const hairs: readonly Colour[] = [
  [0.02, 0.016, 0.014],
  [0.07, 0.04, 0.025],
  [0.16, 0.08, 0.035],
  [0.38, 0.25, 0.1],
  [0.3, 0.1, 0.035],
  [0.36, 0.36, 0.36],
];
const irises: readonly Colour[] = [
  [0.05, 0.03, 0.02],
  [0.1, 0.16, 0.12],
  [0.1, 0.2, 0.34],
  [0.2, 0.13, 0.06],
];

/** A person drawn from a seed. */
export function randomLook(seed: number): HeadLook {
  const random = new Random(seedOf(seed, 'look'));
  const between = (low: number, high: number) => low + (high - low) * random.next();
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)];
  const near = (colour: Colour, by: number) =>
    colour.map((value) => value * between(1 - by, 1 + by)) as unknown as Colour;
  const any = (low: number, high: number): Colour => [between(low, high), between(low, high), between(low, high)];
  const skin = near(pick(skins), 0.08);
  const rouge = between(0, 0.12);
  const light = between(0.75, 1.1);
  const ambient = between(0.2, 0.42);
  return {
    skin,
    hair: near(pick(hairs), 0.2),
    iris: near(pick(irises), 0.2),
    lips: [skin[0] * 0.82 + rouge, skin[1] * 0.55, skin[2] * 0.62],
    shirt: any(0.02, 0.6),
    background: any(0.04, 0.6),
    furniture: any(0.04, 0.6),
    room: Math.floor(random.next() * 1e6) + 1,
    slimness: between(0.69, 0.8),
    eyeDistance: between(0.27, 0.31),
    eyeSize: between(0.9, 1.12),
    noseSize: between(0.85, 1.2),
    lipFullness: between(0.75, 1.25),
    mouthWidth: between(0.88, 1.12),
    browThickness: between(0.7, 1.4),
    beard: Math.max(0, between(-1, 0.6)),
    hairLength: between(0, 1) < 0.5 ? between(0.1, 0.3) : between(0.6, 1.3),
    light: normalised(between(-0.7, 0.7), between(-0.7, -0.1), between(0.6, 0.9)),
    ambient: ambient * light,
    diffuse: (1.13 - ambient) * light,
  };
}
