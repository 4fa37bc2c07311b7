import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ReadFaceModel } from '../../lib/utils/face_detection/built_in_detector.ts';

/** The built-in face detector's weights from the installed `@vladmandic/human` package. */
export const readFaceModel: ReadFaceModel = async (name) => {
  // The package exports its program only, so the models are found beside it.
  const program = createRequire(import.meta.url).resolve('@vladmandic/human');
  return readFile(join(dirname(dirname(program)), 'models', name));
};
