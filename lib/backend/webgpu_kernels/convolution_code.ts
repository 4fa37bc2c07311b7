import type { PreparedConvolutionAttributes } from '../kernels.ts';
import { endCode, readCode, writeCode } from './convolution_end.ts';

/** A workgroup's part of the output: `columns` x `rows` threads, each with four channels of `pixels` pixels. */
export interface Tile {
  readonly columns: number;
  readonly rows: number;
  readonly pixels: number;
}

/** What a shader is written for; all else it reads from its uniforms. */
export interface Variant {
  readonly tile: Tile;
  readonly attributes: PreparedConvolutionAttributes;
  /** Whether the filter holds half-precision numbers. */
  readonly half: boolean;
  /** Whether the input's channels are a multiple of four, so that they can be read by fours. */
  readonly inFours: boolean;
  readonly outFours: boolean;
  /** Whether a workgroup adds up a part of the products only; then sums are written, and the end is for later. */
  readonly partial: boolean;
}

/** Fours of channels of a tap that are in the workgroup's memory at a time. */
export const DEPTH = 4;

/** The numbers that the shader is given, and their types; `fours` are channels divided by four. */
export const convolutionUniforms = {
  inSize: 'vec2<i32>',
  outSize: 'vec2<i32>',
  /** Rows and columns of the positions that a tap reaches: of the output, or of one position in its cells. */
  phaseSize: 'vec2<i32>',
  strides: 'vec2<i32>',
  padding: 'vec2<i32>',
  kernel: 'vec2<i32>',
  pixels: 'i32',
  inChannels: 'i32',
  inFours: 'i32',
  outChannels: 'i32',
  outFours: 'i32',
  /** Workgroups side by side along the output's channels. */
  channelTiles: 'i32',
  parts: 'i32',
  /** Steps of `DEPTH` fours that a part takes. */
  partSteps: 'i32',
  alpha: 'f32',
} as const;

/**
 * A convolution as the product of a matrix of the input's pixels around each output's (never written down) and the
 * filter: both come in tiles that are read once into the workgroup's memory, and each thread keeps its sums in
 * registers. A transposed one is the same for each position in a stride x stride cell, with the taps that reach that.
 */
