import * as tf from '../tf.ts';
import { replace, type WasmBackend } from './wasm_kernel.ts';

/** Rows of so many numbers or more are copied by a call each, as the stock kernel copies all; shorter ones by a loop. */
const LONG = 64;

/** Joins along an axis. A picture has thousands of short rows, and a call for each took a tenth of a small network's time. */
export function registerConcat(): void {
  const stock = tf.getKernel('Concat', 'wasm').kernelFunc;
  replace('Concat', (call) => {
    const parts = call.inputs as unknown as tf.TensorInfo[];
    const [axis] = tf.util.parseAxisParam(call.attrs?.axis as number, parts[0].shape);
    const rows = parts.map(({ shape }) => tf.util.sizeFromShape(shape.slice(axis)));
    if (Math.min(...rows) >= LONG || parts.some(({ dtype }) => dtype !== 'float32')) return stock(call);
    const backend = call.backend as WasmBackend;
    const shapes = parts.map(({ shape }) => shape);
    const output = backend.makeOutput(tf.backend_util.computeOutShape(shapes, axis), 'float32');
    const to = backend.typedArrayFromHeap(output) as Float32Array;
    const width = rows.reduce((sum, row) => sum + row, 0);
    let left = 0;
    for (const [i, part] of parts.entries()) {
      copyRows(backend.typedArrayFromHeap(part) as Float32Array, to, rows[i], left, width);
      left += rows[i];
    }
    return output;
  });
}

/** Writes rows one after the other into columns from `left` on of an output `width` wide. */
function copyRows(from: Float32Array, to: Float32Array, row: number, left: number, width: number): void {
  for (let i = 0, start = left; i < from.length; start += width) {
    const end = start + row;
    let at = start;
    // Four at a time take half as long.
    for (; at + 3 < end; at += 4, i += 4) {
      to[at] = from[i];
      to[at + 1] = from[i + 1];
      to[at + 2] = from[i + 2];
      to[at + 3] = from[i + 3];
    }
    for (; at < end; at++, i++) to[at] = from[i];
  }
}
