import { integer, list, text } from '../setting.ts';

/** How generated clips are scored. */
export const evaluationSettings = {
  metrics: list(text({ doc: 'What generated clips are scored by: names from `list metrics`.' })),
  evaluate_batch_size: integer({ min: 1, unit: 'frames', doc: 'Frames that are generated at once for the metrics.' }),
  lse_checkpoint_path: text({ doc: "SyncNet's weights, which LSE needs: syncnet_v2.model." }),
};
