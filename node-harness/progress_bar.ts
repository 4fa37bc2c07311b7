import cliProgress from 'cli-progress';

/** Shows on stderr how far the work is: a bar on a terminal, else a line every few seconds. */
export interface ProgressBar {
  /** @param note what else is to be shown, e.g. a loss */
  update(done: number, total: number, note?: string): void;
  /** Takes the bar off the terminal. */
  stop(): void;
}

/** A bar for work that is counted in `unit`, such as `frames`; silent if `quiet`. */
export function progressBar(unit: string, quiet = false): ProgressBar {
  if (quiet) return { update() {}, stop() {} };
  let started = 0;
  let first = 0;
  const bar = new cliProgress.SingleBar(
    {
      format: `{bar} {value}/{total} ${unit} | {speed} ${unit}/s | {eta_formatted} left{note}`,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      etaBuffer: 50,
      noTTYOutput: true,
      notTTYSchedule: 5000,
    },
    cliProgress.Presets.shades_classic,
  );
  return {
    update(done, total, note) {
      const shown = note === undefined ? '' : ` | ${note}`;
      if (started === 0) {
        started = performance.now();
        first = done;
        bar.start(total, done, { speed: '-', note: shown });
      }
      const seconds = (performance.now() - started) / 1000;
      const speed = seconds > 0.5 ? ((done - first) / seconds).toFixed(1) : '-';
      bar.update(done, { speed, note: shown });
    },
    stop() {
      if (started !== 0) bar.stop();
    },
  };
}
