import type * as Ort from 'onnxruntime-common';
import type { Engine } from './engine.ts';

/** ONNX Runtime on the exported generator. `ort` is onnxruntime-node or onnxruntime-web, already set up. */
export async function onnxruntimeEngine(
  ort: typeof Ort,
  model: string,
  options: Ort.InferenceSession.SessionOptions,
): Promise<Engine> {
  const session = await ort.InferenceSession.create(model, options);
  return {
    description: `ONNX Runtime ${ort.env.versions.common}`,
    async run({ batch, mel, faces }) {
      const feeds = {
        mel: new ort.Tensor('float32', mel, [batch, 1, 80, 16]),
        faces: new ort.Tensor('float32', faces, [batch, 6, 96, 96]),
      };
      return (await session.run(feeds)).out.data as Float32Array;
    },
  };
}
