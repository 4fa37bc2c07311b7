import cliProgress from 'cli-progress';

/** Shows on stderr how far the work is: a bar on a terminal, else a line every few seconds. */
export interface ProgressBar {
  update(done: number, total: number): void;
  /** Takes the bar off the terminal. */
  stop(): void;
}

/** A bar for work that is counted in `unit`, such as `frames`; silent if `quiet`. */
export function progressBar(unit: string, quiet = false): ProgressBar {
  if (quiet) return { update() {}, stop() {} };
  let started = 0;
  const bar = new cliProgress.SingleBar(
    {
      format: `{bar} {value}/{total} ${unit} | {speed} ${unit}/s | {eta_formatted} left`,
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
    update(done, total) {
      if (started === 0) {
        started = performance.now();
        bar.start(total, 0, { speed: '-' });
      }
      const seconds = (performance.now() - started) / 1000;
      bar.update(done, { speed: seconds > 0.5 ? (done / seconds).toFixed(1) : '-' });
    },
    stop() {
      if (started !== 0) bar.stop();
    },
  };
}
