import * as tf from '../backend/tf.ts';
import { type Epilogue, type Foldable, foldNorm, type Prepared } from './fold.ts';
import { kaimingUniform } from './init.ts';
import { Layer } from './module.ts';
import { Parameter } from './parameter.ts';

/** `x @ weight + bias` for `[batch, features]`. */
export class Linear extends Layer implements Foldable {
  readonly #weight: Parameter;
  readonly #bias: Parameter;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    const init = kaimingUniform(inFeatures);
    this.#weight = this.entry('weight', new Parameter({ shape: [outFeatures, inFeatures], axes: [1, 0], init }));
    this.#bias = this.entry('bias', new Parameter({ shape: [outFeatures], init }));
  }

  override forward(x: tf.Tensor): tf.Tensor {
    return tf.matMul(x, this.#weight.value).add(this.#bias.value);
  }

  prepared({ norm, activation }: Epilogue): Prepared {
    const { kernel, bias } = foldNorm(this.#weight.value, this.#bias.value, norm, 1);
    const forward = (x: tf.Tensor): tf.Tensor => {
      const y = tf.matMul(x, kernel).add(bias!);
      return activation ? activation.forward(y) : y;
    };
    return { forward, dispose: () => tf.dispose([kernel, bias]) };
  }
}
