import type { HeadPose } from './head.ts';
import type { HeadLook } from './look.ts';
import { bump, type Colour, edge, length2, mix, type Paint } from './shading.ts';

/** Slope of the face over the ellipsoid, to the right and down, added to `slope`. */
export function addRelief(slope: Float64Array, u: number, v: number, look: HeadLook, open: number): void {
  const nose = look.noseSize;
  const side = u < 0 ? -1 : 1;
  const a = Math.abs(u);
  slope[0] = 0;
  slope[1] = 0;
  hill(slope, 1, 0.2, u, v - 0.1, 0.07, 0.2); // bridge of the nose
  hill(slope, 1, 0.2, u, v - 0.24, 0.1 * nose, 0.075 * nose); // its tip
  hill(slope, side, 0.07, a - 0.1 * nose, v - 0.27, 0.05, 0.05); // its wings
  hill(slope, side, 0.08, a - 0.3, v + 0.2, 0.17, 0.08); // brow
  hill(slope, side, -0.1, a - look.eyeDistance, v + 0.06, 0.14, 0.09); // eye sockets
  hill(slope, side, 0.07, a - 0.4, v - 0.22, 0.17, 0.14); // cheeks
  hill(slope, 1, 0.06, u, v - 0.52, 0.22, 0.08); // around the mouth
  hill(slope, 1, -0.05, u, v - 0.67 - 0.12 * open, 0.16, 0.045); // under the lip
  hill(slope, 1, 0.08, u, v - 0.82 - 0.08 * open, 0.16, 0.1); // chin
}

/** Adds the slope of a hill; `side` is -1 where u runs the other way. */
function hill(
  slope: Float64Array,
  side: number,
  rise: number,
  u: number,
  v: number,
  width: number,
  height: number,
): void {
  const a = u / width;
  const b = v / height;
  const distance = a * a + b * b;
  if (distance > 12) return;
  const scale = -2 * rise * Math.exp(-distance);
  slope[0] += (side * scale * a) / width;
  slope[1] += (scale * b) / height;
}

export function drawEye(
  face: Paint,
  look: HeadLook,
  { blink, yaw }: HeadPose,
  u: number,
  v: number,
  shade: number,
): void {
  const ve = (v + 0.06) / look.eyeSize;
  const ue = (Math.abs(u) - look.eyeDistance) / look.eyeSize;
  const across = 1 - (ue / 0.15) ** 2;
  if (across <= 0 || ve < -0.16 || ve > 0.12) return;
  const left = u < 0;
  const upper = -0.062 * across * (1 - 1.7 * blink);
  const lower = 0.045 * across;
  const opening = edge(ve - upper, 0.008) * edge(lower - ve, 0.008);
  if (blink < 0.97 && opening > 0) {
    mix(face, EYEBALL, opening, 0.55 + 0.4 * shade - 0.3 * bump(ue, ve + 0.06, 0.2, 0.03));
    const iris = length2(ue - (left ? -1 : 1) * (0.01 - yaw * 0.04), ve);
    mix(face, look.iris, opening * edge(0.062 - iris, 0.008), 0.7 + 2 * Math.max(0, ve));
    mix(face, PUPIL, opening * edge(0.028 - iris, 0.006), 1);
    mix(face, GLINT, opening * 0.9 * bump(ue + (left ? -0.02 : 0.02), ve + 0.022, 0.01, 0.01), 1);
  }
  // Lashes follow the upper lid; a fold lies above it.
  mix(face, LASHES, 0.85 * bump(0, ve - upper, 1, 0.013) * edge(across, 0.1), 1);
  mix(face, look.skin, 0.5 * bump(0, ve - upper + 0.035, 1, 0.012) * edge(across - 0.1, 0.1), 0.45 * shade);
}

export function drawBrow(face: Paint, look: HeadLook, u: number, v: number): void {
  const across = Math.abs(u) - look.eyeDistance - 0.01;
  if (Math.abs(across) > 0.2 || v < -0.5 || v > -0.1) return;
  const arch = v + 0.27 + 0.045 * (1 - (across / 0.17) ** 2) * 0.8;
  const thickness = (0.03 - 0.012 * (across / 0.17)) * look.browThickness;
  mix(face, look.hair, 0.85 * edge(0.17 - Math.abs(across), 0.03) * bump(0, arch, 1, thickness), 1.2);
}

export function drawNostrils(face: Paint, look: HeadLook, u: number, v: number, shade: number): void {
  if (v < 0.25 || v > 0.45) return;
  const nose = look.noseSize;
  mix(face, look.skin, 0.75 * bump(Math.abs(u) - 0.055 * nose, v - 0.325, 0.03 * nose, 0.016), 0.18 * shade);
  mix(face, look.skin, 0.35 * bump(u, v - 0.355, 0.1 * nose, 0.02), 0.45 * shade);
}

/** A shadow of hair on the chin, the jaw and the upper lip. */
export function drawBeard(face: Paint, look: HeadLook, { open }: HeadPose, u: number, v: number, shade: number): void {
  if (look.beard === 0 || v < 0.2) return;
  const jaw = edge(0.9 * v + 0.5 * Math.abs(u) - 0.6, 0.12);
  const lip = bump(u, v - 0.42, 0.3, 0.05);
  const mouth = bump(u, v - 0.53 - 0.12 * open, 0.2, 0.07 + 0.14 * open);
  const grain = 0.95 + 0.05 * Math.sin(u * 171 + Math.sin(v * 133) * 3);
  mix(face, look.hair, look.beard * grain * Math.max(jaw, lip) * (1 - mouth), 0.4 + 0.9 * shade);
}

const EYEBALL: Colour = [0.72, 0.68, 0.66];
const PUPIL: Colour = [0.01, 0.01, 0.01];
const GLINT: Colour = [1, 1, 1];
const LASHES: Colour = [0.03, 0.02, 0.02];
