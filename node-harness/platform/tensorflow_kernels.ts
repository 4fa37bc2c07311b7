import * as tf from '../../lib/backend/tf.ts';
import { registerTrainingKernels } from './tensorflow_training_kernels.ts';

/** What tfjs-node's backend offers to run one of TensorFlow's own operations. */
export interface TensorflowBackend extends tf.KernelBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: Readonly<
    Record<'TF_ATTR_BOOL' | 'TF_ATTR_FLOAT' | 'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_ATTR_TYPE' | 'TF_FLOAT', number>
  >;
  applyActivation(x: tf.Tensor, name?: string, prelu?: tf.TensorInfo, alpha?: number): tf.Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[], count: number): tf.Tensor[];
}
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}
type Attributes = { strides: number | [number, number]; pad: Pad; dilations?: number | [number, number] };
type Pad = 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
type Shape4D = [number, number, number, number];
export type Tensors = Readonly<Record<string, tf.TensorInfo>>;

let registered = false;

/**
 * Replaces tfjs-node's convolutions and their gradients, which take no padding but TensorFlow's own two
 * ways, though TensorFlow itself does.
 */
export function registerTensorflowKernels(): void {
  if (registered) return;
  registered = true;
  registerFusedConv2d();
  registerTrainingKernels();
  for (const prefix of ['Conv2D', 'DepthwiseConv2dNative']) {
    const depthwise = prefix !== 'Conv2D';
    replace(prefix, (backend, { x, filter }, attributes) => {
      const common = convAttributes(backend, x.shape, filter.shape, attributes, depthwise);
      return backend.executeSingleOutput(prefix, common, [x, filter]);
    });
    replace(`${prefix}BackpropInput`, (backend, { dy, filter }, attributes) => {
      const { inputShape } = attributes as unknown as { inputShape: number[] };
      const common = convAttributes(backend, inputShape, filter.shape, attributes, depthwise);
      return withShape(inputShape, (shape) =>
        backend.executeSingleOutput(`${prefix}BackpropInput`, common, [shape, filter, dy]),
      );
    });
    replace(`${prefix}BackpropFilter`, (backend, { x, dy }, attributes) => {
      const { filterShape } = attributes as unknown as { filterShape: number[] };
      const common = convAttributes(backend, x.shape, filterShape, attributes, depthwise);
      return withShape(filterShape, (shape) =>
        backend.executeSingleOutput(`${prefix}BackpropFilter`, common, [x, shape, dy]),
      );
    });
  }
}

/** tfjs-node's own takes a broadcast addition for the bias; TensorFlow has an operation for it. */
function registerFusedConv2d(): void {
  replace('FusedConv2D', (backend, { x, filter, bias, preluActivationWeights }, attributes) => {
    const { activation, leakyreluAlpha } = attributes as Attributes & { activation?: string; leakyreluAlpha?: number };
    const common = convAttributes(backend, x.shape, filter.shape, attributes);
    const steps = [backend.executeSingleOutput('Conv2D', common, [x, filter])];
    const [type, format] = common;
    if (bias) steps.unshift(backend.executeSingleOutput('BiasAdd', [type, format], [steps[0], bias]));
    const result = backend.applyActivation(steps[0], activation, preluActivationWeights, leakyreluAlpha);
    tf.dispose(steps.filter((step) => step !== result));
    return result;
  });
}

/** Registers a kernel; one of the same name gives way. */
export function replace<A = Attributes>(
  kernelName: string,
  run: (backend: TensorflowBackend, inputs: Tensors, attributes: A) => tf.Tensor | tf.Tensor[],
): void {
  if (tf.getKernel(kernelName, 'tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() => run(backend as TensorflowBackend, inputs as Tensors, attrs as A)) as tf.Tensor | tf.Tensor[],
  });
}

/** TensorFlow's attributes of a convolution from TensorFlow.js's. */
export function convAttributes(
  { binding }: TensorflowBackend,
  xShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations = 1 }: Attributes,
  depthwise = false,
): OpAttribute[] {
  const shapes = [xShape as Shape4D, filterShape as Shape4D] as const;
  const info = tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, undefined, depthwise);
  const { type, top, bottom, left, right } = info.padInfo;
  const same = type === 'SAME' || isSamePadding(info);
  const explicit = !same && top + bottom + left + right > 0;
  const integers = (name: string, value: number[]) => ({ name, type: binding.TF_ATTR_INT, value });
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    integers('strides', [1, info.strideHeight, info.strideWidth, 1]),
    integers('dilations', [1, info.dilationHeight, info.dilationWidth, 1]),
    {
      name: 'padding',
      type: binding.TF_ATTR_STRING,
      value: explicit ? 'EXPLICIT' : same ? 'SAME' : 'VALID',
    },
    ...(explicit ? [integers('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0])] : []),
  ];
}

/** Whether the padding is what TensorFlow itself calls SAME: for that it has oneDNN's kernels, but not for numbers. */
function isSamePadding(info: tf.backend_util.Conv2DInfo): boolean {
  const { top, bottom, left, right } = info.padInfo;
  const isSame = (before: number, after: number, taps: number) => before === (taps - 1) >> 1 && after === taps >> 1;
  const isPlain = info.strideHeight * info.strideWidth * info.dilationHeight * info.dilationWidth === 1;
  return isPlain && isSame(top, bottom, info.filterHeight) && isSame(left, right, info.filterWidth);
}

function withShape(shape: readonly number[], run: (shape: tf.Tensor) => tf.Tensor): tf.Tensor {
  const tensor = tf.tensor1d([...shape], 'int32');
  const result = run(tensor);
  tensor.dispose();
  return result;
}
