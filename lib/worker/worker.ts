import { expose } from 'comlink';
import { openBoundary } from './boundary.ts';
import { isConverter, serveConversion } from './converter.ts';
import { Host } from './host.ts';

/** The worker's script: everything that computes runs behind it. */
if (isConverter()) {
  serveConversion();
} else {
  openBoundary();
  expose(new Host());
}
