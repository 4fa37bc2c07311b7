/** Trains the tiny model in a process of its own, which a test kills: `train_tiny.ts <folder> <epochs>`. */
import { startBackend } from '../../lib/backend/backend.ts';
import { tinyTrainer } from './tiny.ts';

const [folder, epochs] = process.argv.slice(2);
await startBackend('cpu');
await tinyTrainer(folder, { epochs: Number(epochs), ema: 0.9 }).trainer.fit();
