import { UserError } from '../utils/errors.ts';

/** Whether an output name asks for a sequence of pictures. */
export function isImageSequence(output: string): boolean {
  return output.includes('%');
}

/**
 * File names from a pattern such as `frames/%05d.png`: the number of a frame, counted from 0, takes the place of
 * `%05d` (5 digits) or `%d`. Throws a `UserError` when the pattern is not of that kind.
 */
export function imageSequenceName(pattern: string): (index: number) => string {
  const match = /^([^%]*)%(?:0(\d))?d([^%]*)\.png$/i.exec(pattern);
  if (!match || /[/\\]/.test(match[3])) {
    throw new UserError(
      `${pattern} is not a pattern for numbered PNG pictures; write for example frames/%05d.png (5 digits, from 00000.png).`,
    );
  }
  const [, before, digits = '0'] = match;
  const after = pattern.slice(pattern.indexOf('d', before.length) + 1);
  return (index) => before + String(index).padStart(Number(digits), '0') + after;
}
