import { describe, expect, it } from 'vitest';
import { UserError } from '../../lib/utils/errors.ts';
import type { FaceBox } from '../../lib/utils/face_detection/face_detector.ts';
import { FaceTracker, type FaceTrackerOptions, type TrackedFace } from '../../lib/utils/face_detection/face_tracker.ts';

/** A face of 100 x 100 pixels, or `size`, around a centre. */
function face(x: number, y = 200, size = 100): FaceBox {
  return { left: x - size / 2, top: y - size / 2, right: x + size / 2, bottom: y + size / 2, score: 0.9 };
}

function track(faces: FaceBox[][], options: Partial<FaceTrackerOptions> = {}): TrackedFace[] {
  const tracker = new FaceTracker({ width: 640, height: 480, pads: [0, 0, 0, 0], smooth: false, ...options });
  return [...faces.flatMap((found, index) => tracker.push(index, found)), ...tracker.flush()];
}

/** Centres in x of the followed face, NaN where there is none. */
function centres(tracked: TrackedFace[]): number[] {
  return tracked.map(({ box }) => (box ? (box.left + box.right) / 2 : Number.NaN));
}

const frames = (count: number, faces: (i: number) => FaceBox[]) => Array.from({ length: count }, (_, i) => faces(i));

describe('smoothing', () => {
  const positions = [100, 110, 130, 160, 170, 180, 200];
  const moving = positions.map((x) => [face(x)]);

  it('averages a frame with the 4 after it, and the last 5 at the end', () => {
    // (100+110+130+160+170)/5, (110+130+160+170+180)/5, (130+160+170+180+200)/5, then the last window again.
    expect(centres(track(moving, { smooth: true }))).toEqual([134, 150, 168, 168, 168, 168, 168]);
  });

  it('waits for 4 frames only', () => {
    const tracker = new FaceTracker({ width: 640, height: 480 });
    const decided = moving.map((found, index) => tracker.push(index, found).map((tracked) => tracked.index));
    expect(decided).toEqual([[], [], [], [], [0], [1], [2]]);
    expect(tracker.flush().map(({ index }) => index)).toEqual([3, 4, 5, 6]);
  });

  it('averages all of a run shorter than the window', () => {
    expect(centres(track([[face(100)], [face(110)], [face(120)]], { smooth: true }))).toEqual([110, 110, 110]);
  });

  it('does not reach over frames without the face', () => {
    const faces = [[face(100)], [face(104)], [], [face(130)], [face(132)]];
    expect(centres(track(faces, { smooth: true }))).toEqual([102, 102, Number.NaN, 131, 131]);
  });

  it('does not reach over a cut', () => {
    const faces = [...frames(6, () => [face(100)]), ...frames(6, () => [face(500, 300)])];
    expect(centres(track(faces, { smooth: true }))).toEqual([...Array(6).fill(100), ...Array(6).fill(500)]);
  });

  it('keeps every frame as it is when off', () => {
    expect(centres(track(moving))).toEqual(positions);
  });
});

describe('boxes', () => {
  it('are padded and kept within the frame, in whole pixels', () => {
    const found = [{ left: 5.4, top: 8.2, right: 100.6, bottom: 470.3, score: 1 }];
    const [{ box }] = track([found], { pads: [10, 20, 3, 4] });
    expect(box).toEqual({ left: 2, top: 0, right: 105, bottom: 480 });
  });

  it('have 10 pixels more at the chin by default', () => {
    const tracker = new FaceTracker({ width: 640, height: 480, smooth: false });
    expect(tracker.push(7, [face(300)])).toEqual([{ index: 7, box: { left: 250, top: 150, right: 350, bottom: 260 } }]);
  });

  it('are never empty, even for a face beyond the edge', () => {
    const [{ box }] = track([[face(700)]]);
    expect(box).toEqual({ left: 639, top: 150, right: 640, bottom: 250 });
  });
});

describe('the face to follow', () => {
  const three = [face(100), face(300, 200, 140), face(520)];

  it('is the largest by default', () => {
    expect(centres(track([three]))).toEqual([300]);
  });

  it('is counted from left to right in the first frame with faces, in whatever order they come', () => {
    expect(centres(track([[], [three[2], three[0], three[1]], three], { faceIndex: 2 }))).toEqual([
      Number.NaN,
      520,
      520,
    ]);
  });

  it('is an error when there are too few', () => {
    expect(() => track([[], three], { faceIndex: 3 })).toThrow(UserError);
    expect(() => track([[], three], { faceIndex: 3 })).toThrow('Face 3 was asked for');
  });

  it('stays the same when another one grows larger', () => {
    const faces = frames(10, (i) => [face(150), face(400, 200, 80 + 8 * i)]);
    expect(centres(track(faces))).toEqual(Array(10).fill(150));
  });

  it('stays the same when two persons cross and one hides the other', () => {
    // They walk 12 pixels a frame towards each other; within 40 pixels only the one in front is found.
    const faces = frames(40, (i) => {
      const behind = 100 + 12 * i;
      const front = 560 - 12 * i;
      return Math.abs(front - behind) < 40 ? [face(front)] : [face(front), face(behind)];
    });
    const followed = centres(track(faces, { faceIndex: 0 }));
    followed.forEach((x, i) => {
      if (!Number.isNaN(x)) expect(x).toBe(100 + 12 * i);
    });
    expect(followed.filter(Number.isNaN).length).toBe(3);
    expect(followed.at(-1)).toBe(100 + 12 * 39);
  });

  it('is not replaced by one that stays while it is hidden', () => {
    const faces = frames(30, (i) => (i >= 5 && i < 25 ? [face(450)] : [face(200, 200, 140), face(450)]));
    const followed = centres(track(faces));
    expect(followed.slice(0, 5)).toEqual(Array(5).fill(200));
    expect(followed.slice(5, 25)).toEqual(Array(20).fill(Number.NaN));
    expect(followed.slice(25)).toEqual(Array(5).fill(200));
  });

  it('is chosen anew when it has been gone for more than 25 frames', () => {
    const faces = frames(40, (i) => (i < 5 ? [face(200, 200, 140), face(450)] : [face(450)]));
    const followed = centres(track(faces));
    expect(followed.findIndex(Number.isNaN)).toBe(5);
    expect(followed.indexOf(450)).toBe(30);
  });

  it('is chosen anew at once after a cut', () => {
    const faces = [...frames(3, () => [face(100)]), ...frames(3, () => [face(320, 100, 60), face(500, 300, 90)])];
    expect(centres(track(faces))).toEqual([100, 100, 100, 500, 500, 500]);
  });

  it('is none after a cut to a shot with too few faces for the index', () => {
    const faces = [[face(100), face(400)], [face(250, 350)], [face(250, 350)]];
    expect(centres(track(faces, { faceIndex: 1 }))).toEqual([400, Number.NaN, Number.NaN]);
  });

  it('is followed when it moves fast', () => {
    const faces = frames(8, (i) => [face(50 + 70 * i)]);
    expect(centres(track(faces, { smooth: true }))[0]).toBe(50 + 70 * 2);
  });
});

it('returns every frame once and in order', () => {
  const faces = frames(60, (i) => (i % 7 === 3 ? [] : i > 30 ? [face(500, 400)] : [face(100 + i)]));
  expect(track(faces, { smooth: true }).map(({ index }) => index)).toEqual(Array.from({ length: 60 }, (_, i) => i));
});
