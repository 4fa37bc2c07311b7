import { parse } from 'yaml';
import { UserError } from '../utils/errors.ts';
import type { Layer } from './configurator.ts';
import { plain } from './schema.ts';

/**
 * Settings from a command line: `--key=value`, `--key value`, or `--key` alone for true. A value is read as
 * YAML, so `--metrics=[lse,ssim]` is a list and `--steps=null` empties a setting. Throws a `UserError` for
 * what is not a setting and for a key with two different values.
 */
export function parseOverrides(tokens: readonly string[]): Layer {
  const given = new Map<string, string>();
  for (let i = 0; i < tokens.length; i++) {
    const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(tokens[i]) ?? [];
    if (name === undefined) throw new UserError(`${tokens[i]} is not a setting; write --key=value.`);
    const follows = value === undefined && i + 1 < tokens.length && !tokens[i + 1].startsWith('--');
    const written = value ?? (follows ? tokens[++i] : 'true');
    const key = plain(name);
    const before = given.get(key);
    if (before !== undefined && before !== written) {
      throw new UserError(`--${key} is given twice, as ${before} and as ${written}; keep one.`);
    }
    given.set(key, written);
  }
  const values = Array.from(given, ([key, written]) => [key, parseValue(key, written)]);
  return { origin: 'the command line', values: Object.fromEntries(values) };
}

function parseValue(key: string, written: string): unknown {
  try {
    return parse(written);
  } catch (error) {
    throw new UserError(`--${key}=${written} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
}
