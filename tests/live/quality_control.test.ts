import { expect, it } from 'vitest';
import { type Quality, QualityControl } from '../../lib/live/quality_control.ts';

/** What a frame costs on a machine: the network for each size of batch, pixels at full size, the rest. */
interface Machine {
  readonly network: readonly number[];
  readonly pixels: number;
  readonly other: number;
}

/** Runs for so many seconds at a camera's interval; gives the choices in order, each where it began. */
function run(control: QualityControl, machineAt: (s: number) => Machine, seconds: number, interval = 40) {
  const choices: { at: number; quality: Quality }[] = [{ at: 0, quality: control.quality }];
  let now = 0;
  let late = 0;
  while (now < seconds * 1000) {
    const { scale, stride, batch } = control.quality;
    const { network, pixels, other } = machineAt(now / 1000);
    const cost = { network: network[batch - 1], pixels: pixels * scale ** 2 * batch };
    const total = cost.network + cost.pixels + other * batch;
    const time = stride * interval * batch;
    if (total > time) late++;
    now += Math.max(total, time);
    control.observe({ now, interval, frames: batch, total, ...cost });
    if (control.quality !== choices.at(-1)?.quality) choices.push({ at: now / 1000, quality: control.quality });
  }
  return { choices, late, final: control.quality };
}

const best = { scale: 1, stride: 1, batch: 1 };

it('asks for everything of a machine that is fast enough', () => {
  const { choices, late } = run(new QualityControl([20, 38]), () => ({ network: [20, 38], pixels: 8, other: 2 }), 20);
  expect(choices).toEqual([{ at: 0, quality: best }]);
  expect(late).toBe(0);
});

it('draws two faces at a time where that is what it takes', () => {
  const { final } = run(new QualityControl([36, 44]), () => ({ network: [36, 44], pixels: 4, other: 2 }), 5);
  expect(final).toEqual({ ...best, batch: 2 });
});

it('makes pictures smaller when they are what takes the time', () => {
  const { final, late } = run(new QualityControl([10, 20]), () => ({ network: [10, 20], pixels: 60, other: 2 }), 10);
  expect(final).toEqual({ ...best, scale: 0.5 });
  // Before a second is over.
  expect(late).toBeLessThan(25);
});

it('leaves out frames evenly when the network is what takes the time, and leaves the size', () => {
  const { final } = run(new QualityControl([90, 180]), () => ({ network: [90, 180], pixels: 3, other: 2 }), 10);
  expect(final).toEqual({ ...best, stride: 3 });
});

it('has a least that it never goes below', () => {
  const { final } = run(new QualityControl([900, 1800]), () => ({ network: [900, 1800], pixels: 100, other: 2 }), 60);
  expect(final).toEqual({ scale: 0.5, stride: 6, batch: 1 });
});

it('takes everything back when a busy machine becomes free, once', () => {
  const slowFor5 = (s: number) =>
    s < 5 ? { network: [70, 140], pixels: 5, other: 2 } : { network: [15, 30], pixels: 5, other: 2 };
  const { choices, final } = run(new QualityControl([15, 30]), slowFor5, 30);
  expect(final).toEqual(best);
  expect(choices.length).toBeLessThanOrEqual(5);
});

it('does not swing between two choices at the edge', () => {
  for (let network = 20; network <= 45; network++) {
    const { choices } = run(
      new QualityControl([network, 2 * network]),
      (s) => ({ network: [network, 2 * network], pixels: 6, other: 2 + 2 * Math.sin(7 * s) }),
      60,
    );
    expect(choices.length, `network ${network} ms`).toBeLessThanOrEqual(3);
  }
});
