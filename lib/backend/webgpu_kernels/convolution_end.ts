import type { PreparedConvolutionAttributes } from '../kernels.ts';
import type { Variant } from './convolution_code.ts';

/** The numbers that the shader of {@link sumCode} is given. */
export const sumUniforms = {
  /** Fours of the output, all channels of a pixel rounded up. */
  count: 'i32',
  inChannels: 'i32',
  inFours: 'i32',
  outChannels: 'i32',
  outFours: 'i32',
  parts: 'i32',
  alpha: 'f32',
} as const;

/** Adds up the sums of the parts and ends the convolution, a thread for each four channels. */
export function sumCode({ attributes, inFours, outFours }: Omit<Variant, 'tile'>): string {
  return `
  ${attributes.residual ? readCode(inFours) : ''}
  ${endCode(attributes)}
  ${writeCode(outFours)}

  fn main(index : i32) {
    if (index >= uniforms.count) { return; }
    var sum = vec4<f32>(0.0);
    for (var part = 0; part < uniforms.parts; part++) { sum += sums[part * uniforms.count + index]; }
    let place = index / uniforms.outFours;
    let four = index % uniforms.outFours;
    write(place, four, finished(sum, place, four));
  }`;
}

/** Reads four channels of the input; beyond its last there are zeros. */
export const readCode = (inFours: boolean): string =>
  inFours
    ? 'fn readX(place : i32, four : i32) -> vec4<f32> { return x[place * uniforms.inFours + four]; }'
    : `fn readX(place : i32, four : i32) -> vec4<f32> {
      let at = place * uniforms.inChannels + 4 * four;
      let isThere = 4 * four + vec4<i32>(0, 1, 2, 3) < vec4<i32>(uniforms.inChannels);
      return select(vec4<f32>(0.0), vec4<f32>(x[at], x[at + 1], x[at + 2], x[at + 3]), isThere);
    }`;

const activations: Readonly<Record<PreparedConvolutionAttributes['activation'], string>> = {
  linear: 'value',
  relu: 'max(value, vec4<f32>(0.0))',
  leakyrelu: 'select(uniforms.alpha * value, value, value >= vec4<f32>(0.0))',
  sigmoid: '1.0 / (1.0 + exp(-value))',
  // Beyond that it is 1, and some cards' exponential function overflows.
  tanh: 'tanh(clamp(value, vec4<f32>(-15.0), vec4<f32>(15.0)))',
};

/** What is done to sums before they are written. */
export const endCode = ({ activation, residual }: PreparedConvolutionAttributes): string => `
  fn finished(sum : vec4<f32>, place : i32, four : i32) -> vec4<f32> {
    let value = sum * ends[four] + ends[uniforms.outFours + four]${residual ? ' + readX(place, four)' : ''};
    return ${activations[activation]};
  }`;

/** Writes four channels of the output, as far as it has them. */
export const writeCode = (outFours: boolean): string =>
  outFours
    ? 'fn write(place : i32, four : i32, value : vec4<f32>) { result[place * uniforms.outFours + four] = value; }'
    : `fn write(place : i32, four : i32, value : vec4<f32>) {
      for (var i = 0; i < min(4, uniforms.outChannels - 4 * four); i++) {
        result[place * uniforms.outChannels + 4 * four + i] = value[i];
      }
    }`;
