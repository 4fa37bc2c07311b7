import * as tf from '../tf.ts';
import { registerLoop } from './wasm_kernel.ts';

type Shape4D = [number, number, number, number];
interface Attributes {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dilations?: number | [number, number];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The gradients of a depthwise convolution, which wasm lacks. */
export function registerDepthwiseGradients(): void {
  registerLoop<Attributes & { inputShape: Shape4D }>(
    'DepthwiseConv2dNativeBackpropInput',
    (_, { inputShape }) => inputShape,
    (dx, read, { filter }, attributes) => {
      const [dy, weights] = [read('dy'), read('filter')];
      forEachTap(attributes.inputShape, filter.shape as Shape4D, attributes, (x, w, y, channels, multiplier) => {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let m = c * multiplier; m < (c + 1) * multiplier; m++) sum += dy[y + m] * weights[w + m];
          dx[x + c] += sum;
        }
      });
    },
  );
  registerLoop<Attributes & { filterShape: Shape4D }>(
    'DepthwiseConv2dNativeBackpropFilter',
    (_, { filterShape }) => filterShape,
    (dFilter, read, { x }, attributes) => {
      const [values, dy] = [read('x'), read('dy')];
      forEachTap(x.shape as Shape4D, attributes.filterShape, attributes, (x, w, y, channels, multiplier) => {
        for (let c = 0; c < channels; c++) {
          for (let m = c * multiplier; m < (c + 1) * multiplier; m++) dFilter[w + m] += values[x + c] * dy[y + m];
        }
      });
    },
  );
}

/** Calls `visit` with the offsets of input pixel, filter tap and output pixel for each product of the convolution. */
function forEachTap(
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, pad, dilations = 1, dimRoundingMode }: Attributes,
  visit: (x: number, w: number, y: number, channels: number, multiplier: number) => void,
): void {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const multiplier = outChannels / inChannels;
  for (let b = 0; b < batchSize; b++) {
    for (let row = 0; row < outHeight; row++) {
      for (let kr = 0; kr < info.filterHeight; kr++) {
        const inRow = row * info.strideHeight - padInfo.top + kr * info.dilationHeight;
        if (inRow < 0 || inRow >= inHeight) continue;
        for (let column = 0; column < outWidth; column++) {
          const y = ((b * outHeight + row) * outWidth + column) * outChannels;
          for (let kc = 0; kc < info.filterWidth; kc++) {
            const inColumn = column * info.strideWidth - padInfo.left + kc * info.dilationWidth;
            if (inColumn < 0 || inColumn >= inWidth) continue;
            const x = ((b * inHeight + inRow) * inWidth + inColumn) * inChannels;
            visit(x, (kr * info.filterWidth + kc) * outChannels, y, inChannels, multiplier);
          }
        }
      }
    }
  }
}
