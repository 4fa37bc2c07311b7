import * as tf from '../backend/tf.ts';
import type { ReadFaceModel } from '../utils/face_detection/built_in_detector.ts';

/** Loads one of the graph models that `@vladmandic/human` brings. Needs a started backend. */
export async function loadFaceGraph(read: ReadFaceModel, name: 'facemesh' | 'faceres'): Promise<tf.GraphModel> {
  const [manifest, weights] = await Promise.all([read(`${name}.json`), read(`${name}.bin`)]);
  const { modelTopology, weightsManifest, format, signature } = JSON.parse(new TextDecoder().decode(manifest));
  const weightSpecs = weightsManifest[0].weights;
  const artifacts = { modelTopology, weightSpecs, weightData: weights.slice().buffer, format, signature };
  return tf.loadGraphModel({ load: async () => artifacts });
}
