import type { Frame } from '../../lib/media/frame.ts';
import type { FaceBox } from '../../lib/utils/face_detection/face_detector.ts';

type Colour = readonly [red: number, green: number, blue: number];

const skin: Colour = [230, 190, 150];

export function greyPicture(width: number, height: number): Frame {
  return { width, height, data: new Uint8Array(width * height * 3).fill(140) };
}

/** Paints a filled ellipse. */
function ellipse(
  { data, width, height }: Frame,
  x: number,
  y: number,
  halfWidth: number,
  halfHeight: number,
  colour: Colour,
) {
  for (let row = Math.max(0, Math.floor(y - halfHeight)); row < Math.min(height, y + halfHeight); row++) {
    for (let column = Math.max(0, Math.floor(x - halfWidth)); column < Math.min(width, x + halfWidth); column++) {
      if (((column - x) / halfWidth) ** 2 + ((row - y) / halfHeight) ** 2 <= 1)
        data.set(colour, (row * width + column) * 3);
    }
  }
}

/** Draws a face of the given height with its middle at (x, y) into a picture, by default a grey one. */
export function drawnFace(
  width: number,
  height: number,
  x: number,
  y: number,
  size: number,
  picture = greyPicture(width, height),
): Frame {
  const unit = size / 276;
  const part = (dx: number, dy: number, halfWidth: number, halfHeight: number, colour: Colour) =>
    ellipse(picture, x + dx * unit, y + dy * unit, halfWidth * unit, halfHeight * unit, colour);
  part(0, -25, 125, 165, [70, 45, 30]);
  part(0, 0, 103, 138, skin);
  for (const side of [-1, 1]) {
    part(side * 42, -38, 28, 6, [70, 45, 30]);
    part(side * 42, -18, 22, 11, [245, 245, 245]);
    part(side * 42, -18, 10, 10, [50, 60, 60]);
    part(side * 9, 42, 5, 3, [110, 80, 60]);
  }
  part(0, 72, 36, 14, [190, 90, 90]);
  part(0, 72, 34, 2, [90, 40, 40]);
  return picture;
}

/** Where a detector trained on WIDER FACE sees a drawn face: hairline to chin. */
export function drawnFaceBox(x: number, y: number, size: number): FaceBox {
  const unit = size / 276;
  return { left: x - 93 * unit, top: y - 118 * unit, right: x + 93 * unit, bottom: y + 138 * unit, score: 1 };
}