export function convolutionCode(variant: Variant): string {
  const { tile, attributes, half, inFours } = variant;
  const { columns, rows, pixels } = tile;
  const [threads, tilePixels] = [columns * rows, rows * pixels];
  const loads = (tilePixels * DEPTH) / threads;
  const { transposed } = attributes;
  const each = (count: number, code: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => code(i)).join('\n');
  const weightLoads = (4 * DEPTH * columns) / threads;
  return `
  var<workgroup> xs : array<array<vec4<f32>, ${tilePixels}>, ${DEPTH}>;
  var<workgroup> ws : array<array<vec4<f32>, ${columns}>, ${4 * DEPTH}>;
  var<workgroup> shared_steps : i32;

  ${readCode(inFours)}
  ${half ? halfWeight : fullWeight}
  ${variant.partial ? '' : endCode(attributes)}
  ${variant.partial ? writePartial : writeCode(variant.outFours)}

  /** Taps that reach a position in a cell, along both axes. */
  fn tapsOf(phase : vec2<i32>) -> vec2<i32> {
    return ${transposed ? '(uniforms.kernel - firstTap(phase) + uniforms.strides - 1) / uniforms.strides' : 'uniforms.kernel'};
  }
  fn firstTap(phase : vec2<i32>) -> vec2<i32> { return (phase + uniforms.padding) % uniforms.strides; }
  fn phaseAt(phase : i32) -> vec2<i32> { return vec2<i32>(phase / uniforms.strides.y, phase % uniforms.strides.y); }

  /** The image, row and column of a phase's pixel. */
  fn pixelAt(pixel : i32) -> vec3<i32> {
    let place = pixel % (uniforms.phaseSize.x * uniforms.phaseSize.y);
    return vec3<i32>(
      pixel / (uniforms.phaseSize.x * uniforms.phaseSize.y), place / uniforms.phaseSize.y, place % uniforms.phaseSize.y);
  }

  fn main() {
    let thread = i32(localIndex);
    let column = i32(localId.x);
    let row = i32(localId.y);
    let share = i32(workgroupId.x) / uniforms.channelTiles;
    let part = share % uniforms.parts;
    let phase = share / uniforms.parts;
    let cell = phaseAt(phase);
    let firstFour = (i32(workgroupId.x) % uniforms.channelTiles) * ${columns};
    let firstPixel = i32(workgroupId.z * numWorkgroups.y + workgroupId.y) * ${tilePixels};

    let taps = tapsOf(cell);
    var before = 0;
    for (var earlier = 0; earlier < phase; earlier++) {
      let others = tapsOf(phaseAt(earlier));
      before += others.x * others.y;
    }
    let first = part * uniforms.partSteps * ${DEPTH};
    let end = min(taps.x * taps.y * uniforms.inFours, first + uniforms.partSteps * ${DEPTH});
    // All threads must go round equally often, which the compiler wants to see.
    if (thread == 0) { shared_steps = (max(end - first, 0) + ${DEPTH - 1}) / ${DEPTH}; }
    let steps = workgroupUniformLoad(&shared_steps);

    // Where the taps of the pixels begin that this thread reads; far outside for those that are not there.
    ${each(
      loads,
      (i) => `
    var origin${i} = vec3<i32>(0, -${FAR}, -${FAR});
    if (firstPixel + thread / ${DEPTH} + ${(i * threads) / DEPTH} < uniforms.pixels) {
      let at = pixelAt(firstPixel + thread / ${DEPTH} + ${(i * threads) / DEPTH});
      origin${i} = vec3<i32>(at.x, ${transposed ? 'at.yz + (cell + uniforms.padding) / uniforms.strides' : 'at.yz * uniforms.strides - uniforms.padding'});
    }`,
    )}
    ${each(pixels, (i) => `var sum${i} = vec4<f32>(0.0);`)}

    // A step's numbers are on their way from memory while those of the step before are multiplied.
    ${each(loads, (i) => `var nextX${i} = vec4<f32>(0.0);`)}
    ${each(weightLoads, (i) => `var nextW${i} = vec4<f32>(0.0);`)}
    for (var step = 0; step <= steps; step++) {
      if (step < steps) {
        let four = first + step * ${DEPTH} + thread % ${DEPTH};
        let tap = four / uniforms.inFours;
        let channels = four % uniforms.inFours;
        let ahead = vec2<i32>(tap / taps.y, tap % taps.y);
        ${each(
          loads,
          (i) => `
        nextX${i} = vec4<f32>(0.0);
        let at${i} = origin${i}.yz ${transposed ? '-' : '+'} ahead;
        if (four < end && all(at${i} >= vec2<i32>(0)) && all(at${i} < uniforms.inSize)) {
          nextX${i} = readX((origin${i}.x * uniforms.inSize.x + at${i}.x) * uniforms.inSize.y + at${i}.y, channels);
        }`,
        )}
        let line = (before * uniforms.inFours + first + step * ${DEPTH}) * 4 + thread / ${columns};
        let nextFour = min(firstFour + thread % ${columns}, uniforms.outFours - 1);
        ${each(
          weightLoads,
          (i) => `nextW${i} = readWeight((line + ${(i * threads) / columns}) * uniforms.outFours + nextFour);`,
        )}
      }
      if (step > 0) {
        for (var k = 0; k < ${DEPTH}; k++) {
          let w0 = ws[4 * k][column];
          let w1 = ws[4 * k + 1][column];
          let w2 = ws[4 * k + 2][column];
          let w3 = ws[4 * k + 3][column];
          ${each(
            pixels,
            (i) => `
          let x${i} = xs[k][row + ${i * rows}];
          sum${i} = sum${i} + x${i}.x * w0 + x${i}.y * w1 + x${i}.z * w2 + x${i}.w * w3;`,
          )}
        }
      }
      workgroupBarrier();
      ${each(loads, (i) => `xs[thread % ${DEPTH}][thread / ${DEPTH} + ${(i * threads) / DEPTH}] = nextX${i};`)}
      ${each(weightLoads, (i) => `ws[thread / ${columns} + ${(i * threads) / columns}][thread % ${columns}] = nextW${i};`)}
      workgroupBarrier();
    }

    let four = firstFour + column;
    if (four < uniforms.outFours) {
      ${each(
        pixels,
        (i) => `
      if (firstPixel + row + ${i * rows} < uniforms.pixels) {
        let pixel = pixelAt(firstPixel + row + ${i * rows});
        let at = ${transposed ? 'pixel.yz * uniforms.strides + cell' : 'pixel.yz'};
        if (all(at < uniforms.outSize)) {
          let place = (pixel.x * uniforms.outSize.x + at.x) * uniforms.outSize.y + at.y;
          ${variant.partial ? `write(part, place, four, sum${i});` : `write(place, four, finished(sum${i}, place, four));`}
        }
      }`,
      )}
    }
  }`;
}

/** Rows and columns from an image that no filter bridges. */
const FAR = 1 << 24;

// Past the end there is nothing that counts: the input's part of the product is zero there.
const weightIndex = 'min(index, i32(arrayLength(&weights)) - 1)';
const fullWeight = `fn readWeight(index : i32) -> vec4<f32> { return weights[${weightIndex}]; }`;
const halfWeight = `fn readWeight(index : i32) -> vec4<f32> {
    let packed = bitcast<vec2<u32>>(weights[${weightIndex}]);
    return vec4<f32>(unpack2x16float(packed.x), unpack2x16float(packed.y));
  }`;

const writePartial = `fn write(part : i32, place : i32, four : i32, value : vec4<f32>) {
    let images = uniforms.pixels / (uniforms.phaseSize.x * uniforms.phaseSize.y);
    result[(part * images * uniforms.outSize.x * uniforms.outSize.y + place) * uniforms.outFours + four] = value;
  }`;
