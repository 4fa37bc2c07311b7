import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '../lib/checkpoint/open_checkpoint.ts';
import type { StateDictSource, TensorInfo } from '../lib/checkpoint/state_dict.ts';
import type { Config } from '../lib/config/configurator.ts';
import { FaceIdentity } from '../lib/evaluate/face_identity.ts';
import { FaceMeshLandmarks } from '../lib/evaluate/face_mesh_landmarks.ts';
import type { MetricResources } from '../lib/evaluate/metric.ts';
import { loadExpert } from '../lib/model/audio_driven_talkingface/wav2lip/load_expert.ts';
import { BuiltInDetector } from '../lib/utils/face_detection/built_in_detector.ts';
import { readFaceModel } from './platform/face_models.ts';
import { openFile } from './platform/file_source.ts';
import { nodeFiles } from './platform/file_store.ts';

/** The expert that comes with the toolkit. */
const bundledExpert = fileURLToPath(new URL('../checkpoints/small/syncnet.safetensors', import.meta.url));

/** Metrics' networks from files. @param start makes sure that a backend is running */
export function metricResources(config: Config, start: () => Promise<unknown>): MetricResources {
  const faceDetector = async () => {
    await start();
    return BuiltInDetector.load(readFaceModel);
  };
  return {
    lseCheckpointPath: config.get('lse_checkpoint_path'),
    fidCheckpointPath: config.get('fid_checkpoint_path'),
    lpipsCheckpointDir: config.get('lpips_checkpoint_dir'),
    async loadWeights(network, paths, take = () => true) {
      const all = [paths].flat();
      if (!(await Promise.all(all.map(exists))).every(Boolean)) return false;
      await start();
      const files = await Promise.all(all.map(openFile));
      try {
        await network.loadStateDict(together(await Promise.all(files.map((file) => openCheckpoint(file))), take));
      } finally {
        for (const file of files) await file.close();
      }
      return true;
    },
    async syncExpert() {
      const path = config.get('sync_expert_checkpoint_path') ?? bundledExpert;
      if (!(await exists(path))) return undefined;
      await start();
      return loadExpert(nodeFiles, path, 5);
    },
    faceDetector,
    mouthLandmarks: async () => FaceMeshLandmarks.load(readFaceModel, await faceDetector()),
    faceIdentity: async () => FaceIdentity.load(readFaceModel, await faceDetector()),
  };
}

/** The chosen entries of several files as if they were one. */
function together(sources: readonly StateDictSource[], take: (name: string) => boolean): StateDictSource {
  const owners = new Map<string, StateDictSource>();
  const entries = new Map<string, TensorInfo>();
  for (const source of sources) {
    for (const [name, info] of source.entries) {
      if (!take(name)) continue;
      owners.set(name, source);
      entries.set(name, info);
    }
  }
  return { entries, read: (name) => owners.get(name)!.read(name) };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
