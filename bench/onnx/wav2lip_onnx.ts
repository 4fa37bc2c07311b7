import { toFloat32 } from '../../lib/checkpoint/dtypes.ts';
import type { StateDictSource } from '../../lib/checkpoint/state_dict.ts';
import { OnnxGraph } from './onnx_graph.ts';

/** Geometry of one convolution block: what a state dict does not say. */
interface Geometry {
  readonly stride?: readonly [number, number];
  readonly pad?: number;
  readonly transposed?: boolean;
  readonly residual?: boolean;
}

const same: Geometry = { pad: 1 };
const residual: Geometry = { pad: 1, residual: true };
const down = (vertical: number, horizontal = vertical): Geometry => ({ stride: [vertical, horizontal], pad: 1 });
const up: Geometry = { stride: [2, 2], pad: 1, transposed: true };

const audioEncoder: Geometry[] = [
  same, residual, residual, down(3, 1), residual, residual, down(3), residual, residual,
  down(3, 2), residual, {}, {},
]; // biome-ignore format: one row a resolution
const faceEncoder: Geometry[][] = [
  [{ pad: 3 }],
  [down(2), residual, residual],
  [down(2), residual, residual, residual],
  [down(2), residual, residual],
  [down(2), residual, residual],
  [down(2), residual],
  [{}, {}],
];
const faceDecoder: Geometry[][] = [
  [{}],
  [{ transposed: true }, residual],
  ...Array.from({ length: 5 }, () => [up, residual, residual]),
];

/**
 * Wav2Lip's generator as an ONNX model with batch norm folded in float64, for timing ONNX Runtime on the
 * same weights. Inputs `mel` `[n, 1, 80, 16]` and `faces` `[n, 6, 96, 96]`, output `out` `[n, 3, 96, 96]`.
 */
export async function wav2lipOnnx(state: StateDictSource): Promise<Uint8Array> {
  const graph = new OnnxGraph();
  const values = async (name: string) => toFloat32(await state.read(name));

  async function convolution(x: string, prefix: string, geometry: Geometry, batchNorm = true): Promise<string> {
    const weight = await values(`${batchNorm ? `${prefix}.conv_block.0` : prefix}.weight`);
    const bias = await values(`${batchNorm ? `${prefix}.conv_block.0` : prefix}.bias`);
    const shape = state.entries.get(`${batchNorm ? `${prefix}.conv_block.0` : prefix}.weight`)!.shape;
    if (batchNorm) {
      const norm = `${prefix}.conv_block.1`;
      const [gamma, beta, mean, variance] = await Promise.all(
        ['weight', 'bias', 'running_mean', 'running_var'].map((leaf) => values(`${norm}.${leaf}`)),
      );
      const scale = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i] + 1e-5));
      const [a, b, kh, kw] = shape;
      const taps = kh * kw;
      for (let i = 0; i < weight.length; i++) {
        const outer = Math.floor(i / (b * taps));
        weight[i] *= scale[geometry.transposed ? Math.floor(i / taps) % b : outer % a];
      }
      for (let c = 0; c < bias.length; c++) bias[c] = (bias[c] - mean[c]) * scale[c] + beta[c];
    }
    const { stride = [1, 1], pad = 0 } = geometry;
    const attributes: Record<string, number | readonly number[]> = {
      kernel_shape: shape.slice(2),
      strides: stride,
      pads: [pad, pad, pad, pad],
    };
    if (geometry.transposed && stride[0] === 2) attributes.output_padding = [1, 1];
    const inputs = [x, graph.constant(shape, weight), graph.constant([bias.length], bias)];
    let y = graph.node(geometry.transposed ? 'ConvTranspose' : 'Conv', inputs, attributes);
    if (geometry.residual) y = graph.node('Add', [y, x]);
    return batchNorm ? graph.node('Relu', [y]) : y;
  }

  async function sequence(x: string, prefix: string, layers: readonly Geometry[]): Promise<string> {
    let y = x;
    for (const [i, geometry] of layers.entries()) y = await convolution(y, `${prefix}.${i}`, geometry);
    return y;
  }

  let x = graph.input('faces', ['n', 6, 96, 96]);
  let y = await sequence(graph.input('mel', ['n', 1, 80, 16]), 'audio_encoder', audioEncoder);
  const skips: string[] = [];
  for (const [i, layers] of faceEncoder.entries()) {
    x = await sequence(x, `face_encoder_blocks.${i}`, layers);
    skips.push(x);
  }
  for (const [i, layers] of faceDecoder.entries()) {
    y = await sequence(y, `face_decoder_blocks.${i}`, layers);
    y = graph.node('Concat', [y, skips.pop()!], { axis: 1 });
  }
  y = await convolution(y, 'output_block.0', same);
  graph.node('Sigmoid', [await convolution(y, 'output_block.1', {}, false)], {}, 'out');
  graph.output('out', ['n', 3, 96, 96]);
  return graph.encode();
}
