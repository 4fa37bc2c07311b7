import * as tf from '../tf.ts';
import { registerLoop } from './wasm_kernel.ts';

interface Attributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The gradient of max pooling; the stock one is wrong where a whole window is negative. */
export function registerMaxPoolGradient(): void {
  registerLoop<Attributes>(
    'MaxPoolGrad',
    ({ input }) => input.shape,
    (dx, read, { input }, attributes) => {
      const [x, dy] = [read('input'), read('dy')];
      const { filterSize, strides, pad, dimRoundingMode } = attributes;
      const shape = input.shape as [number, number, number, number];
      const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
      const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
      let out = 0;
      for (let b = 0; b < batchSize; b++) {
        for (let row = 0; row < outHeight; row++) {
          const top = row * info.strideHeight - padInfo.top;
          const [rowFrom, rowTo] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
          for (let column = 0; column < outWidth; column++) {
            const left = column * info.strideWidth - padInfo.left;
            const [columnFrom, columnTo] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
            for (let c = 0; c < inChannels; c++, out++) {
              let best = -1;
              for (let r = rowFrom; r < rowTo; r++) {
                for (let k = columnFrom; k < columnTo; k++) {
                  const at = ((b * inHeight + r) * inWidth + k) * inChannels + c;
                  if (best < 0 || x[at] > x[best]) best = at;
                }
              }
              if (best >= 0) dx[best] += dy[out];
            }
          }
        }
      }
    },
  );
}
