import { useBackend } from './use_backend.ts';

addEventListener('message', async ({ data }: MessageEvent<Parameters<typeof useBackend>>) => {
  try {
    postMessage({ value: await useBackend(...data) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
