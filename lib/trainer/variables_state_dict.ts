import * as tf from '../backend/tf.ts';
import { toFloat32 } from '../checkpoint/dtypes.ts';
import type { StateDictSource } from '../checkpoint/state_dict.ts';
import { UserError } from '../utils/errors.ts';

/** Variables by name as a state dict, in our layout: for what only training needs. */
export function variablesStateDict(variables: ReadonlyMap<string, tf.Variable>): StateDictSource {
  const info = ({ shape }: tf.Variable) => ({ dtype: 'F32', shape }) as const;
  return {
    entries: new Map(Array.from(variables, ([name, variable]) => [name, info(variable)])),
    async read(name) {
      const variable = variables.get(name)!;
      const values = (await variable.data()) as Float32Array;
      return { ...info(variable), bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
    },
  };
}

/** Gives variables their values back; throws a `UserError` when one is missing or has another shape. */
export async function loadVariables(
  variables: ReadonlyMap<string, tf.Variable>,
  source: StateDictSource,
): Promise<void> {
  for (const [name, variable] of variables) {
    const shape = source.entries.get(name)?.shape;
    if (String(shape) !== String(variable.shape)) {
      throw new UserError(
        `The checkpoint was made with other settings (${name} is ${shape ? `[${shape}]` : 'missing'} instead of [${variable.shape}]); resume with those or start a new run.`,
      );
    }
    const values = tf.tensor(toFloat32(await source.read(name)), variable.shape);
    variable.assign(values);
    values.dispose();
  }
}
