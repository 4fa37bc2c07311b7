import * as tf from '../tf.ts';

/** What the wasm backend offers beyond the common interface: its memory, as long as no tensor is made. */
export interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array;
}

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** Registers a kernel that is made of other TensorFlow.js operations. Replaces the stock one. */
export function registerComposed<Attributes>(
  name: string,
  run: (inputs: Inputs, attributes: Attributes) => tf.Tensor,
): void {
  replace(name, ({ inputs, attrs }) => {
    return tf.tidy(() => run(inputs as unknown as Inputs, attrs as Attributes));
  });
}

/** {@link registerLoops} with one output, which is zeroed before. */
export function registerLoop<Attributes>(
  name: string,
  outShape: (inputs: Inputs, attributes: Attributes) => number[],
  run: (output: Float32Array, read: (input: string) => Float32Array, inputs: Inputs, attributes: Attributes) => void,
): void {
  const shapes = (inputs: Inputs, attributes: Attributes): number[][] => [outShape(inputs, attributes)];
  registerLoops<Attributes>(name, shapes, ([output], ...rest) => run(output.fill(0), ...rest));
}

/**
 * Registers a kernel that is a loop over the backend's memory; `run` fills all of its outputs, which may hold
 * anything before. Replaces the stock one.
 */
export function registerLoops<Attributes>(
  name: string,
  outShapes: (inputs: Inputs, attributes: Attributes) => number[][],
  run: (
    outputs: readonly Float32Array[],
    read: (input: string) => Float32Array,
    inputs: Inputs,
    attributes: Attributes,
  ) => void,
): void {
  replace(name, ({ inputs, attrs, backend }) => {
    const wasm = backend as WasmBackend;
    const [tensors, attributes] = [inputs as unknown as Inputs, attrs as Attributes];
    const outputs = outShapes(tensors, attributes).map((shape) => wasm.makeOutput(shape, 'float32'));
    // Views are taken after the outputs were made: memory that grows leaves older views empty.
    const read = (input: string) => wasm.typedArrayFromHeap(tensors[input]) as Float32Array;
    const values = outputs.map((output) => wasm.typedArrayFromHeap(output) as Float32Array);
    run(values, read, tensors, attributes);
    return outputs.length === 1 ? outputs[0] : outputs;
  });
}

/** Registers a kernel in place of the stock one. */
export function replace(kernelName: string, kernelFunc: tf.KernelConfig['kernelFunc']): void {
  if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}

/**
 * Registers an Identity that shares its input's memory. The stock one copies, and TensorFlow.js clones every
 * tensor that it keeps for a gradient.
 */
export function registerIdentity(): void {
  replace('Identity', ({ inputs, backend }) => {
    const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
    (backend as WasmBackend).incRef(dataId);
    return { dataId, shape, dtype };
  });
}
