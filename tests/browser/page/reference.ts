import { inject } from 'vitest';
import { blobSource } from '../../../lib/checkpoint/blob_source.ts';
import { openSafetensors } from '../../../lib/checkpoint/safetensors.ts';

/** Whether the reference data folder is served. */
export const hasReference = inject('hasReference');

/** A file of the reference data folder. */
export async function referenceBlob(path: string): Promise<Blob> {
  const response = await fetch(`/reference/${path}`);
  if (!response.ok) throw new Error(`/reference/${path}: ${response.status}`);
  return response.blob();
}

/** The tensors of a `.safetensors` of the reference data folder. */
export async function referenceTensors(path: string) {
  return openSafetensors(blobSource(await referenceBlob(path), path));
}
