import type { Frame } from '../../../media/frame.ts';
import { addRelief, drawBeard, drawBrow, drawEye, drawNostrils } from './face.ts';
import { drawnLook, type HeadLook } from './look.ts';
import { drawMouth, mouthOutline } from './mouth.ts';
import { bump, type Colour, edge, length2, mix, type Paint, set } from './shading.ts';

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
  /** Size of the head; 1 by default. */
  readonly scale?: number;
  /** Closing of the eyelids, 0 open to 1 closed. */
  readonly blink: number;
  /** Lips, as in `Speech.mouthAt`. */
  readonly open: number;
  readonly wide: number;
}

/** Half the height of the head as a share of the picture's side. */
const HEAD_HALF_HEIGHT = 0.33;

/** How far a turn of the head moves the middle of the face, which is nearest to the viewer. */
const PARALLAX = 0.75;

/**
 * Draws a head and shoulders of `side` x `side` pixels: a relief of smooth bumps on a lit ellipsoid. Head coordinates
 * run from -1 to 1 over the head's height, x to the right and y down; u and v are the same on the turned face.
 */
export function drawHead(side: number, pose: HeadPose, look: HeadLook = drawnLook): Frame {
  const data = new Uint8Array(side * side * 3);
  const cos = Math.cos(pose.roll);
  const sin = Math.sin(pose.roll);
  const unit = HEAD_HALF_HEIGHT * (pose.scale ?? 1);
  const head = new HeadPainter(pose, look);
  const colour: Paint = new Float64Array(3);
  for (let py = 0, at = 0; py < side; py++) {
    const fromTop = (py + 0.5) / side - 0.5;
    const y = (fromTop - pose.y) / unit;
    for (let px = 0; px < side; px++, at += 3) {
      const fromLeft = (px + 0.5) / side - 0.5;
      const x = (fromLeft - pose.x) / unit;
      const headX = x * cos + y * sin;
      const headY = y * cos - x * sin;
      const inside = head.cover(headX, headY);
      if (inside < 1) {
        drawRoom(colour, look, fromLeft / HEAD_HALF_HEIGHT, fromTop / HEAD_HALF_HEIGHT);
        drawBody(colour, look, x, y);
        drawHairBehind(colour, look, headX, headY);
        drawEar(colour, look, Math.abs(headX) - look.slimness * 0.97, headY - 0.05 - pose.pitch * 0.3, headX);
      }
      if (inside > 0) head.paint(colour, headX, headY, inside);
      for (let c = 0; c < 3; c++) data[at + c] = 255 * Math.sqrt(Math.min(1, colour[c])) + 0.5;
    }
  }
  return { data, width: side, height: side };
}

/** Where a place of the face, in u and v, is in a picture of `side` pixels, in pixels from its left and top. */
export function faceToPicture(
  side: number,
  pose: HeadPose,
  look: HeadLook,
  u: number,
  v: number,
): [x: number, y: number] {
  let x = u;
  let y = v;
  // The shift depends on the place in the picture, a little.
  for (let i = 0; i < 8; i++) {
    const depth = Math.sqrt(Math.max(0, 1 - ellipsoid(x, y, pose.open, look)));
    x = u + PARALLAX * pose.yaw * depth;
    y = v + PARALLAX * pose.pitch * depth;
  }
  const unit = HEAD_HALF_HEIGHT * (pose.scale ?? 1);
  const cos = Math.cos(pose.roll);
  const sin = Math.sin(pose.roll);
  return [side * (0.5 + pose.x + unit * (x * cos - y * sin)), side * (0.5 + pose.y + unit * (x * sin + y * cos))];
}

/** The jaw is narrower than the skull, and goes down with an opening mouth. */
function jawTaper(y: number): number {
  return y > 0 ? 1 - 0.2 * y * y : 1;
}

function jawDrop(y: number, open: number): number {
  return y > 0.2 ? 1 + 0.08 * open : 1;
}

/** Below 1 within the outline of the head. */
function ellipsoid(x: number, y: number, open: number, look: HeadLook): number {
  const ex = x / (look.slimness * jawTaper(y));
  const ey = y / jawDrop(y, open);
  return ex * ex + ey * ey;
}

class HeadPainter {
  readonly #pose: HeadPose;
  readonly #look: HeadLook;
  readonly #mouth: ReturnType<typeof mouthOutline>;
  readonly #slope = new Float64Array(2);
  readonly #face: Paint = new Float64Array(3);
  readonly #blush: Colour;

  constructor(pose: HeadPose, look: HeadLook) {
    this.#pose = pose;
    this.#look = look;
    this.#mouth = mouthOutline(pose, look);
    this.#blush = [look.skin[0], look.skin[1] * 0.72, look.skin[2] * 0.72];
  }

