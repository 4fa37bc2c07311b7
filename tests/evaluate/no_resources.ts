import type { MetricResources } from '../../lib/evaluate/metric.ts';

async function none(): Promise<never> {
  throw new Error('This test has no such network.');
}

/** Surroundings without any weights. */
export const noResources: MetricResources = {
  lseCheckpointPath: 'no/lse.model',
  fidCheckpointPath: 'no/fid.pth',
  lpipsCheckpointDir: 'no/lpips',
  loadWeights: async () => false,
  syncExpert: async () => undefined,
  faceDetector: none,
  mouthLandmarks: none,
  faceIdentity: none,
};
