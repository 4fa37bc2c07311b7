/** The public API of the toolkit; everything else is private. */
export {
  type Backend,
  type BackendName,
  type BackendOptions,
  backendNames,
  registerBackend,
  registeredBackends,
  type StartedBackend,
  startBackend,
} from './backend/backend.ts';
export { UserError } from './utils/errors.ts';
