import { boolean, integer, list, number, text } from '../setting.ts';

/** Settings of the data sets; `properties/dataset/<dataset>.yaml` says which of them a data set has. */
export const datasetSettings = {
  data_root: text({ doc: 'Folder of the clips as they were downloaded or recorded.' }),
  preprocessed_root: text({ doc: 'Folder that preprocessing writes frames, crops and sound to.' }),
  train_filelist: text({ doc: 'File with one clip a line, of the training part.' }),
  val_filelist: text({ doc: 'File with one clip a line, of the validation part.' }),
  test_filelist: text({ doc: 'File with one clip a line, of the test part.' }),
  need_preprocess: boolean({ doc: 'Preprocess what is not yet preprocessed before training.' }),
  preprocess_batch_size: integer({ min: 1, unit: 'frames', doc: 'Frames in which faces are looked for at once.' }),
  pads: list(
    integer({
      min: 0,
      unit: 'px',
      doc: 'Added to a detected face at the top, bottom, left and right; best as where the model is used.',
    }),
  ),
  val_fraction: number({ min: 0, max: 1, doc: 'Part of the clips for validation, drawn by the seed.' }),
  test_fraction: number({ min: 0, max: 1, doc: 'Part of the clips for testing, drawn by the seed.' }),
  speakers: integer({ min: 3, doc: 'Speakers that are drawn; each belongs to one part only.' }),
  clips_per_speaker: integer({ min: 1, doc: 'Clips of each speaker.' }),
  clip_seconds: number({ min: 1, unit: 's', doc: 'Length of a clip.' }),
  frame_size: integer({ min: 64, unit: 'px', doc: 'Side of the square pictures.' }),
};
