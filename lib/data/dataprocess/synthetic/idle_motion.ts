import type { HeadPose } from './head.ts';

/** Share of the period that a blink takes. */
const BLINK = 0.06;

/**
 * What a listening head does, mouth closed: it sways, nods and blinks twice a period. `phase` runs from 0
 * to 1; the motion closes on itself, so that the clip can be played in a loop.
 */
export function idlePose(phase: number): HeadPose {
  const turn = 2 * Math.PI * phase;
  return {
    yaw: 0.1 * Math.sin(turn) + 0.03 * Math.sin(2 * turn + 1),
    pitch: 0.05 * Math.sin(turn + 0.8) + 0.02 * Math.sin(3 * turn),
    roll: 0.035 * Math.sin(turn + 2),
    x: 0.02 * Math.sin(turn),
    y: -0.03 + 0.008 * Math.sin(2 * turn),
    blink: Math.max(blinkAt(phase, 0.22), blinkAt(phase, 0.71)),
    open: 0,
    wide: 0,
  };
}

function blinkAt(phase: number, middle: number): number {
  return Math.max(0, 1 - (Math.abs(phase - middle) / (BLINK / 2)) ** 2);
}
