import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type BackendName, startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { Wav2Lip, type Wav2LipBatch } from '../../lib/model/audio_driven_talkingface/wav2lip/wav2lip.ts';
import { Adam } from '../../lib/trainer/adam.ts';
import { differentiate } from '../../lib/trainer/gradients.ts';
import { registerNodeBackends } from '../../node-harness/platform/backends.ts';
import { channelsLast } from '../engines/engine.ts';
import { benchGenerator } from '../generator.ts';

/**
 * `toolkit.ts BACKEND INPUTS.f32 THREADS`: training steps as `pytorch.py` takes them, one for each line of standard
 * input, in the steps of the trainer.
 */
const [name, inputs, threads] = process.argv.slice(2);
registerNodeBackends();
const { description } = await startBackend(name as BackendName, { threads: Number(threads) });
const model = new Wav2Lip();
const start = await benchGenerator();
await model.generator.loadStateDict(start.stateDict());
start.dispose();
const adam = new Adam(model.generator.parameters(), { learningRate: 1e-4 });
const batch = await readBatch(inputs);
console.log(JSON.stringify({ description }));
for await (const _ of createInterface(process.stdin)) {
  const begin = performance.now();
  const { losses, gradients } = differentiate(model.objectives[0], batch);
  adam.step(gradients);
  const [loss] = await losses.loss.data();
  // The weights of the step are there only when it is done.
  await model.generator.parameters()[0].data();
  console.log(JSON.stringify({ milliseconds: performance.now() - begin, loss }));
  tf.dispose([losses, gradients] as tf.TensorContainer);
}
process.exit();

async function readBatch(path: string): Promise<Wav2LipBatch> {
  const values = new Float32Array((await readFile(path)).buffer);
  const [count, pixels] = [10, 96 * 96];
  const [faces, target] = [count * 80 * 16, count * (80 * 16 + pixels * 6)];
  return {
    indiv_mels: tf.tensor5d(values.slice(0, faces), [2, 5, 80, 16, 1]),
    mel: tf.zeros([2, 80, 16, 1]),
    faces: tf.tensor5d(channelsLast(values.subarray(faces, target), count, 6), [2, 5, 96, 96, 6]),
    target: tf.tensor5d(channelsLast(values.subarray(target), count, 3), [2, 5, 96, 96, 3]),
  };
}
