/** Thrown out of work that the user stopped; `exitCode` is what a shell expects after the signal. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly exitCode: number;

  constructor(exitCode: number, message = 'Stopped before the end; nothing was written.') {
    super(message);
    this.exitCode = exitCode;
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * From the call on, the first SIGINT, SIGTERM or SIGHUP aborts the signal returned (with an
 * `Interruption` as its reason), so that the work can tidy up; the second ends the process at once.
 *
 * @param message what to tell the user, when something is left of the work
 */
export function interruptSignal(message?: string): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(new Interruption(exitCode, message));
    });
  }
  return controller.signal;
}
