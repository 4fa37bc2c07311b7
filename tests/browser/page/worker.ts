/** Runs one task in a Web Worker. */
addEventListener('message', async ({ data: [name, args] }: MessageEvent<[string, unknown[]]>) => {
  try {
    const tasks = (await import('./tasks.ts')) as unknown as Record<string, (...args: unknown[]) => unknown>;
    postMessage({ value: await tasks[name](...args) });
  } catch (error) {
    postMessage({ error: (error as Error).stack ?? String(error) });
  }
});
