import type { LossValues } from '../model/abstract_talkingface.ts';
import type { LossSums } from './losses.ts';

/** What one validation found. */
export interface Validation {
  /** Optimizer steps taken before it; 0 for the untrained model. */
  readonly step: number;
  /** Means over the validation set. */
  readonly losses: LossValues;
}

/** Where a run is: all that its next step depends on, besides weights and optimizers. Saved as `state.json`. */
export interface TrainingState {
  readonly version: 1;
  /** Optimizer steps taken. */
  step: number;
  validations: Validation[];
  /** Losses since the last line of the log. */
  unlogged: LossSums;
}

export const firstState = (): TrainingState => ({ version: 1, step: 0, validations: [], unlogged: {} });

/** The validation with the lowest loss so far; the first of equals. */
export function bestValidation({ validations }: TrainingState): Validation | undefined {
  return validations.reduce<Validation | undefined>(
    (best, one) => (best && best.losses.loss <= one.losses.loss ? best : one),
    undefined,
  );
}

/** Validations in a row, up to the last, that were not the best until then. */
export function validationsWithoutProgress(state: TrainingState): number {
  const best = bestValidation(state);
  return best ? state.validations.length - 1 - state.validations.indexOf(best) : 0;
}
