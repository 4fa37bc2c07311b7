import * as tf from '../../../backend/tf.ts';
import { UserError } from '../../errors.ts';

const blockCount = 31;

/**
 * BlazeFace, the long-range ("back camera") network of Bazarevsky et al. 2019, arXiv:1907.05047: 31 residual
 * depthwise blocks and two grids of anchors. Fully convolutional, so it takes any picture whose sides are
 * multiples of 32; it was trained at 256 x 256.
 */
export class BlazeFaceNetwork {
  readonly #weights: ReadonlyMap<string, tf.Tensor>;

  /**
   * `manifest` and `bytes` are the `.json` and `.bin` of the TensorFlow.js graph model; only its weights are used.
   * Throws a `UserError` when they do not belong together.
   */
  constructor(manifest: Uint8Array, bytes: Uint8Array) {
    const specs: tf.io.WeightsManifestEntry[] = JSON.parse(new TextDecoder().decode(manifest)).weightsManifest[0]
      .weights;
    const expected = specs.reduce((sum, spec) => sum + 4 * tf.util.sizeFromShape(spec.shape), 0);
    if (expected !== bytes.byteLength) {
      throw new UserError(
        `The face detector's weights hold ${bytes.byteLength} bytes where ${expected} are described; install the package they come in again.`,
      );
    }
    const weights = Object.entries(tf.io.decodeWeights(bytes.slice().buffer, specs));
    // The graph's integer constants are shapes, which the code below knows.
    tf.dispose(weights.map(([, weight]) => weight).filter((weight) => weight.dtype !== 'float32'));
    this.#weights = new Map(weights.filter(([, weight]) => weight.dtype === 'float32'));
  }

  /**
   * Pictures [batch, height, width, 3] in [-1, 1] to a row per anchor [batch, anchors, 17]: the score's logit, then in
   * pixels from the anchor's centre the box (x, y, width, height) and 6 points (x, y). The anchors are those of `anchorCentres`.
   */
  forward(pictures: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => {
      let x = tf.fused.conv2d({
        x: pictures,
        filter: this.#weight(undefined) as tf.Tensor4D,
        bias: this.#weight(0),
        strides: 2,
        pad: 'same',
        activation: 'relu',
      });
      for (let block = 0; block < blockCount; block++) {
        const stride = block % 8 === 7 ? 2 : 1;
        const skip = stride === 2 ? tf.maxPool(x, 2, 2, 'same') : x;
        const y = this.#separable(x, block, stride);
        const grown = y.shape[3] - skip.shape[3];
        x = tf.relu(
          tf.add(
            y,
            grown
              ? tf.pad(skip, [
                  [0, 0],
                  [0, 0],
                  [0, 0],
                  [0, grown],
                ])
              : skip,
          ),
        );
      }
      const coarse = tf.relu(this.#separable(x, blockCount, 2));
      return tf.concat([this.#head(x, 135, 131), this.#head(coarse, 133, 129)], 1);
    });
  }

  dispose(): void {
    tf.dispose([...this.#weights.values()]);
  }

  /** The converter numbered the weights in the order of the layers. */
  #weight(number: number | undefined): tf.Tensor {
    return this.#weights.get(number === undefined ? 'unknown' : `unknown_${number}`)!;
  }

  #pointwise(x: tf.Tensor4D, number: number): tf.Tensor4D {
    const filter = this.#weight(number) as tf.Tensor4D;
    return tf.fused.conv2d({ x, filter, bias: this.#weight(number + 1), strides: 1, pad: 'valid' });
  }

  #separable(x: tf.Tensor4D, block: number, stride: 1 | 2): tf.Tensor4D {
    const depthwise = this.#weight(4 * block + 1) as tf.Tensor4D;
    return this.#pointwise(tf.depthwiseConv2d(x, depthwise, stride, 'same'), 4 * block + 3);
  }

  #head(x: tf.Tensor4D, score: number, box: number): tf.Tensor3D {
    const scores = tf.reshape(this.#pointwise(x, score), [x.shape[0], -1, 1]);
    const boxes = tf.reshape(this.#pointwise(x, box), [x.shape[0], -1, 16]);
    return tf.concat([scores, boxes], 2) as tf.Tensor3D;
  }
}

/** Centres (x, y) of the anchors for an input of this size, in its pixels: 2 in each cell of 16 pixels, 6 in each of 32. */
export function anchorCentres(width: number, height: number): Float32Array {
  const centres: number[] = [];
  for (const { cell, anchors } of [
    { cell: 16, anchors: 2 },
    { cell: 32, anchors: 6 },
  ]) {
    for (let y = cell / 2; y < height; y += cell) {
      for (let x = cell / 2; x < width; x += cell) {
        for (let anchor = 0; anchor < anchors; anchor++) centres.push(x, y);
      }
    }
  }
  return Float32Array.from(centres);
}
