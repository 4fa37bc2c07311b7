import { type Command, InvalidArgumentError } from 'commander';

/** A whole number of at least `least`, for commander's options. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && text.trim() !== '') return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };
}

/** A number above 0, for commander's options. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** A part of a whole, above 0 and below 1, for commander's options. */
export function fraction(text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('It must be a number above 0 and below 1.');
}

/** A flag that may be followed by a word, as the reference's `--static True` is. */
export function flag(text: string): boolean {
  const value = text.toLowerCase();
  if (['true', 'yes', '1'].includes(value)) return true;
  if (['false', 'no', '0'].includes(value)) return false;
  throw new InvalidArgumentError('It must be true or false.');
}

/**
 * Whole numbers given as separate words or joined with commas, for commander's variadic options, which call
 * it once a word with what it returned before.
 */
export function wholeNumbers(text: string, previous?: readonly number[]): number[] {
  const values = text.split(/[\s,]+/).filter((part) => part !== '');
  const numbers = values.map(Number);
  if (!numbers.every(Number.isInteger)) throw new InvalidArgumentError('It must be whole numbers.');
  return [...(previous ?? []), ...numbers];
}

/**
 * Ends with a usage error when an option was left out. Commander's own required options are checked before
 * unknown ones, so that a mistyped `--fase` would be reported as a missing `--face` without saying why.
 */
export function requireOptions(command: Command, ...names: readonly string[]): void {
  for (const name of names) {
    if (command.getOptionValue(name) !== undefined) continue;
    const option = command.options.find((candidate) => candidate.attributeName() === name);
    command.error(`error: required option '${option?.flags ?? name}' not specified`);
  }
}
