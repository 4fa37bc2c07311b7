/**
 * Files that the worker loads. Bundlers find each by its `new URL(..., import.meta.url)` and put it beside the script;
 * the package has all of them in `dist/worker/assets/`, under the same names.
 */
const files = {
  'tfjs-backend-wasm.wasm': new URL(
    '../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
    import.meta.url,
  ),
  'tfjs-backend-wasm-simd.wasm': new URL(
    '../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    import.meta.url,
  ),
  'tfjs-backend-wasm-threaded-simd.wasm': new URL(
    '../../node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
    import.meta.url,
  ),
  'blazeface.json': new URL('../../node_modules/@vladmandic/human/models/blazeface.json', import.meta.url),
  'blazeface.bin': new URL('../../node_modules/@vladmandic/human/models/blazeface.bin', import.meta.url),
  'wav2lip.safetensors': new URL('../../checkpoints/small/wav2lip.safetensors', import.meta.url),
} as const;

export type AssetName = keyof typeof files;

/** The files that the wasm backend looks for. */
export const wasmAssets = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const satisfies readonly AssetName[];

/** The address of a file, in the folder `base` where one is given. */
export function assetUrl(name: AssetName, base: string | undefined): string {
  return (base === undefined ? files[name] : new URL(name, base)).href;
}
