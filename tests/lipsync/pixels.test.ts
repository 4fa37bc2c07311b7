import { describe, expect, it } from 'vitest';
import { cropFrame, cropResized, resizeFrame, rotateClockwise } from '../../lib/media/crop.ts';
import type { Frame } from '../../lib/media/frame.ts';

/** A picture of these grey levels. */
function picture(rows: number[][]): Frame {
  const data = Uint8Array.from(rows.flat().flatMap((level) => [level, level, level]));
  return { data, width: rows[0].length, height: rows.length };
}

function levels({ data, width, height }: Frame): number[][] {
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => data[(y * width + x) * 3]));
}

describe('resizing', () => {
  it('has pixel centres at half coordinates and repeats the border', () => {
    expect(levels(resizeFrame(picture([[0, 100, 200]]), 6, 1))).toEqual([[0, 25, 75, 125, 175, 200]]);
  });

  it('does not smooth when it shrinks', () => {
    // Centres fall on columns 1 and 4 of 6 and between rows 0 and 1.
    const striped = picture([
      [0, 255, 0, 0, 255, 0],
      [0, 255, 0, 0, 255, 0],
    ]);
    expect(levels(resizeFrame(striped, 2, 1))).toEqual([[255, 255]]);
  });

  it('gives the picture itself at the same size', () => {
    const frame = { data: Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 37) % 256), width: 7, height: 5 };
    expect(resizeFrame(frame, 7, 5)).toEqual(frame);
  });

  it('reads a rectangle without its neighbours', () => {
    const target = new Uint8Array(1 + 2 * 2 * 3);
    const frame = picture([
      [9, 9, 9, 9],
      [9, 10, 20, 9],
      [9, 30, 40, 9],
    ]);
    cropResized(frame, { left: 1, top: 1, right: 3, bottom: 3 }, 2, target, 1);
    expect([...target]).toEqual([0, 10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]);
  });
});

describe('cropping and turning', () => {
  const frame = picture([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it('turns clockwise', () => {
    expect(levels(rotateClockwise(frame))).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ]);
  });

  it('copies a rectangle', () => {
    expect(levels(cropFrame(frame, { left: 1, top: 0, right: 3, bottom: 2 }))).toEqual([
      [2, 3],
      [5, 6],
    ]);
  });
});
