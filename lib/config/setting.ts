import { UserError } from '../utils/errors.ts';

/** What a value may be, and what it means to the person who sets it. */
export interface Setting<T> {
  /** One line for people. */
  readonly doc: string;
  /** Of the number, e.g. `s`. */
  readonly unit?: string;
  /** What fits, as a sentence goes on: `a whole number from 1`. */
  readonly expected: string;
  /** The value, when it fits. */
  accept(value: unknown): T | undefined;
}

/** The type that a setting's values have. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never;

interface Words {
  readonly doc: string;
  readonly unit?: string;
}

interface Range extends Words {
  /** Least value allowed. */
  readonly min?: number;
  /** Largest value allowed. */
  readonly max?: number;
}

export const boolean = (words: Words): Setting<boolean> => ({
  ...words,
  expected: 'true or false',
  accept: (value) => (typeof value === 'boolean' ? value : undefined),
});

export const number = (range: Range): Setting<number> => numeric('a number', Number.isFinite, range);

export const integer = (range: Range): Setting<number> => numeric('a whole number', Number.isSafeInteger, range);

export const text = (words: Words): Setting<string> => ({
  ...words,
  expected: 'text',
  accept: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
});

/** One of a few words; case does not matter. */
export const choice = <const T extends string>(choices: readonly T[], words: Words): Setting<T> => ({
  ...words,
  expected: `one of ${choices.join(', ')}`,
  accept: (value) => choices.find((known) => known === String(value).toLowerCase()),
});

/** Several values; a single one counts as a list of one, and `a,b` as two. */
export const list = <T>(item: Setting<T>): Setting<readonly T[]> => ({
  ...item,
  expected: `a list, each item ${item.expected}`,
  accept: (value) => {
    const parts =
      typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : Array.isArray(value) ? value : [value];
    const accepted = parts.map((part) => item.accept(part));
    return accepted.includes(undefined) ? undefined : (accepted as T[]);
  },
});

/** A setting that can be left empty: `null` in YAML. */
export const optional = <T>(setting: Setting<T>): Setting<T | null> => ({
  ...setting,
  expected: `${setting.expected}, or null`,
  accept: (value) => (value === null ? null : setting.accept(value)),
});

/** Throws a `UserError` when `value`, which stands in `origin`, does not fit. */
export function check<T>(key: string, setting: Setting<T>, value: unknown, origin: string): T {
  const accepted = setting.accept(value);
  if (accepted === undefined) {
    throw new UserError(`${key} is ${JSON.stringify(value)} in ${origin}; it must be ${setting.expected}.`);
  }
  return accepted;
}

function numeric(kind: string, fits: (value: unknown) => boolean, { min, max, ...words }: Range): Setting<number> {
  const from = min === undefined ? '' : ` from ${min}`;
  const to = max === undefined ? '' : `${min === undefined ? ' up' : ''} to ${max}`;
  return {
    ...words,
    expected: `${kind}${from}${to}`,
    accept: (value) => {
      if (!fits(value)) return undefined;
      const given = value as number;
      return given >= (min ?? -Infinity) && given <= (max ?? Infinity) ? given : undefined;
    },
  };
}
