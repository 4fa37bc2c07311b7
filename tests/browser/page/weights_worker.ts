import { withFetchedWeights } from '../../../lib/checkpoint/browser/fetched_weights.ts';

self.onmessage = async ({ data: url }: MessageEvent<string>) => {
  let loaded = 0;
  const onProgress = (bytes: number) => {
    loaded = bytes;
  };
  const names = await withFetchedWeights(url, { onProgress }, async ({ entries }) => [...entries.keys()]);
  self.postMessage({ names, loaded });
};
