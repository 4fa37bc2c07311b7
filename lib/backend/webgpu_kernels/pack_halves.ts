import { flatProgram, registerWebgpu } from './webgpu_kernel.ts';

/** Two float32 numbers as half-precision ones in the 32 bits of one integer. */
export function registerPackHalves(): void {
  registerWebgpu('PackHalves', (backend, { x }) => {
    const shape = [...x.shape.slice(0, -1), x.shape[x.shape.length - 1] / 2];
    return backend.runWebGPUProgram(flatProgram('pack_halves', shape, ['x'], code), [x], 'int32');
  });
}

// Rounded here, to the nearest and ties to even: how pack2x16float rounds is the driver's choice.
const code = `
  let bits = vec2<u32>(bitcast<u32>(x[2 * index]), bitcast<u32>(x[2 * index + 1]));
  let rounded = (bits + 0xfffu + ((bits >> vec2<u32>(13u)) & vec2<u32>(1u))) & vec2<u32>(0xffffe000u);
  setOutputAtIndexI32(index, bitcast<i32>(pack2x16float(bitcast<vec2<f32>>(rounded))));`;
