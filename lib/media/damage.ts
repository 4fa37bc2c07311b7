import { UserError } from '../utils/errors.ts';

/** For a file that is no known kind of media. */
export function unknownFormat(name: string): UserError {
  return new UserError(
    `${name} is not a video, picture or sound that can be read, or it is damaged; use another file.`,
  );
}

/** For an MP4 that ends before its index. */
export function missingIndex(name: string): UserError {
  return new UserError(
    `${name} is cut short: it is an MP4 whose index (moov) is missing, as after a download or recording that stopped early; get the whole file.`,
  );
}

/** For a video that ends before it should, or a frame that cannot be decoded. */
export function damagedVideo(name: string, read: number, expected: number): UserError {
  return new UserError(
    `${name} is damaged or cut short: only ${read} of about ${expected} frames can be read; get the whole file.`,
  );
}

/** Whether so many fewer frames came than the container promised that the file must be damaged; some are often missing. */
export function isCutShort(read: number, expected: number): boolean {
  return read === 0 || read + Math.max(3, 0.05 * expected) < expected;
}
