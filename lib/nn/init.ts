import type { Random } from '../utils/random.ts';

/** Makes the first values of a parameter of this (PyTorch) shape, in PyTorch's layout. */
export type Init = (random: Random, shape: readonly number[]) => Float32Array;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

export const constant =
  (value: number): Init =>
  (_random, shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

/** Uniform in [-bound, bound). */
export const uniform =
  (bound: number): Init =>
  (random, shape) =>
    Float32Array.from({ length: sizeOf(shape) }, () => (random.next() * 2 - 1) * bound);

/**
 * PyTorch's default for the weights and biases of linear and convolution layers: uniform within
 * 1 / sqrt(fan in), which is Kaiming's (He et al. 2015) uniform with a = sqrt(5).
 */
export const kaimingUniform = (fanIn: number): Init => uniform(1 / Math.sqrt(fanIn));
