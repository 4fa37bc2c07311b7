/** Linear RGB, 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A colour that is painted over. */
export type Paint = Float64Array;

/** Much faster than `Math.hypot`. */
export function length2(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** A smooth hill of height 1 at (0, 0). */
export function bump(u: number, v: number, width: number, height: number): number {
  const a = u / width;
  const b = v / height;
  const distance = a * a + b * b;
  return distance > 12 ? 0 : Math.exp(-distance);
}

/** 0 for `distance` below `-softness`, 1 above `softness`. */
export function edge(distance: number, softness: number): number {
  if (distance >= softness) return 1;
  if (distance <= -softness) return 0;
  const t = 0.5 + distance / (2 * softness);
  return t * t * (3 - 2 * t);
}

// Indices instead of destructuring and loops: these two run some ten times a pixel.
export function set(target: Paint, colour: Colour, brightness: number): void {
  target[0] = colour[0] * brightness;
  target[1] = colour[1] * brightness;
  target[2] = colour[2] * brightness;
}

/** Paints over with a colour, `share` 0 to 1 of it. */
export function mix(target: Paint, colour: Colour, share: number, brightness: number): void {
  if (share <= 0) return;
  const lit = brightness > 0 ? brightness : 0;
  target[0] += (colour[0] * lit - target[0]) * share;
  target[1] += (colour[1] * lit - target[1]) * share;
  target[2] += (colour[2] * lit - target[2]) * share;
}

export function normalised(x: number, y: number, z: number): [number, number, number] {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}
