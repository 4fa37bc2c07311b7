import type { StateDictSource } from '../../../checkpoint/state_dict.ts';
import { UserError } from '../../../utils/errors.ts';

/** Channels of a layer that has so many in the paper. */
export type Width = (channels: number) => number;

/**
 * Scales the paper's channels: at 0.25 a layer of 512 has 128. None gets narrower than `narrowest`. The steps of the
 * width are such that {@link widthOf} is exact.
 */
export const channelsAt = (width: number, narrowest = 1): Width => {
  const exact = Math.round(WIDEST * width) / WIDEST;
  return (channels) => Math.max(narrowest, Math.round(channels * exact));
};

/** Channels of the paper's widest layers. */
const WIDEST = 512;

/** One of them in each network. */
const widestLayers = {
  generator: 'face_decoder_blocks.0.0.conv_block.0.weight',
  expert: 'audio_encoder.13.conv_block.0.weight',
} as const;

/** The width that weights were trained at; throws a `UserError` when they are those of another network. */
export function widthOf(network: keyof typeof widestLayers, weights: StateDictSource): number {
  const layer = widestLayers[network];
  const channels = weights.entries.get(layer)?.shape[0];
  if (channels === undefined) throw new UserError(`These are no weights of Wav2Lip's ${network}: they lack ${layer}.`);
  return channels / WIDEST;
}
