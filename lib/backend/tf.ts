/**
 * The one place the toolkit imports TensorFlow.js from, so that the engine's version and build are a
 * decision of one file. It registers every op and gradient; backends are started in `backend.ts`.
 */
export * from '@tensorflow/tfjs';
