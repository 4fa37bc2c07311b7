import { expose } from 'comlink';
import './boundary.ts';
import { Host } from './host.ts';

/** The worker's script: everything that computes runs behind it. */
expose(new Host());
