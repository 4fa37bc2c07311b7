import type { ConvolutionShape } from '../backend/kernels.ts';
import { hasKernel } from '../backend/kernels.ts';
import { convolvePhases, type Phases, splitFilter } from '../backend/phase_convolution.ts';
import * as tf from '../backend/tf.ts';
import { conv2dFilterGrad } from './conv2d.ts';
import { customGrad } from './custom_grad.ts';
import { activate, explicitPad, type FusedConv2d, fusedConv2d } from './fused_conv2d.ts';
import { type PreparedConvolution, type PreparedEnd, packedConvolution } from './prepared_convolution.ts';

/** As PyTorch's `ConvTranspose2d`; a number stands for both axes. */
export interface Conv2dTransposeOptions {
  stride?: number | readonly [number, number];
  padding?: number | readonly [number, number];
  /** Rows and columns added at the bottom and right; less than the stride. */
  outputPadding?: number | readonly [number, number];
}

/**
 * PyTorch's transposed convolution, with gradients.
 *
 * @param x `[batch, height, width, inChannels]`
 * @param filter `[kernelHeight, kernelWidth, outChannels, inChannels]`
 * @returns `[batch, (height - 1) * stride - 2 * padding + kernelHeight + outputPadding, ..., outChannels]`
 */
export function conv2dTranspose(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: Conv2dTransposeOptions = {},
): tf.Tensor4D {
  const geometry = geometryOf(filter.shape, options);
  const pad = explicitPad(geometry.padding[0], geometry.padding[1]);
  return customGrad(
    [x, filter],
    (x, filter) => applyPhases(x, splitFilter(filter, geometry), filter.shape[2], geometry),
    // Seen from the result, it is an ordinary convolution run backwards.
    (dy, x, filter) => [
      tf.conv2d(dy, filter, geometry.strides, pad),
      conv2dFilterGrad(dy, x, filter.shape, geometry.strides, pad),
    ],
  );
}

/**
 * Prepares a transposed convolution for inference on the current backend.
 *
 * @param filter `[kernelHeight, kernelWidth, outChannels, inChannels]`; it and the bias may be disposed of afterwards
 */
export function prepareConv2dTranspose(
  filter: tf.Tensor4D,
  { stride, padding, outputPadding, ...end }: Conv2dTransposeOptions & PreparedEnd = {},
): PreparedConvolution {
  const geometry = geometryOf(filter.shape, { stride, padding, outputPadding });
  if (hasKernel('PreparedConvolution')) {
    const turned = tf.transpose(filter, [0, 1, 3, 2]);
    const prepared = packedConvolution(turned, geometry, { ...end, outputPadding: geometry.outputPadding });
    turned.dispose();
    return prepared;
  }
  const phases = tf.tidy(() => splitFilter(filter, geometry));
  const bias = end.bias?.clone();
  const { activation, alpha } = end;
  return {
    apply: (x) => tf.tidy(() => applyPhases(x, phases, filter.shape[2], geometry, { bias, activation, alpha })),
    dispose: () => tf.dispose([phases, bias as tf.Tensor]),
  };
}

type Geometry = ConvolutionShape & { readonly outputPadding: [number, number]; readonly strides: [number, number] };

/** As ordinary convolutions, one for each position of the output in a stride x stride cell. */
function applyPhases(
  x: tf.Tensor4D,
  phases: Phases,
  outChannels: number,
  geometry: Geometry,
  end: Pick<FusedConv2d, 'bias' | 'activation' | 'alpha'> = {},
): tf.Tensor4D {
  const { kernel, strides, padding, outputPadding } = geometry;
  const size = (axis: 0 | 1) =>
    (x.shape[1 + axis] - 1) * strides[axis] - 2 * padding[axis] + kernel[axis] + outputPadding[axis];
  return convolvePhases(
    x,
    phases,
    outChannels,
    { ...geometry, outSize: [size(0), size(1)] },
    {
      convolve: (x, filter, pad) => fusedConv2d({ x, filter, pad, ...end }),
      empty: (shape) => {
        const value = tf.zeros<tf.Rank.R4>(shape);
        return activate(end.bias ? value.add(end.bias) : value, end.activation ?? 'linear', end.alpha);
      },
    },
  );
}

function geometryOf([height, width]: readonly number[], options: Conv2dTransposeOptions): Geometry {
  const { stride = 1, padding = 0, outputPadding = 0 } = options;
  return {
    transposed: true,
    kernel: [height, width],
    strides: pair(stride),
    padding: pair(padding),
    outputPadding: pair(outputPadding),
  };
}

const pair = (value: number | readonly [number, number]) =>
  (typeof value === 'number' ? [value, value] : [...value]) as [number, number];
