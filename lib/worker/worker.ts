import { expose } from 'comlink';
import { openBoundary } from './boundary.ts';
import { Host } from './host.ts';

/** The worker's script: everything that computes runs behind it. */
openBoundary();
expose(new Host());
