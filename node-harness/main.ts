import { Command, CommanderError } from 'commander';
import { UserError } from '../lib/utils/errors.ts';
import { normaliseArguments } from './arguments.ts';
import { register as registerConfig } from './commands/config.ts';
import { register as registerConvert } from './commands/convert.ts';
import { register as registerDoctor } from './commands/doctor.ts';
import { register as registerEvaluate } from './commands/evaluate.ts';
import { register as registerFetchWeights } from './commands/fetch_weights.ts';
import { register as registerFinetune } from './commands/finetune.ts';
import { register as registerInspect } from './commands/inspect.ts';
import { register as registerLipsync } from './commands/lipsync.ts';
import { register as registerList } from './commands/list.ts';
import { register as registerParity } from './commands/parity.ts';
import { register as registerPreprocess } from './commands/preprocess.ts';
import { register as registerSetupTensorflow } from './commands/setup_tensorflow.ts';
import { register as registerTrain } from './commands/train.ts';
import { Interruption } from './interrupt.ts';

/** Every command; a file exports `register(program)` and imports what is heavy only when it runs. */
const commands = [
  registerLipsync,
  registerTrain,
  registerFinetune,
  registerEvaluate,
  registerPreprocess,
  registerFetchWeights,
  registerList,
  registerConfig,
  registerConvert,
  registerInspect,
  registerParity,
  registerDoctor,
  registerSetupTensorflow,
];

/**
 * Runs one command line and returns the exit status: 0 done, 1 the work failed, 2 the command line is
 * wrong, 130 interrupted.
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('node-harness')
    .description('Talking-face toolkit: lip-sync, training and evaluation from the command line.')
    .option('--verbose', 'print the stack of an error')
    .showHelpAfterError('(--help lists what there is)')
    .configureHelp({ showGlobalOptions: true });
  for (const register of commands) register(program);
  settle(program);
  try {
    await program.parseAsync(normaliseArguments(args), { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, args.includes('--verbose'));
  }
}

/** Commander's settings do not reach subcommands that were registered with their own: set them on each. */
function settle(command: Command): void {
  command.exitOverride().allowExcessArguments(false).showSuggestionAfterError();
  command.commands.forEach(settle);
}

function report(error: unknown, verbose: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interruption) {
    console.error(error.message);
    return error.exitCode;
  }
  const sentence = userSentence(error);
  if (sentence !== undefined) {
    console.error(`error: ${sentence}`);
  } else {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    console.error(`This is a fault in the toolkit${verbose ? '' : '; --verbose prints where it happened'}.`);
  }
  if (verbose && error instanceof Error) console.error(error.stack);
  return 1;
}

/** What to tell the user, when the error is about their files or machine rather than about our code. */
function userSentence(error: unknown): string | undefined {
  if (error instanceof UserError) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  const where = path === undefined ? '' : ` ${path}`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left on the disk to write${where}; free some or choose another place.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `There is no permission to use${where}.`;
    case 'ENOENT':
      return `There is no file or folder${where}.`;
    case 'EMFILE':
      return `Too many files are open at once${where}; raise the limit (ulimit -n).`;
    default:
      return undefined;
  }
}
