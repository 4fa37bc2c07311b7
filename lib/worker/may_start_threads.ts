/**
 * Whether WebAssembly may start its threads here. They are scripts that TensorFlow.js makes itself, which a strict
 * Content-Security-Policy forbids; and who waits for a thread that never comes waits for ever.
 */
export async function mayStartThreads(): Promise<boolean> {
  const addresses: string[] = [];
  const script = (text: string): string => {
    const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    addresses.push(address);
    return address;
  };
  let worker: Worker | undefined;
  try {
    // Each thread loads a second script.
    const started = new Worker(script(`importScripts('${script('postMessage(0)')}')`));
    worker = started;
    return await new Promise<boolean>((resolve) => {
      started.onmessage = () => resolve(true);
      started.onerror = () => resolve(false);
    });
  } catch {
    return false;
  } finally {
    worker?.terminate();
    for (const address of addresses) URL.revokeObjectURL(address);
  }
}
