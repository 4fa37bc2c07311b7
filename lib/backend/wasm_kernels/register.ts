let registered = false;

/** Registers what training needs on wasm and TensorFlow.js lacks or gets wrong there. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
}
