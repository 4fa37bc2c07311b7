import * as tf from '../../../backend/tf.ts';
import {
  Activation,
  Conv2d,
  constant,
  type Layer,
  MaxPool2d,
  Module,
  Parameter,
  type Precision,
  Sequential,
} from '../../../nn/index.ts';

/** What the network says about one grid over the picture. */
export interface S3fdLevel {
  /** Scores before the softmax: background, face; `[batch, rows, columns, 2]`. */
  readonly scores: tf.Tensor4D;
  /** Offsets of the box from the cell's anchor; `[batch, rows, columns, 4]`. */
  readonly boxes: tf.Tensor4D;
}

/** Divides each pixel's features by their length, then scales each channel (ParseNet, Liu et al. 2015). */
class L2Norm extends Module {
  readonly #weight: Parameter;

  constructor(channels: number, scale: number) {
    super();
    this.#weight = this.entry('weight', new Parameter({ shape: [channels], init: constant(scale) }));
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => x.div(x.square().sum(-1, true).sqrt().add(1e-10)).mul(this.#weight.value));
  }
}

/**
 * S3FD (Zhang et al., "Single Shot Scale-invariant Face Detector", 2017): VGG-16 with extra layers, and at six
 * depths a grid of one anchor per cell. Takes pictures less the mean colour, in the weights' channel order.
 */
export class S3fdNetwork extends Module {
  readonly #stages: readonly Sequential[];
  readonly #norms: readonly (L2Norm | undefined)[];
  readonly #heads: readonly { readonly scores: Conv2d; readonly boxes: Conv2d }[];

  constructor() {
    super();
    const relu = new Activation('relu');
    const convolutions = (names: string[], from: number, to: number): Layer[] =>
      names.flatMap((name, i) => [this.child(name, new Conv2d(i ? to : from, to, 3, { padding: 1 })), relu]);
    const squeeze = (name: string, from: number, to: number): Layer[] => [
      this.child(name, new Conv2d(from, to, 1)),
      relu,
    ];
    const halve = (name: string, from: number, to: number): Layer[] => [
      this.child(name, new Conv2d(from, to, 3, { stride: 2, padding: 1 })),
      relu,
    ];
    const pool = new MaxPool2d(2);
    const stages = [
      [
        ...convolutions(['conv1_1', 'conv1_2'], 3, 64),
        pool,
        ...convolutions(['conv2_1', 'conv2_2'], 64, 128),
        pool,
        ...convolutions(['conv3_1', 'conv3_2', 'conv3_3'], 128, 256),
      ],
      [pool, ...convolutions(['conv4_1', 'conv4_2', 'conv4_3'], 256, 512)],
      [pool, ...convolutions(['conv5_1', 'conv5_2', 'conv5_3'], 512, 512)],
      [pool, this.child('fc6', new Conv2d(512, 1024, 3, { padding: 3 })), relu, ...squeeze('fc7', 1024, 1024)],
      [...squeeze('conv6_1', 1024, 256), ...halve('conv6_2', 256, 512)],
      [...squeeze('conv7_1', 512, 128), ...halve('conv7_2', 128, 256)],
    ];
    // Not children: the layers already are, under their own names.
    this.#stages = stages.map((layers) => new Sequential(layers));
    this.#norms = [
      this.child('conv3_3_norm', new L2Norm(256, 10)),
      this.child('conv4_3_norm', new L2Norm(512, 8)),
      this.child('conv5_3_norm', new L2Norm(512, 5)),
    ];
    const head = (name: string, channels: number, scores = 2) => ({
      scores: this.child(`${name}_mbox_conf`, new Conv2d(channels, scores, 3, { padding: 1 })),
      boxes: this.child(`${name}_mbox_loc`, new Conv2d(channels, 4, 3, { padding: 1 })),
    });
    this.#heads = [
      head('conv3_3_norm', 256, 4),
      head('conv4_3_norm', 512),
      head('conv5_3_norm', 512),
      head('fc7', 1024),
      head('conv6_2', 512),
      head('conv7_2', 256),
    ];
  }

  /**
   * @param images `[batch, height, width, 3]`, 0 to 255 less the mean colour
   * @returns six levels, whose cells are 4, 8, 16, 32, 64 and 128 pixels apart
   */
  forward(images: tf.Tensor4D): S3fdLevel[] {
    return tf.tidy(() => {
      let x: tf.Tensor = images;
      return this.#stages.map((stage, level) => {
        const previous = x;
        x = stage.forward(x);
        if (previous !== images) previous.dispose();
        const features = this.#norms[level]?.forward(x) ?? x;
        const { scores, boxes } = this.#heads[level];
        return {
          scores: maxOut(scores.forward(features) as tf.Tensor4D),
          boxes: boxes.forward(features) as tf.Tensor4D,
        };
      });
    });
  }

  override fold(precision: Precision): void {
    for (const stage of this.#stages) stage.fold(precision);
  }

  override unfold(): void {
    for (const stage of this.#stages) stage.unfold();
  }
}

/** The first level has three scores for the background, of which the largest counts (the paper's section 3.3). */
function maxOut(scores: tf.Tensor4D): tf.Tensor4D {
  if (scores.shape[3] === 2) return scores;
  const [background, face] = tf.split(scores, [3, 1], 3);
  return tf.concat([background.max<tf.Tensor4D>(3, true), face as tf.Tensor4D], 3);
}
