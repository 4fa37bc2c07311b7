import { WAV2LIP_MEL } from '../../audio/mel_spectrogram.ts';
import { inBatches } from '../../utils/ahead.ts';
import { UserError } from '../../utils/errors.ts';
import { type FileStore, readText } from '../file_store.ts';

/**
 * Names in the folder of a preprocessed clip. `0.jpg`, `1.jpg`, ... are the face in each frame (none where there is
 * no face) and `audio.wav` the sound, as the original toolkit lays them out. Training reads the packed files, which
 * give any window in one read: `faces.bin`, 8-bit RGB `[frames, FACE_SIZE, FACE_SIZE, 3]`, and `mel.bin`, float32
 * little-endian `[columns, 80]`.
 */
export const clipFiles = { faces: 'faces.bin', mel: 'mel.bin', audio: 'audio.wav', record: 'clip.json' } as const;

/** Pixels along a side of the stored faces. */
export const FACE_SIZE = 96;

/** `clip.json`, which is written last: a clip that has it is complete. */
export interface ClipRecord {
  /** Of this layout. */
  readonly version: 1;
  /** The video that it was made from, as it was named then. */
  readonly source: string;
  /** What was decided by settings; a clip made with others is made anew. */
  readonly settings: string;
  /** Frames per second. */
  readonly fps: number;
  readonly frames: number;
  /** Columns of the mel spectrogram, 80 a second. */
  readonly melColumns: number;
  /** Ranges of frames with a face, the second number exclusive; the face never jumps within one. */
  readonly runs: readonly (readonly [from: number, to: number])[];
  /** The face in each frame, in pixels of the source; null where there is none. */
  readonly boxes: readonly (readonly [left: number, top: number, right: number, bottom: number] | null)[];
}

/** What is kept of a record in memory. */
export type ClipInfo = Omit<ClipRecord, 'boxes'>;

/** A preprocessed clip: what is asked for is read from its files, nothing is kept. */
export class StoredClip {
  /** Its folder below the root of the data set, which names it. */
  readonly id: string;
  readonly info: ClipInfo;
  readonly #root: string;
  readonly #files: FileStore;

  constructor(files: FileStore, root: string, id: string, info: ClipInfo) {
    this.#files = files;
    this.#root = root;
    this.id = id;
    this.info = info;
  }

  /** The path of its folder. */
  get folder(): string {
    return `${this.#root}/${this.id}`;
  }

  /** The part of this clip between two frames, the second exclusive. */
  between(from: number, to: number): StoredClip {
    const all = this.info.runs.map(([a, b]) => [Math.max(a, from), Math.min(b, to)] as const);
    return new StoredClip(this.#files, this.#root, this.id, { ...this.info, runs: all.filter(([a, b]) => a < b) });
  }

  /** Faces of frames in a row: 8-bit RGB `[count, FACE_SIZE, FACE_SIZE, 3]`. */
  faces(from: number, count: number): Promise<Uint8Array> {
    const length = FACE_SIZE * FACE_SIZE * 3;
    return this.#read(clipFiles.faces, from * length, count * length);
  }

  /** Columns of the mel spectrogram, `[count, 80]`. */
  async mel(from: number, count: number): Promise<Float32Array> {
    const length = WAV2LIP_MEL.bands * Float32Array.BYTES_PER_ELEMENT;
    const bytes = await this.#read(clipFiles.mel, from * length, count * length);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
  }

  async #read(name: string, offset: number, length: number): Promise<Uint8Array> {
    const file = await this.#files.open(`${this.folder}/${name}`);
    try {
      return await file.read(offset, length);
    } finally {
      await file.close?.();
    }
  }
}

/** The record of a clip that is complete; undefined when it is not, or was left by another version of this layout. */
export async function readClipRecord(files: FileStore, folder: string): Promise<ClipRecord | undefined> {
  const text = await readText(files, `${folder}/${clipFiles.record}`);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as ClipRecord;
    return record.version === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Opens those of the named clips that are complete, in the order of their names. */
export async function openClips(files: FileStore, root: string, ids: readonly string[]): Promise<StoredClip[]> {
  const clips: StoredClip[] = [];
  for await (const some of inBatches(ids.toSorted(), 64)) {
    const records = await Promise.all(some.map((id) => readClipRecord(files, `${root}/${id}`)));
    some.forEach((id, i) => {
      if (records[i] === undefined) return;
      const { boxes: _, ...info } = records[i];
      clips.push(new StoredClip(files, root, id, info));
    });
  }
  return clips;
}

/** Names of all complete clips below a root, in order: the folders that hold a record. */
export async function findClips(files: FileStore, root: string): Promise<string[]> {
  const ids: string[] = [];
  const look = async (id: string): Promise<void> => {
    const entries = await files.list(id === '' ? root : `${root}/${id}`);
    if (entries.some(({ name, isFolder }) => name === clipFiles.record && !isFolder)) ids.push(id);
    for (const { name, isFolder } of entries) if (isFolder) await look(id === '' ? name : `${id}/${name}`);
  };
  await look('');
  if (ids.length === 0) throw new UserError(`There is no preprocessed clip in ${root}; run the preprocess command.`);
  return ids.sort();
}
