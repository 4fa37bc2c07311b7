import type { Settings } from '../config/schema.ts';

export type ScheduleSettings = Pick<Settings, 'schedule' | 'warmup_steps'>;

/** The part of the highest learning rate that step `step` (from 0) of `total` is taken with. */
export function learningRateFactor(
  step: number,
  total: number,
  { schedule, warmup_steps: warmup }: ScheduleSettings,
): number {
  if (step < warmup) return (step + 1) / warmup;
  const done = (step - warmup) / Math.max(1, total - warmup);
  switch (schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return 1 - done;
    case 'cosine':
      return (1 + Math.cos(Math.PI * done)) / 2;
    default:
      return schedule satisfies never;
  }
}
