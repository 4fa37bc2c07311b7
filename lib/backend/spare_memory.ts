import * as tf from './tf.ts';

/** The part of TensorFlow.js's WebGPU backend that keeps buffers. */
interface BufferKeeper {
  readonly bufferManager: {
    readonly freeBuffers: ReadonlyMap<string, GPUBuffer[]>;
    numFreeBuffers: number;
    numBytesAllocated: number;
  };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/**
 * Gives back the memory that the current backend keeps for tensors to come. TensorFlow.js never gives back a buffer on
 * the graphics card by itself: what loading a network took would stay taken while it runs.
 */
export function releaseSpareMemory(): void {
  if (tf.getBackend() !== 'webgpu') return;
  const backend = tf.backend() as tf.KernelBackend & BufferKeeper;
  // What was disposed of is in use until the work that is waiting has been handed over.
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  const { bufferManager } = backend;
  for (const buffers of bufferManager.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      bufferManager.numFreeBuffers--;
      bufferManager.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
  }
}
