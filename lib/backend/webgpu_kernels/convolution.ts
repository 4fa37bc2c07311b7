import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { PreparedConvolutionAttributes } from '../kernels.ts';
import * as tf from '../tf.ts';
import { convolutionCode, convolutionUniforms, DEPTH, type Tile, type Variant } from './convolution_code.ts';
import { sumCode, sumUniforms } from './convolution_end.ts';
import { MOST_WORKGROUPS, registerWebgpu, type Uniforms } from './webgpu_kernel.ts';

/** Workgroups that keep most cards busy. */
const ENOUGH_WORKGROUPS = 128;
/** Steps through the workgroup's memory that are worth a workgroup of their own. */
const LEAST_STEPS = 8;

/**
 * Convolution or transposed convolution with scale, bias, residual and activation in one pass. The stock kernels run
 * a transposed one as a plain loop in each thread, leave small pictures to few workgroups, and know no half precision.
 */
export function registerPreparedConvolution(): void {
  registerWebgpu<PreparedConvolutionAttributes>('PreparedConvolution', (backend, { x, filter, ends }, attributes) => {
    const { transposed, kernel, strides, padding, outSize, outChannels, alpha } = attributes;
    const [batch, height, width, inChannels] = x.shape;
    const [inFours, outFours] = [inChannels, outChannels].map((channels) => Math.ceil(channels / 4));
    const phases = transposed ? strides[0] * strides[1] : 1;
    const phaseSize = outSize.map((length, axis) => (transposed ? Math.ceil(length / strides[axis]) : length));
    const pixels = batch * phaseSize[0] * phaseSize[1];
    const mostTaps = kernel.map((taps, axis) => (transposed ? Math.ceil(taps / strides[axis]) : taps));
    const steps = Math.ceil((mostTaps[0] * mostTaps[1] * inFours) / DEPTH);
    const { tile, channelTiles, pixelTiles, parts } = shareOut(pixels, outFours, phases, steps);
    const variant: Variant = {
      tile,
      attributes,
      half: filter.dtype === 'int32',
      inFours: inChannels % 4 === 0,
      outFours: outChannels % 4 === 0,
      partial: parts > 1,
    };
    const uniforms = {
      inSize: [height, width],
      outSize,
      phaseSize,
      strides,
      padding,
      kernel,
      pixels: [pixels],
      inChannels: [inChannels],
      inFours: [inFours],
      outChannels: [outChannels],
      outFours: [outFours],
      channelTiles: [channelTiles],
      parts: [parts],
      partSteps: [Math.ceil(steps / parts)],
      alpha: [alpha],
    };
    const outShape = [batch, ...outSize, outChannels];
    const places = batch * outSize[0] * outSize[1];
    const layers = Math.ceil(pixelTiles / MOST_WORKGROUPS);
    const program: WebGPUProgram = {
      outputShape: variant.partial ? [parts, places, outFours * 4] : outShape,
      outputComponent: variant.partial || variant.outFours ? 4 : 1,
      variableNames: variant.partial ? ['x', 'weights'] : ['x', 'weights', 'ends'],
      variableComponents: [variant.inFours ? 4 : 1, variant.half ? 2 : 4, 4],
      shaderKey: keyOf(
        'convolution',
        transposed,
        variant.half,
        variant.inFours,
        ...Object.values(tile),
        endOf(variant),
      ),
      workgroupSize: [tile.columns, tile.rows, 1],
      dispatchLayout: { x: [2], y: [1], z: [0] },
      dispatch: [channelTiles * parts * phases, Math.ceil(pixelTiles / layers), layers],
      uniforms: declare(convolutionUniforms),
      getUserCode: () => convolutionCode(variant),
    };
    const inputs = variant.partial ? [x, filter] : [x, filter, ends];
    const sums = run(backend, program, inputs, valuesOf(convolutionUniforms, uniforms));
    if (!variant.partial) return sums;
    const count = places * outFours;
    const output = sumProgram(variant, outShape, count);
    const summed = [sums, ends, ...(attributes.residual ? [x] : [])];
    return run(backend, output, summed, valuesOf(sumUniforms, { ...uniforms, count: [count] }));
  });
}

