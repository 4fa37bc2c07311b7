import type { Frame } from '../../../media/frame.ts';

/** How a drawn person looks. Colours are linear RGB, 0 to 1. */
export interface HeadLook {
  readonly skin: Colour;
  readonly hair: Colour;
  readonly iris: Colour;
  readonly lips: Colour;
  readonly shirt: Colour;
  readonly background: Colour;
  /** Width of the head over its height; 0.74 is usual. */
  readonly slimness: number;
}

type Colour = readonly [red: number, green: number, blue: number];

/** What a drawn head does in one picture. */
export interface HeadPose {
  /** Turn to the side and nod, in radians, small. */
  readonly yaw: number;
  readonly pitch: number;
  /** Tilt in the picture, in radians. */
  readonly roll: number;
  /** Place of the middle of the head, as shares of the picture's side from its middle. */
  readonly x: number;
  readonly y: number;
  /** Closing of the eyelids, 0 open to 1 closed. */
  readonly blink: number;
  /** Lips, as in `Speech.mouthAt`. */
  readonly open: number;
  readonly wide: number;
}

export const drawnLook: HeadLook = {
  skin: [0.66, 0.4, 0.29],
  hair: [0.07, 0.04, 0.025],
  iris: [0.1, 0.16, 0.12],
  lips: [0.5, 0.18, 0.16],
  shirt: [0.06, 0.13, 0.24],
  background: [0.3, 0.34, 0.36],
  slimness: 0.74,
};

/** Half the height of the head as a share of the picture's side. */
const HEAD_HALF_HEIGHT = 0.33;
const LIGHT = normalised([-0.38, -0.5, 0.78]);

/**
 * Draws a head and shoulders of `side` x `side` pixels: a relief of smooth bumps on an ellipsoid, lit from
 * the upper left. Head coordinates run from -1 to 1 over the head's height, u to the right and v down.
 */
export function drawHead(side: number, pose: HeadPose, look: HeadLook = drawnLook): Frame {
  const data = new Uint8Array(side * side * 3);
  const cos = Math.cos(pose.roll);
  const sin = Math.sin(pose.roll);
  const colour = new Float64Array(3);
  for (let py = 0, at = 0; py < side; py++) {
    const y = ((py + 0.5) / side - 0.5 - pose.y) / HEAD_HALF_HEIGHT;
    for (let px = 0; px < side; px++, at += 3) {
      const x = ((px + 0.5) / side - 0.5 - pose.x) / HEAD_HALF_HEIGHT;
      drawBackground(colour, look, x, y);
      drawHeadPixel(colour, look, pose, x * cos + y * sin, y * cos - x * sin);
      for (let c = 0; c < 3; c++) data[at + c] = 255 * Math.sqrt(Math.min(1, colour[c])) + 0.5;
    }
  }
  return { data, width: side, height: side };
}

function drawBackground(colour: Float64Array, look: HeadLook, x: number, y: number): void {
  const glow = 1.15 - 0.22 * length2(x + 0.5, y + 0.4);
  set(colour, look.background, glow);
  // Neck, in the shadow of the chin, then the shirt.
  const neck = edge(0.34 + 0.12 * Math.max(0, y - 1) - Math.abs(x), 0.02) * edge(y - 0.4, 0.05);
  mix(colour, look.skin, neck * edge(1.7 - y, 0.1), 0.4 + 0.3 * edge(y - 1.2, 0.25) - 0.25 * x);
  const shoulder = y - 1.18 - 0.38 * Math.abs(x) ** 2.2 * 0.5 + 0.16 * Math.exp(-((x / 0.3) ** 2)) * -1;
  mix(colour, look.shirt, edge(shoulder, 0.02), 1.1 - 0.35 * x - 0.15 * Math.abs(x));
}

