/**
 * An error whose message is meant for the person who uses the toolkit: one sentence that says what was
 * wrong, where, and what to do, with the values. Commands print it without a stack trace.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
