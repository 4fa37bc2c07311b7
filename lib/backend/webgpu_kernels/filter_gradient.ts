import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '../tf.ts';
import { registerWebgpu } from './webgpu_kernel.ts';

type Shape4D = [number, number, number, number];
interface Attributes {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  filterShape: Shape4D;
}

/** Input and output channels that a workgroup computes; each of its 16 x 16 threads has 2 x 2 of them. */
const TILE = 32;
/** Pixels that it holds at a time. */
const DEPTH = 16;
/** Workgroups that keep any card busy. */
const ENOUGH_WORKGROUPS = 1024;
const LEAST_PIXELS = 16 * DEPTH;

/**
 * The gradient of a convolution's filter as a matrix product for each tap, in tiles that are read once into the
 * workgroup's memory; the pixels are shared out so that small filters too keep the card busy, and their sums added.
 * The stock kernel goes over all pixels in each thread, and reads all from memory.
 */
export function registerFilterGradient(): void {
  registerWebgpu<Attributes>('Conv2DBackpropFilter', (backend, { x, dy }, attributes) => {
    const { strides, pad, dimRoundingMode, filterShape } = attributes;
    const info = tf.backend_util.computeConv2DInfo(x.shape as Shape4D, filterShape, strides, 1, pad, dimRoundingMode);
    const pixels = info.batchSize * info.outHeight * info.outWidth;
    const [height, width, inChannels, outChannels] = filterShape;
    const tiles = [outChannels, inChannels].map((channels) => Math.ceil(channels / TILE));
    const taps = height * width;
    const wanted = Math.ceil(ENOUGH_WORKGROUPS / (tiles[0] * tiles[1] * taps));
    const parts = Math.max(1, Math.min(wanted, Math.ceil(pixels / LEAST_PIXELS)));
    const program: WebGPUProgram = {
      outputShape: [parts, ...filterShape],
      variableNames: ['x', 'dy'],
      shaderKey: 'talkingface_filter_gradient',
      workgroupSize: [16, 16, 1],
      dispatchLayout: { x: [4], y: [3], z: [0, 1, 2] },
      dispatch: [tiles[0], tiles[1], taps * parts],
      uniforms: 'pads : vec2<i32>, strides : vec2<i32>, filterDims : vec2<i32>, pixels : i32, pixelsPerPart : i32,',
      getUserCode: () => code,
    };
    const sums = backend.runWebGPUProgram(program, [x, dy], 'float32', [
      { type: 'int32', data: [info.padInfo.top, info.padInfo.left] },
      { type: 'int32', data: [info.strideHeight, info.strideWidth] },
      { type: 'int32', data: [height, width] },
      { type: 'int32', data: [pixels] },
      { type: 'int32', data: [Math.ceil(pixels / parts)] },
    ]);
    const sum = tf.engine().makeTensorFromTensorInfo(sums);
    return parts === 1 ? sum.reshape(filterShape) : sum.sum(0);
  });
}

const code = `
  var<workgroup> xs : array<array<f32, ${TILE}>, ${DEPTH}>;
  var<workgroup> dys : array<array<f32, ${TILE}>, ${DEPTH}>;

  fn main() {
    let inChannels = uniforms.xShape.w;
    let outChannels = uniforms.dyShape.w;
    let firstOut = i32(workgroupId.x) * ${TILE};
    let firstIn = i32(workgroupId.y) * ${TILE};
    let taps = uniforms.filterDims.x * uniforms.filterDims.y;
    let tap = i32(workgroupId.z) % taps;
    let part = i32(workgroupId.z) / taps;
    let tapAt = vec2<i32>(tap / uniforms.filterDims.y, tap % uniforms.filterDims.y) - uniforms.pads;
    let end = min(uniforms.pixels, (part + 1) * uniforms.pixelsPerPart);
    let thread = i32(localId.y) * 16 + i32(localId.x);
    var sums : mat2x2<f32>;

    // All threads must go round equally often, which only a uniform as the bound shows.
    for (var offset = 0; offset < uniforms.pixelsPerPart; offset += ${DEPTH}) {
      let first = part * uniforms.pixelsPerPart + offset;
      for (var i = thread; i < ${TILE * DEPTH}; i += 256) {
        let row = i / ${TILE};
        let column = i % ${TILE};
        let pixel = first + row;
        var xValue = 0.0;
        var dyValue = 0.0;
        if (pixel < end) {
          let place = pixel % (uniforms.dyShape.y * uniforms.dyShape.z);
          let batch = pixel / (uniforms.dyShape.y * uniforms.dyShape.z);
          let at = vec2<i32>(place / uniforms.dyShape.z, place % uniforms.dyShape.z) * uniforms.strides + tapAt;
          let isInside = all(at >= vec2<i32>(0)) && all(at < uniforms.xShape.yz);
          if (isInside && firstIn + column < inChannels) {
            xValue = x[((batch * uniforms.xShape.y + at.x) * uniforms.xShape.z + at.y) * inChannels + firstIn + column];
          }
          if (firstOut + column < outChannels) { dyValue = dy[pixel * outChannels + firstOut + column]; }
        }
        xs[row][column] = xValue;
        dys[row][column] = dyValue;
      }
      workgroupBarrier();
      for (var k = 0; k < ${DEPTH}; k++) {
        let a = vec2<f32>(xs[k][localId.y], xs[k][localId.y + 16]);
        let b = vec2<f32>(dys[k][localId.x], dys[k][localId.x + 16]);
        sums[0] += a.x * b;
        sums[1] += a.y * b;
      }
      workgroupBarrier();
    }

    for (var i = 0; i < 2; i++) {
      for (var o = 0; o < 2; o++) {
        let inChannel = firstIn + i32(localId.y) + i * 16;
        let outChannel = firstOut + i32(localId.x) + o * 16;
        if (inChannel < inChannels && outChannel < outChannels) {
          setOutputAtIndex(((part * taps + tap) * inChannels + inChannel) * outChannels + outChannel, sums[i][o]);
        }
      }
    }
  }`;
