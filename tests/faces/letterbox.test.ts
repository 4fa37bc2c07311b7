import { describe, expect, it } from 'vitest';
import { groupByOverlap, iou } from '../../lib/utils/face_detection/boxes.ts';
import { fitWhole, resample } from '../../lib/utils/face_detection/letterbox.ts';

const plain = { mean: [0, 0, 0], gain: 1 } as const;

describe('fitWhole', () => {
  it('fills a square with a square', () => {
    const view = fitWhole({ width: 512, height: 512 }, 160 * 128, 32);
    expect(view).toEqual({ width: 128, height: 128, scale: 4, left: 0, top: 0 });
  });

  it('gives a wide picture a wide input, the picture in its middle', () => {
    const view = fitWhole({ width: 1280, height: 720 }, 160 * 128, 32);
    expect(view).toEqual({ width: 192, height: 96, scale: 7.5, left: -80, top: 0 });
  });

  it('enlarges a small picture', () => {
    expect(fitWhole({ width: 64, height: 32 }, 128 * 64, 32)).toEqual({
      width: 128,
      height: 64,
      scale: 0.5,
      left: 0,
      top: 0,
    });
  });
});

describe('resample', () => {
  const picture = { width: 4, height: 2, data: Uint8Array.from(Array.from({ length: 24 }, (_, i) => 10 * i)) };

  it('averages what a pixel covers and maps the colours', () => {
    const out = new Float32Array(7);
    const colours = { mean: [1, 2, 3], gain: 0.5 } as const;
    resample(picture, { width: 2, height: 1, scale: 2, left: 0, top: 0 }, colours, out, 1);
    // The first four pixels are red 0, 30, 120 and 150: 75 on average, and green 10 and blue 20 more.
    expect([...out]).toEqual([
      0,
      (75 - 1) / 2,
      (85 - 2) / 2,
      (95 - 3) / 2,
      (135 - 1) / 2,
      (145 - 2) / 2,
      (155 - 3) / 2,
    ]);
  });

  it('leaves 0 outside the picture', () => {
    const out = new Float32Array(12).fill(9);
    resample(picture, { width: 4, height: 1, scale: 1, left: -2, top: 1 }, plain, out, 0);
    expect([...out]).toEqual([0, 0, 0, 0, 0, 0, 120, 130, 140, 150, 160, 170]);
  });
});

describe('boxes', () => {
  const box = (left: number, score: number) => ({ left, top: 0, right: left + 10, bottom: 10, score });

  it('overlap by what they share of what they cover together', () => {
    expect(iou(box(0, 1), box(5, 1))).toBeCloseTo(50 / 150);
    expect(iou(box(0, 1), box(10, 1))).toBe(0);
  });

  it('form groups around the most certain one', () => {
    const groups = groupByOverlap([box(0, 0.5), box(30, 0.7), box(3, 0.9), box(5, 0.6)], 0.3);
    expect(groups.map((group) => group.map(({ left }) => left))).toEqual([[3, 5, 0], [30]]);
  });
});
