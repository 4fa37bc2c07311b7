/** Everything a test can have done in a page or in a Web Worker. */
export { useBackend } from './backend_tasks.ts';
