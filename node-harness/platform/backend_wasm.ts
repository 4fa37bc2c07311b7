import type { Backend } from '../../lib/backend/backend.ts';
import { wasmBackend } from '../../lib/backend/wasm.ts';

/** wasm in Node. */
export const nodeWasmBackend: Backend = {
  ...wasmBackend,
};