  /** How much of a pixel the head covers. */
  cover(x: number, y: number): number {
    return edge(1 - Math.sqrt(ellipsoid(x, y, this.#pose.open, this.#look)), 0.012);
  }

  paint(colour: Paint, x: number, y: number, inside: number): void {
    const look = this.#look;
    const pose = this.#pose;
    const face = this.#face;
    const slope = this.#slope;
    const ex = x / (look.slimness * jawTaper(y));
    const ey = y / jawDrop(y, pose.open);
    const depth = Math.sqrt(Math.max(0, 1 - ex * ex - ey * ey));
    const u = x - PARALLAX * pose.yaw * depth;
    const v = y - PARALLAX * pose.pitch * depth;
    addRelief(slope, u, v, look, pose.open);
    const nx = ex * 0.95 - slope[0] + pose.yaw * 0.3;
    const ny = ey * 0.8 - slope[1];
    const nz = depth + 0.12;
    const light = look.light;
    const towards = nx * light[0] + ny * light[1] + nz * light[2];
    const diffuse = Math.max(0, towards) / Math.sqrt(nx * nx + ny * ny + nz * nz);
    const shade = look.ambient + look.diffuse * diffuse;
    const shine = 0.1 * diffuse ** 24;

    set(face, look.skin, shade);
    mix(face, this.#blush, 0.5 * bump(Math.abs(u) - 0.38, v - 0.28, 0.16, 0.13), shade);
    drawBeard(face, look, pose, u, v, shade);
    drawNostrils(face, look, u, v, shade);
    drawMouth(face, look, pose, this.#mouth, u, v, shade);
    drawEye(face, look, pose, u, v, shade);
    drawBrow(face, look, u, v);
    drawFringe(face, look, u, v, shade);
    for (let c = 0; c < 3; c++) colour[c] += (face[c] + shine - colour[c]) * inside;
  }
}

/** What is behind the person: it stays when the head moves. */
function drawRoom(colour: Paint, look: HeadLook, x: number, y: number): void {
  const glow = 1.15 - 0.22 * length2(x + 0.5, y + 0.4);
  set(colour, look.background, glow);
  if (look.room === 0) return;
  // Three upright blocks of a width and height that the number decides: a shelf, a door, a curtain.
  for (let i = 0; i < 3; i++) {
    const bits = Math.imul(look.room, 2654435761 + 40503 * i) >>> 0;
    const middle = (bits & 255) / 85 - 1.5;
    const half = 0.1 + ((bits >> 8) & 255) / 600;
    const height = ((bits >> 16) & 255) / 100 - 1.6;
    const block = edge(half - Math.abs(x - middle), 0.03) * edge(y - height, 0.03);
    if (block > 0) mix(colour, look.furniture, block, glow * (1 - 0.15 * i) * (1 + 0.12 * Math.sin(y * (4 + 3 * i))));
  }
}

/** Neck, in the shadow of the chin, then the shirt. */
function drawBody(colour: Paint, look: HeadLook, x: number, y: number): void {
  if (y < 0.3) return;
  const neck = edge(0.34 + 0.12 * Math.max(0, y - 1) - Math.abs(x), 0.02) * edge(y - 0.4, 0.05);
  const fall = look.light[0] * 0.66 * x;
  mix(colour, look.skin, neck * edge(1.7 - y, 0.1), 0.4 + 0.3 * edge(y - 1.2, 0.25) + fall);
  if (y < 1.15) return;
  const shoulder = y - 1.18 - 0.19 * Math.abs(x) ** 2.2 - 0.16 * Math.exp(-((x / 0.3) ** 2));
  mix(colour, look.shirt, edge(shoulder, 0.02), 1.1 + 1.4 * fall - 0.15 * Math.abs(x));
}

function drawHairBehind(colour: Paint, look: HeadLook, x: number, y: number): void {
  const crown = edge(1 - length2(x / (look.slimness * 1.13), (y + 0.16) / 0.99), 0.03);
  // Long hair falls straight from the temples.
  const fall = edge(look.slimness * 1.1 - Math.abs(x), 0.03) * edge(y, 0.02);
  const hair = Math.max(crown, fall) * edge(look.hairLength - y, 0.12);
  if (hair > 0) mix(colour, look.hair, hair, 0.9 + look.light[0] * 1.05 * x + strands(x, y));
}

function drawFringe(face: Paint, look: HeadLook, u: number, v: number, shade: number): void {
  if (v > 0.2) return;
  const line = v + 0.6 - 0.32 * (u + 0.12) ** 2 - 0.05 * Math.sin(u * 7);
  const temples = Math.abs(u) - 0.64 + 0.25 * Math.max(0, v + 0.1);
  const hair = Math.max(edge(-line, 0.035), edge(temples, 0.03) * edge(0.05 - v, 0.12));
  if (hair > 0) mix(face, look.hair, hair, 0.6 + 0.9 * shade + strands(u, v));
}

function strands(x: number, y: number): number {
  return 0.18 * Math.sin(x * 61 + Math.sin(y * 9) * 2) + 0.1 * Math.sin(x * 143 + y * 11);
}

function drawEar(colour: Paint, look: HeadLook, u: number, v: number, x: number): void {
  if (look.hairLength > 0.5) return;
  const ear = 1 - length2(u / 0.09, v / 0.17);
  const lit = 0.775 + look.light[0] * (x < 0 ? -0.46 : 0.46);
  mix(colour, look.skin, edge(ear, 0.08), lit - 0.35 * bump(u, v, 0.04, 0.09));
}
