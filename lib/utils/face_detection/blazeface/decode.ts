import { groupByOverlap } from '../boxes.ts';
import type { FaceBox } from '../face_detector.ts';

/** A face as BlazeFace sees it: its own box (eyebrows to chin, about square) and six points. */
export interface BlazeFace extends FaceBox {
  /** x, y of the right eye, left eye, nose tip, mouth, right ear and left ear (the person's right), in the units of the box. */
  readonly points: Float32Array;
}

const rowLength = 17;

/** Faces overlapping by more than this are one face. */
const sameFaceOverlap = 0.3;

/**
 * Faces in the rows of one picture (see `BlazeFaceNetwork.forward`), in pixels of the network's input. Boxes of one face are
 * averaged by their certainty, which makes them steadier over time than the best box (section 3.5 of the paper).
 */
export function decodeFaces(rows: Float32Array, centres: Float32Array, threshold: number): BlazeFace[] {
  const leastLogit = Math.log(threshold / (1 - threshold));
  const candidates: BlazeFace[] = [];
  for (let anchor = 0; anchor < centres.length / 2; anchor++) {
    const row = rows.subarray(anchor * rowLength, (anchor + 1) * rowLength);
    if (row[0] < leastLogit) continue;
    const centreX = centres[2 * anchor];
    const centreY = centres[2 * anchor + 1];
    const x = centreX + row[1];
    const y = centreY + row[2];
    candidates.push({
      left: x - row[3] / 2,
      top: y - row[4] / 2,
      right: x + row[3] / 2,
      bottom: y + row[4] / 2,
      score: 1 / (1 + Math.exp(-row[0])),
      points: row.slice(5).map((value, i) => value + (i % 2 ? centreY : centreX)),
    });
  }
  return groupByOverlap(candidates, sameFaceOverlap).map(blend);
}

function blend(group: readonly BlazeFace[]): BlazeFace {
  const total = group.reduce((sum, face) => sum + face.score, 0);
  const mean = (value: (face: BlazeFace) => number) =>
    group.reduce((sum, face) => sum + value(face) * face.score, 0) / total;
  return {
    left: mean((face) => face.left),
    top: mean((face) => face.top),
    right: mean((face) => face.right),
    bottom: mean((face) => face.bottom),
    score: group[0].score,
    points: group[0].points.map((_, i) => mean((face) => face.points[i])),
  };
}