function drawHeadPixel(colour: Float64Array, look: HeadLook, pose: HeadPose, x: number, y: number): void {
  // The jaw is narrower than the skull.
  const taper = y > 0 ? 1 - 0.2 * y * y : 1;
  const jaw = y > 0.2 ? 1 + 0.06 * pose.open : 1;
  const ex = x / (look.slimness * taper);
  const ey = y / jaw;
  const r2 = ex * ex + ey * ey;
  drawHairBehind(colour, look, x, y);
  drawEar(colour, look, Math.abs(x) - look.slimness * 0.97, y - 0.05 - pose.pitch * 0.3, x);
  const inside = edge(1 - Math.sqrt(r2), 0.012);
  if (inside === 0) return;

  const depth = Math.sqrt(Math.max(0, 1 - r2));
  const u = x - 0.75 * pose.yaw * depth;
  const v = y - 0.75 * pose.pitch * depth;
  const step = 0.012;
  const height = relief(u, v, pose);
  const slopeX = (relief(u + step, v, pose) - height) / step;
  const slopeY = (relief(u, v + step, pose) - height) / step;
  const normal = normalised([ex * 0.95 - slopeX + pose.yaw * 0.3, ey * 0.8 - slopeY, depth + 0.12]);
  const diffuse = Math.max(0, normal[0] * LIGHT[0] + normal[1] * LIGHT[1] + normal[2] * LIGHT[2]);
  const shade = 0.28 + 0.85 * diffuse;
  const shine = 0.1 * diffuse ** 24;

  const face = [0, 0, 0] as unknown as Float64Array;
  set(face, look.skin, shade);
  const blush = bump(Math.abs(u) - 0.38, v - 0.28, 0.16, 0.13);
  mix(face, [look.skin[0], look.skin[1] * 0.72, look.skin[2] * 0.72], 0.5 * blush, shade);
  drawNostrils(face, look, u, v, shade);
  drawMouth(face, look, pose, u, v, shade);
  drawEye(face, look, pose, Math.abs(u) - 0.29, u < 0, v, shade);
  drawBrow(face, look, Math.abs(u) - 0.3, v + 0.27);
  drawFringe(face, look, u, v, shade);
  for (let c = 0; c < 3; c++) colour[c] += (face[c] + shine - colour[c]) * inside;
}

/** Height of the face over the ellipsoid. */
function relief(u: number, v: number, { open }: HeadPose): number {
  const chin = v - 0.82 - 0.06 * open;
  return (
    0.2 * bump(u, v - 0.1, 0.07, 0.2) + // bridge of the nose
    0.2 * bump(u, v - 0.24, 0.1, 0.075) + // its tip
    0.07 * bump(Math.abs(u) - 0.1, v - 0.27, 0.05, 0.05) + // its wings
    0.08 * bump(Math.abs(u) - 0.3, v + 0.2, 0.17, 0.08) + // brow
    -0.1 * bump(Math.abs(u) - 0.29, v + 0.06, 0.14, 0.09) + // eye sockets
    0.07 * bump(Math.abs(u) - 0.4, v - 0.22, 0.17, 0.14) + // cheeks
    0.06 * bump(u, v - 0.52, 0.22, 0.08) + // around the mouth
    -0.05 * bump(u, v - 0.67 - 0.05 * open, 0.16, 0.045) + // under the lip
    0.08 * bump(u, chin, 0.16, 0.1)
  );
}

function drawEye(
  face: Float64Array,
  look: HeadLook,
  { blink, yaw }: HeadPose,
  u: number,
  left: boolean,
  v: number,
  shade: number,
): void {
  const ve = v + 0.06;
  const across = 1 - (u / 0.15) ** 2;
  if (across <= 0) return;
  const upper = -0.062 * across * (1 - 1.7 * blink);
  const lower = 0.045 * across;
  const opening = edge(ve - upper, 0.008) * edge(lower - ve, 0.008);
  if (blink < 0.97) {
    mix(face, [0.72, 0.68, 0.66], opening, 0.55 + 0.4 * shade - 0.3 * bump(u, ve + 0.06, 0.2, 0.03));
    const iris = length2(u - (left ? -1 : 1) * (0.01 - yaw * 0.04), ve);
    mix(face, look.iris, opening * edge(0.062 - iris, 0.008), 0.7 + 2 * Math.max(0, ve));
    mix(face, [0.01, 0.01, 0.01], opening * edge(0.028 - iris, 0.006), 1);
    mix(face, [1, 1, 1], opening * 0.9 * bump(u + (left ? -0.02 : 0.02), ve + 0.022, 0.01, 0.01), 1);
  }
  // Lashes follow the upper lid; a fold lies above it.
  mix(face, [0.03, 0.02, 0.02], 0.85 * bump(0, ve - upper, 1, 0.013) * edge(across, 0.1), 1);
  mix(face, look.skin, 0.5 * bump(0, ve - upper + 0.035, 1, 0.012) * edge(across - 0.1, 0.1), 0.45 * shade);
}

function drawBrow(face: Float64Array, look: HeadLook, u: number, v: number): void {
  const arch = v + 0.045 * (1 - (u / 0.17) ** 2) * 0.8;
  const thickness = 0.03 - 0.012 * (u / 0.17);
  mix(face, look.hair, 0.85 * edge(0.17 - Math.abs(u), 0.03) * bump(0, arch, 1, thickness), 1.2);
}

