import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ClipRecord,
  clipFiles,
  FACE_SIZE,
  openClips,
  type StoredClip,
} from '../../lib/data/dataset/stored_clip.ts';
import { nodeFiles } from '../../node-harness/platform/file_store.ts';

export const BANDS = 80;

/** The colour of frame `frame` of clip `clip`, the same in all pixels of the upper and of the lower half. */
export function colourOf(clip: number, frame: number, isLower: boolean): [red: number, green: number, blue: number] {
  return [frame, clip * 10 + (isLower ? 1 : 0), 255 - frame];
}

/** The value of the mel spectrogram of a clip in a column and band. */
export const melOf = (clip: number, column: number, band: number): number => clip * 1000 + column + band / 128;

/** Stores clips whose every value says where it comes from; `runs` are those of each clip. */
export async function storeClips(
  root: string,
  clips: readonly Pick<ClipRecord, 'runs' | 'frames' | 'melColumns'>[],
): Promise<StoredClip[]> {
  for (const [number, { runs, frames, melColumns }] of clips.entries()) {
    const folder = join(root, `clip${number}`);
    await mkdir(folder, { recursive: true });
    const faces = new Uint8Array(frames * FACE_SIZE * FACE_SIZE * 3);
    for (let i = 0; i < faces.length; i += 3) {
      const pixel = i / 3;
      const isLower = pixel % FACE_SIZE ** 2 >= FACE_SIZE ** 2 / 2;
      faces.set(colourOf(number, Math.floor(pixel / FACE_SIZE ** 2), isLower), i);
    }
    const mel = Float32Array.from({ length: melColumns * BANDS }, (_, i) =>
      melOf(number, Math.floor(i / BANDS), i % BANDS),
    );
    await writeFile(join(folder, clipFiles.faces), faces);
    await writeFile(join(folder, clipFiles.mel), new Uint8Array(mel.buffer));
    const record: ClipRecord = { version: 1, source: '', settings: '', fps: 25, frames, melColumns, runs, boxes: [] };
    await writeFile(join(folder, clipFiles.record), JSON.stringify(record));
  }
  return openClips(
    nodeFiles,
    root,
    clips.map((_, i) => `clip${i}`),
  );
}
