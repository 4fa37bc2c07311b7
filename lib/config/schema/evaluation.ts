import { integer, list, optional, text } from '../setting.ts';

/** How generated clips are scored. */
export const evaluationSettings = {
  metrics: list(text({ doc: 'What generated clips are scored by: names from `list metrics`.' })),
  evaluate_batch_size: integer({ min: 1, unit: 'frames', doc: 'Frames that are generated at once for the metrics.' }),
  lse_checkpoint_path: text({ doc: "SyncNet's weights, which LSE needs: syncnet_v2.model." }),
  fid_checkpoint_path: text({ doc: "The Inception network's weights, which FID needs." }),
  lpips_checkpoint_dir: text({
    doc: 'Folder of the weights of LPIPS: a network for pictures and the weights of its channels.',
  }),
  sync_expert_checkpoint_path: optional(
    text({ doc: 'An expert trained by this toolkit, for sync-expert; null takes the one that comes with it.' }),
  ),
};
