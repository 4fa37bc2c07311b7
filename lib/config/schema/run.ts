import { backendNames } from '../../backend/backend.ts';
import { boolean, choice, integer, optional, text } from '../setting.ts';

/** Where and how a run works. */
export const runSettings = {
  seed: integer({ min: 0, doc: 'Seed of every random choice: first weights, order of the data, splits.' }),
  backend: choice(['auto', ...backendNames], { doc: 'What computes; auto takes the fastest that starts.' }),
  worker: integer({ min: 0, doc: 'Parallel workers of preprocessing; 0 takes one for each core.' }),
  checkpoint_dir: text({ doc: 'Folder that a run makes its own folder in.' }),
  checkpoint: optional(text({ doc: 'Weights to start from or to evaluate: a file, or the folder of a checkpoint.' })),
  resume: boolean({ doc: 'Go on with the latest run of this model and data set from its last checkpoint.' }),
  show_progress: boolean({ doc: 'Draw a progress bar.' }),
};
