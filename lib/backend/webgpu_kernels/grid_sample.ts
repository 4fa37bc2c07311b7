import type { GridSampleAttributes } from '../kernels.ts';
import { flatProgram, registerWebgpu } from './webgpu_kernel.ts';

/** Bilinear sampling in one pass, where common operations make forty. */
export function registerGridSample(): void {
  registerWebgpu<GridSampleAttributes>('GridSample', (backend, { x, grid }, attributes) => {
    const { paddingMode, alignCorners } = attributes;
    const shape = [...grid.shape.slice(0, 3), x.shape[3]];
    const name = `grid_sample_${paddingMode}_${alignCorners}`;
    const program = flatProgram(name, shape, ['x', 'grid'], sampleCode(attributes));
    return backend.runWebGPUProgram(program, [x, grid], 'float32');
  });
}

const sampleCode = ({ paddingMode, alignCorners }: GridSampleAttributes): string => `
  let channels = uniforms.xShape.w;
  let sample = index / channels;
  let batch = sample / (uniforms.outShape.y * uniforms.outShape.z);
  let size = vec2<f32>(f32(uniforms.xShape.z), f32(uniforms.xShape.y));
  let given = vec2<f32>(grid[2 * sample], grid[2 * sample + 1]) + 1.0;
  var at = ${alignCorners ? 'given * (size - 1.0) * 0.5' : 'given * size * 0.5 - 0.5'};
  ${paddingMode === 'border' ? 'at = clamp(at, vec2<f32>(0.0), size - 1.0);' : ''}
  let low = floor(at);
  let fraction = at - low;
  var sum = 0.0;
  for (var corner = 0; corner < 4; corner++) {
    let side = vec2<f32>(f32(corner % 2), f32(corner / 2));
    let pixel = low + side;
    // Compared while still floating point: far outside, a position is no integer any more.
    if (all(pixel >= vec2<f32>(0.0)) && all(pixel < size)) {
      let weights = select(1.0 - fraction, fraction, side > vec2<f32>(0.5));
      let place = (batch * uniforms.xShape.y + i32(pixel.y)) * uniforms.xShape.z + i32(pixel.x);
      sum += weights.x * weights.y * x[place * channels + index % channels];
    }
  }
  setOutputAtIndex(index, sum);`;