/** Tiles from the one that reads least for what it computes to the one that leaves work for most workgroups. */
const tiles = [
  { threads: 128, pixels: 8 },
  { threads: 64, pixels: 8 },
  { threads: 64, pixels: 4 },
];

/** Pixels in a tile at the most: their input must fit the workgroup's memory. */
const MOST_PIXELS = 128;

/** Shares the output out over workgroups; where they would be few, the products of each output are shared too. */
function shareOut(pixels: number, outFours: number, phases: number, steps: number) {
  // 16, 32 or 64 channels: more shaders would be faster now and then, and longer to compile.
  const columns = [4, 8].find((enough) => outFours <= enough) ?? 16;
  const channelTiles = Math.ceil(outFours / columns);
  const choices = tiles.map(({ threads, pixels: most }) => {
    // Each thread reads at least four weights of a step.
    const rows = Math.min(threads, 4 * DEPTH * columns) / columns;
    const tile: Tile = { columns, rows, pixels: Math.max(1, Math.min(most, MOST_PIXELS / rows)) };
    const pixelTiles = Math.ceil(pixels / (rows * tile.pixels));
    return { tile, pixelTiles, workgroups: pixelTiles * channelTiles * phases };
  });
  const choice = choices.find(({ workgroups }) => workgroups >= ENOUGH_WORKGROUPS) ?? choices[choices.length - 1];
  const wanted = Math.ceil(ENOUGH_WORKGROUPS / choice.workgroups);
  const parts = Math.max(1, Math.min(wanted, Math.floor(steps / LEAST_STEPS)));
  return { ...choice, channelTiles, parts };
}

function sumProgram(variant: Variant, outputShape: number[], count: number): WebGPUProgram {
  const { residual } = variant.attributes;
  const groups = Math.ceil(count / 64);
  const rows = Math.ceil(groups / MOST_WORKGROUPS);
  return {
    outputShape,
    outputComponent: variant.outFours ? 4 : 1,
    variableNames: residual ? ['sums', 'ends', 'x'] : ['sums', 'ends'],
    variableComponents: [4, 4, variant.inFours ? 4 : 1],
    // Of the input's channels only a residual connection takes notice.
    shaderKey: keyOf('convolution_sum', residual && variant.inFours, endOf({ ...variant, partial: false })),
    workgroupSize: [64, 1, 1],
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(groups / rows), rows, 1],
    uniforms: declare(sumUniforms),
    getUserCode: () => sumCode(variant),
  };
}

/** Tells shaders apart that differ in more than their uniforms. */
const keyOf = (...parts: readonly (string | number | boolean)[]): string => `talkingface_${parts.join('_')}`;

function endOf({ attributes, outFours, partial }: Variant): string {
  return partial ? 'partial' : [attributes.activation, attributes.residual, outFours].join('_');
}

type Types = Readonly<Record<string, string>>;

const declare = (types: Types): string =>
  Object.entries(types)
    .map(([name, type]) => `${name} : ${type},`)
    .join(' ');

function valuesOf<T extends Types>(types: T, values: Readonly<Record<keyof T, readonly number[]>>): Uniforms {
  return Object.entries(types).map(([name, type]) => ({
    type: type === 'f32' ? 'float32' : 'int32',
    data: [...values[name]],
  }));
}

/** Inputs as plain lists of numbers: of their shapes TensorFlow.js would make shaders of their own. */
function run(
  backend: WebGPUBackend,
  program: WebGPUProgram,
  inputs: readonly tf.TensorInfo[],
  uniforms: Uniforms,
): tf.Tensor {
  const flat = inputs.map(({ dataId, dtype, shape }) => ({ dataId, dtype, shape: [tf.util.sizeFromShape(shape)] }));
  const output = backend.runWebGPUProgram(program, flat, 'float32', uniforms);
  return tf.engine().makeTensorFromTensorInfo(output);
}