function drawNostrils(face: Float64Array, look: HeadLook, u: number, v: number, shade: number): void {
  mix(face, look.skin, 0.75 * bump(Math.abs(u) - 0.055, v - 0.325, 0.03, 0.016), 0.18 * shade);
  mix(face, look.skin, 0.35 * bump(u, v - 0.355, 0.1, 0.02), 0.45 * shade);
}

function drawMouth(
  face: Float64Array,
  look: HeadLook,
  { open, wide }: HeadPose,
  u: number,
  v: number,
  shade: number,
): void {
  const half = 0.21 + 0.035 * wide;
  const across = 1 - (u / half) ** 2;
  if (across <= 0) return;
  const vm = v - 0.53;
  const gapTop = -0.012 * open * across;
  const gapBottom = 0.17 * open * across;
  const bow = 0.012 * bump(Math.abs(u) - 0.05, 0, 0.04, 1);
  const top = gapTop - (0.048 + bow) * across ** 0.7;
  const bottom = gapBottom + 0.068 * across ** 0.7;
  const lips = edge(vm - top, 0.01) * edge(bottom - vm, 0.012);
  const isUpper = vm < (gapTop + gapBottom) / 2;
  mix(face, look.lips, lips, shade * (isUpper ? 0.75 : 1.05));
  const gap = edge(vm - gapTop, 0.006) * edge(gapBottom - vm, 0.006) * edge(open - 0.03, 0.03);
  mix(face, [0.09, 0.02, 0.02], gap, 1);
  const teeth = gap * edge(gapTop + 0.05 * across - vm, 0.008);
  mix(face, [0.75, 0.72, 0.66], teeth, 0.75);
  mix(face, [0.35, 0.1, 0.1], gap * edge(vm - gapBottom + 0.06 * open, 0.02) * edge(open - 0.3, 0.2), 0.8);
  const seam = bump(0, vm - 0.004 * Math.cos(u * 20), 1, 0.008) * (1 - edge(open - 0.03, 0.03));
  mix(face, [0.12, 0.03, 0.03], 0.8 * seam * edge(across - 0.02, 0.05), 1);
}

function drawHairBehind(colour: Float64Array, look: HeadLook, x: number, y: number): void {
  const shape = 1 - length2(x / (look.slimness * 1.13), (y + 0.16) / 0.99);
  mix(colour, look.hair, edge(shape, 0.03) * edge(0.28 - y, 0.12), 0.9 - 0.5 * x + strands(x, y));
}

function drawFringe(face: Float64Array, look: HeadLook, u: number, v: number, shade: number): void {
  const line = v + 0.6 - 0.32 * (u + 0.12) ** 2 - 0.05 * Math.sin(u * 7);
  const temples = Math.abs(u) - 0.64 + 0.25 * Math.max(0, v + 0.1);
  const hair = Math.max(edge(-line, 0.035), edge(temples, 0.03) * edge(0.05 - v, 0.12));
  mix(face, look.hair, hair, 0.6 + 0.9 * shade + strands(u, v));
}

function strands(x: number, y: number): number {
  return 0.18 * Math.sin(x * 61 + Math.sin(y * 9) * 2) + 0.1 * Math.sin(x * 143 + y * 11);
}

function drawEar(colour: Float64Array, look: HeadLook, u: number, v: number, x: number): void {
  const ear = 1 - length2(u / 0.09, v / 0.17);
  mix(colour, look.skin, edge(ear, 0.08), (x < 0 ? 0.95 : 0.6) - 0.35 * bump(u, v, 0.04, 0.09));
}

/** Much faster than `Math.hypot`. */
function length2(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** A smooth hill of height 1 at (0, 0). */
function bump(u: number, v: number, width: number, height: number): number {
  const a = u / width;
  const b = v / height;
  const distance = a * a + b * b;
  return distance > 12 ? 0 : Math.exp(-distance);
}

/** 0 for `distance` below `-softness`, 1 above `softness`. */
function edge(distance: number, softness: number): number {
  const t = Math.min(Math.max(0.5 + distance / (2 * softness), 0), 1);
  return t * t * (3 - 2 * t);
}

function set(target: Float64Array, [red, green, blue]: Colour, brightness: number): void {
  target[0] = red * brightness;
  target[1] = green * brightness;
  target[2] = blue * brightness;
}

function mix(target: Float64Array, [red, green, blue]: Colour, share: number, brightness: number): void {
  if (share <= 0) return;
  const lit = Math.max(0, brightness);
  target[0] += (red * lit - target[0]) * share;
  target[1] += (green * lit - target[1]) * share;
  target[2] += (blue * lit - target[2]) * share;
}

function normalised([x, y, z]: [number, number, number]): [number, number, number] {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}
