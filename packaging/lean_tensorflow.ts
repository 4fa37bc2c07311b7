import type { Plugin } from 'rolldown';

const id = 'lean-tensorflow';

/**
 * The parts of TensorFlow.js that a worker needs. Its package for everybody brings two more backends and Keras, which
 * take a third of the script.
 */
export const leanTensorflow: Plugin = {
  name: id,
  resolveId: (source) => (source === '@tensorflow/tfjs' ? id : undefined),
  load: (module) =>
    module === id
      ? `import '@tensorflow/tfjs-core/dist/register_all_gradients';
         import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
         export * from '@tensorflow/tfjs-core';
         export { loadGraphModel } from '@tensorflow/tfjs-converter';`
      : undefined,
};
