import {
  type BackendName,
  type BackendOptions,
  type StartedBackend,
  startBackend,
} from '../../../lib/backend/backend.ts';

/** Stands in for `tests/backends.ts` where a suite runs in a page. The page's plain-JavaScript backend is Node's. */
export function availableBackends(): BackendName[] {
  return ['webgpu', 'wasm'];
}

/** Starts a backend in a page of the tests, which serve the dependencies from their folders. */
export function startTestBackend(name: BackendName | 'auto', options: BackendOptions = {}): Promise<StartedBackend> {
  const wasmPaths = '/node_modules/@tensorflow/tfjs-backend-wasm/dist/';
  return startBackend(name, { threads: 1, wasmPaths, ...options });
}
