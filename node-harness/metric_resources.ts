import { stat } from 'node:fs/promises';
import { openCheckpoint } from '../lib/checkpoint/open_checkpoint.ts';
import type { Config } from '../lib/config/configurator.ts';
import { FaceMeshLandmarks } from '../lib/evaluate/face_mesh_landmarks.ts';
import type { MetricResources } from '../lib/evaluate/metric.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import { readFaceModel } from './platform/face_models.ts';
import { openFile } from './platform/file_source.ts';

/** Metrics' networks from files. @param start makes sure that a backend is running */
export function metricResources(config: Config, start: () => Promise<unknown>): MetricResources {
  return {
    lseCheckpointPath: config.get('lse_checkpoint_path'),
    async loadWeights(network, path) {
      if (!(await exists(path))) return false;
      await start();
      const file = await openFile(path);
      try {
        await network.loadStateDict(await openCheckpoint(file));
      } finally {
        await file.close();
      }
      return true;
    },
    async mouthLandmarks() {
      await start();
      return FaceMeshLandmarks.load(readFaceModel, await BuiltInDetector.load(readFaceModel));
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
