import { access, open, rename, rm } from 'node:fs/promises';
import { convertTensor, type FloatDType, isFloatDType } from '../lib/checkpoint/dtypes.ts';
import { openCheckpoint } from '../lib/checkpoint/open_checkpoint.ts';
import { writeSafetensors } from '../lib/checkpoint/safetensors.ts';
import type { StateDictSource } from '../lib/checkpoint/state_dict.ts';
import { UserError } from '../lib/utils/errors.ts';
import type { ConvertCommandOptions } from './commands/convert.ts';
import { interruptSignal } from './interrupt.ts';
import { openFile } from './platform/file_source.ts';
import { preparePartial, writeError } from './platform/media_files.ts';

/** Converts entry by entry, so that no more than one is in memory; the output appears when it is complete. */
export async function runConvert(file: string, options: ConvertCommandOptions): Promise<void> {
  const { to, dtype, select, only, force } = options;
  if (!/\.safetensors$/i.test(to))
    throw new UserError(`--to ${to} must end in .safetensors, the format that is written.`);
  const exists = await access(to).then(
    () => true,
    () => false,
  );
  if (exists && !force) throw new UserError(`${to} is there already; pass --force to replace it.`);

  const input = await openFile(file);
  try {
    const checkpoint = await openCheckpoint(input);
    let weights: StateDictSource = select === undefined ? checkpoint : checkpoint.select(select);
    if (only !== undefined) weights = entriesUnder(weights, only, file);
    if (dtype !== undefined) weights = withDType(weights, dtype.toUpperCase() as FloatDType);
    if (weights.entries.size === 0) throw new UserError(`${file} has no weights to convert.`);
    await writeFile(weights, to);
    for (const warning of checkpoint.warnings) console.error(`note: ${warning}`);
    console.log(`${to}: ${weights.entries.size} entries`);
  } finally {
    await input.close();
  }
}

async function writeFile(weights: StateDictSource, to: string): Promise<void> {
  const signal = interruptSignal();
  const partial = await preparePartial(to);
  try {
    const output = await open(partial, 'wx');
    try {
      await writeSafetensors(
        weights,
        {
          write: async (bytes) => {
            signal.throwIfAborted();
            await output.writeFile(bytes);
          },
        },
        { format: 'pt' },
      );
    } finally {
      await output.close();
    }
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { force: true });
    throw writeError(to, error);
  }
}

function entriesUnder(source: StateDictSource, prefix: string, file: string): StateDictSource {
  const entries = new Map([...source.entries].filter(([name]) => name.startsWith(prefix)));
  if (entries.size === 0) throw new UserError(`No entry of ${file} begins with "${prefix}"; inspect lists the names.`);
  return { entries, read: (name) => source.read(name) };
}

function withDType(source: StateDictSource, dtype: FloatDType): StateDictSource {
  const entries = Array.from(source.entries, ([name, info]) => {
    return [name, isFloatDType(info.dtype) ? { ...info, dtype } : info] as const;
  });
  return { entries: new Map(entries), read: async (name) => convertTensor(await source.read(name), dtype) };
}
