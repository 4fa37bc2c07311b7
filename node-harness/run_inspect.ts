import { DTYPE_BYTES, elementCount } from '../lib/checkpoint/dtypes.ts';
import { openCheckpoint } from '../lib/checkpoint/open_checkpoint.ts';
import type { InspectCommandOptions } from './commands/inspect.ts';
import { openFile } from './platform/file_source.ts';

/** Prints what a checkpoint holds; tensors are not read. */
export async function runInspect(file: string, { select, json }: InspectCommandOptions): Promise<void> {
  const input = await openFile(file);
  try {
    const checkpoint = await openCheckpoint(input);
    const { format, groups, metadata, warnings } = checkpoint;
    const selected = select ?? checkpoint.selected;
    const source = select === undefined ? checkpoint : checkpoint.select(select);
    const entries = Array.from(source.entries, ([name, { dtype, shape }]) => ({ name, dtype, shape }));
    const elements = entries.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const bytes = entries.reduce((sum, { dtype, shape }) => sum + elementCount(shape) * DTYPE_BYTES[dtype], 0);
    if (json) {
      const summary = { file, fileBytes: input.size, format, selected, groups, elements, bytes };
      console.log(JSON.stringify({ ...summary, entries, metadata, warnings }));
      return;
    }
    const lines = [`${file}: ${format}, ${readableSize(input.size)}`, ...table(entries.map(row))];
    lines.push(`${entries.length} entries, ${elements.toLocaleString('en')} numbers, ${readableSize(bytes)}`);
    if (groups.length > 1 || selected !== '') {
      lines.push(`Dictionaries of tensors, of which "${printable(selected)}" is listed (--select takes another):`);
      for (const { path, kind, tensors } of groups) {
        const marks = [
          `${tensors} ${tensors === 1 ? 'tensor' : 'tensors'}`,
          ...(kind === 'optimizer' ? ['optimizer'] : []),
        ];
        lines.push(`  "${printable(path)}": ${marks.join(', ')}`);
      }
    }
    const values = Object.entries(metadata);
    if (values.length > 0) lines.push('Other values:');
    for (const [name, value] of values) lines.push(`  ${printable(name)}: ${printable(String(value))}`);
    for (const warning of warnings) lines.push(`note: ${printable(warning)}`);
    console.log(lines.join('\n'));
  } finally {
    await input.close();
  }
}

function row({ name, dtype, shape }: { name: string; dtype: string; shape: readonly number[] }): string[] {
  return [printable(name), dtype, `[${shape.join(', ')}]`];
}

function table(rows: string[][]): string[] {
  const widths = [0, 1].map((column) => rows.reduce((width, cells) => Math.max(width, cells[column].length), 0));
  return rows.map(([name, dtype, shape]) => `  ${name.padEnd(widths[0])}  ${dtype.padEnd(widths[1])}  ${shape}`);
}

function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [divisor, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(bytes / divisor).toFixed(1)} ${unit}`;
}

/** On one line and without control characters, which a hostile file could send to the terminal. */
function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '?');
}
