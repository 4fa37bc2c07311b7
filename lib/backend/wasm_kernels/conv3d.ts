import * as tf from '../tf.ts';
import { registerComposed } from './wasm_kernel.ts';

type Shape5D = [number, number, number, number, number];
interface Attributes {
  strides: number | [number, number, number];
  pad: 'valid' | 'same';
  dilations?: number | [number, number, number];
}

/**
 * 3-D convolution and its gradients as 2-D ones, one for each tap along the depth: the stock kernels are
 * plain loops, and the gradient for the input fills only a part of it.
 */
export function registerConv3d(): void {
  registerComposed<Attributes>('Conv3D', ({ x, filter }, attributes) => {
    const info = infoOf(x.shape, filter.shape, attributes);
    const { batchSize, outDepth, outHeight, outWidth, outChannels } = info;
    const frame = [outHeight, outWidth, outChannels];
    const parts = taps(info).map(({ tap, outputs, inputs }) => {
      const frames = tf.gather(x, inputs, 1).reshape<tf.Tensor4D>([-1, ...x.shape.slice(2)]);
      const kernel = tapOf(filter, tap);
      const y = tf.conv2d(frames, kernel, stridesOf(info), padOf(info), 'NHWC', [
        info.dilationHeight,
        info.dilationWidth,
      ]);
      return scatterFrames(y.reshape([batchSize, outputs.length, ...frame]), outputs, outDepth);
    });
    return parts.length ? tf.addN(parts) : tf.zeros(info.outShape);
  });
  registerComposed<Attributes & { inputShape: Shape5D }>('Conv3DBackpropInputV2', ({ dy, filter }, attributes) => {
    const { inputShape } = attributes;
    const info = infoOf(inputShape, filter.shape, attributes);
    const parts = taps(info).map(({ tap, outputs, inputs }) => {
      const frames = tf.gather(dy, outputs, 1).reshape([-1, ...dy.shape.slice(2)]);
      const shape = [info.batchSize * outputs.length, ...inputShape.slice(2)];
      const dx = runKernel('Conv2DBackpropInput', { dy: frames, filter: tapOf(filter, tap) }, info, {
        inputShape: shape,
      });
      return scatterFrames(dx.reshape([info.batchSize, outputs.length, ...inputShape.slice(2)]), inputs, info.inDepth);
    });
    return parts.length ? tf.addN(parts) : tf.zeros(inputShape);
  });
  registerComposed<Attributes & { filterShape: Shape5D }>('Conv3DBackpropFilterV2', ({ x, dy }, attributes) => {
    const { filterShape } = attributes;
    const info = infoOf(x.shape, filterShape, attributes);
    const all = new Map(taps(info).map((tap) => [tap.tap, tap]));
    const kernels = Array.from({ length: info.filterDepth }, (_, tap) => {
      const at = all.get(tap);
      if (!at) return tf.zeros(filterShape.slice(1));
      const frames = tf.gather(x, at.inputs, 1).reshape([-1, ...x.shape.slice(2)]);
      const dyFrames = tf.gather(dy, at.outputs, 1).reshape([-1, ...dy.shape.slice(2)]);
      return runKernel('Conv2DBackpropFilter', { x: frames, dy: dyFrames }, info, {
        filterShape: filterShape.slice(1),
      });
    });
    return tf.stack(kernels);
  });
}

type Info = tf.backend_util.Conv3DInfo;

function infoOf(xShape: number[], filterShape: number[], { strides, pad, dilations = 1 }: Attributes): Info {
  return tf.backend_util.computeConv3DInfo(xShape as Shape5D, filterShape as Shape5D, strides, dilations, pad);
}

/** For each tap along the depth that meets the input: which outputs it serves, and from which inputs. */
function taps({ filterDepth, outDepth, inDepth, strideDepth, dilationDepth, padInfo }: Info) {
  const all = Array.from({ length: filterDepth }, (_, tap) => {
    const outputs: number[] = [];
    const inputs: number[] = [];
    for (let out = 0; out < outDepth; out++) {
      const input = out * strideDepth + tap * dilationDepth - padInfo.front;
      if (input < 0 || input >= inDepth) continue;
      outputs.push(out);
      inputs.push(input);
    }
    return { tap, outputs, inputs };
  });
  return all.filter(({ outputs }) => outputs.length > 0);
}

/** Puts the frames at `indices` (ascending) of a clip of `depth` frames, zeros elsewhere. */
function scatterFrames(frames: tf.Tensor, indices: number[], depth: number): tf.Tensor {
  if (indices.length === depth) return frames;
  const order = Array.from({ length: depth }, (_, i) => indices.indexOf(i));
  // A frame of zeros at the end stands for every frame that nothing fills.
  const zero = tf.zeros([frames.shape[0], 1, ...frames.shape.slice(2)]);
  const withZero = tf.concat([frames, zero], 1);
  return tf.gather(
    withZero,
    order.map((i) => (i < 0 ? indices.length : i)),
    1,
  );
}

function tapOf(filter: tf.Tensor, tap: number): tf.Tensor4D {
  return tf.slice(filter, [tap, 0, 0, 0, 0], [1, -1, -1, -1, -1]).reshape(filter.shape.slice(1));
}

const stridesOf = ({ strideHeight, strideWidth }: Info): [number, number] => [strideHeight, strideWidth];

function padOf({ padInfo: { top, bottom, left, right } }: Info): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function runKernel(name: string, inputs: tf.NamedTensorMap, info: Info, shape: object): tf.Tensor {
  const attributes = { strides: stridesOf(info), pad: padOf(info), dataFormat: 'NHWC', ...shape };
  return tf.engine().runKernel(name, inputs, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
}
