import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(`../checkpoints/small/${name}`, import.meta.url));

/** The small networks that come with the toolkit; checkpoints/small/README.md says what they are good for. */
export const bundledWeights = {
  /** Wav2Lip's generator at a quarter of the paper's width. */
  generator: path('wav2lip.safetensors'),
  /** The lip-sync expert at a quarter of the paper's width. */
  expert: path('syncnet.safetensors'),
} as const;
