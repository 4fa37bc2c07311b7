import { type BackendName, type BackendOptions, startBackend } from '../../lib/backend/backend.ts';
import * as tf from '../../lib/backend/tf.ts';
import { benchGenerator } from '../generator.ts';
import type { Engine, EngineSettings } from './engine.ts';

/** The toolkit's prepared generator on one of its backends. */
export async function toolkitEngine(
  { variant, threads, width, precision, stock, softwareAdapter }: EngineSettings,
  options: BackendOptions = {},
): Promise<Engine> {
  const { description } = await startBackend(variant as BackendName, { threads, softwareAdapter, ...options });
  if (stock) tf.unregisterKernel('PreparedConvolution', variant);
  const generator = (await benchGenerator(width)).prepare({ release: true, precision });
  return {
    description,
    async run({ batch, mel, faces }) {
      const out = tf.tidy(() =>
        generator.forward(tf.tensor4d(mel, [batch, 80, 16, 1]), tf.tensor4d(faces, [batch, 96, 96, 6])),
      );
      const values = await out.data();
      out.dispose();
      return values as Float32Array;
    },
  };
}
