/** Run by `setup-tensorflow` on a folder it made: one training step must lower the loss. Prints TensorFlow's version. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installBackend } from '../../lib/backend/install.ts';
import * as tf from '../../lib/backend/tf.ts';
import { loadTensorflow } from './tensorflow_library.ts';

const [dir] = process.argv.slice(2);
await installBackend('tensorflow', loadTensorflow(dir));
const filter = tf.variable(tf.fill([3, 3, 2, 4], 0.1)) as tf.Variable<tf.Rank.R4>;
const images = tf.linspace(-1, 1, 2 * 8 * 8 * 2).reshape<tf.Tensor4D>([2, 8, 8, 2]);
const loss = () => tf.conv2d(images, filter, 2, 1).sub(1).square().mean<tf.Scalar>();
const optimizer = tf.train.adam(0.01);
const [before, after] = [optimizer.minimize(loss, true, [filter])!, loss()].map((value) => value.dataSync()[0]);
if (!(after < before)) throw new Error(`a training step took the loss from ${before} to ${after}`);
const { TF_Version: version } = createRequire(import.meta.url)(join(dir, 'tfjs_binding.node'));
console.log(version);
