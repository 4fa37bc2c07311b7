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
  try {
    // Each thread loads a second script. This one ends by itself: after a terminate() from here Chromium sometimes
    // kept this very worker when the page terminated that.
    const worker = new Worker(script(`importScripts('${script('postMessage(0); close()')}')`));
    return await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true);
      worker.onerror = () => resolve(false);
    });
  } catch {
    return false;
  } finally {
    for (const address of addresses) URL.revokeObjectURL(address);
  }
}
