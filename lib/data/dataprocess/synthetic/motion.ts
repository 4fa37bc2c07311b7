import { Random } from '../../../utils/random.ts';
import { seedOf } from '../../../utils/seed.ts';
import type { HeadPose } from './head.ts';

/** How a head moves while its mouth does what the voice says. */
export type Motion = (time: number) => Omit<HeadPose, 'open' | 'wide'>;

/** Half the time that a blink takes, in s. */
const HALF_BLINK = 0.12;

/** The motion of a person who talks: swaying, nodding, blinking every few seconds. */
export function randomMotion(seed: number): Motion {
  const random = new Random(seedOf(seed, 'motion'));
  const between = (low: number, high: number) => low + (high - low) * random.next();
  /** Around a place of its own, `away` at most from 0, moving by up to about `swing`. */
  const sway = (away: number, swing: number) => {
    const middle = between(-away, away);
    const waves = [0.25, 0.55, 1.1].map((pace, i) => ({
      size: (swing * between(0.3, 1)) / (i + 1),
      pace: 2 * Math.PI * pace * between(0.7, 1.3),
      phase: between(0, 2 * Math.PI),
    }));
    return (time: number) =>
      waves.reduce((sum, { size, pace, phase }) => sum + size * Math.sin(pace * time + phase), middle);
  };
  const yaw = sway(0.12, 0.1);
  const pitch = sway(0.06, 0.05);
  const roll = sway(0.05, 0.035);
  const x = sway(0.06, 0.015);
  const y = sway(0.03, 0.01);
  const scale = between(0.95, 1.12);
  const blinkEvery = between(2, 4.5);
  const firstBlink = between(0.3, blinkEvery);
  return (time) => {
    const nearestBlink = firstBlink + Math.max(0, Math.round((time - firstBlink) / blinkEvery)) * blinkEvery;
    return {
      yaw: yaw(time),
      pitch: pitch(time),
      roll: roll(time),
      x: x(time),
      y: y(time) - 0.02,
      scale,
      blink: Math.max(0, 1 - ((time - nearestBlink) / HALF_BLINK) ** 2),
    };
  };
}
