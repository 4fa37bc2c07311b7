import { UserError } from '../../utils/errors.ts';
import type { AnimateTrack } from '../../worker/live_contract.ts';
import type { LiveConnection } from '../live_setup.ts';
import { openCamera } from './camera.ts';
import { openScreen } from './screen.ts';
import { openVoice, type Voice } from './voice.ts';

/** The page's half of a live animation: it moves no pixels itself where the browser can hand the tracks' frames over. */
export const animateTrack: AnimateTrack = async ({ video, audio }, options, connect) => {
  if (!('VideoFrame' in globalThis))
    throw new UserError('This browser cannot hand over the frames of a camera (it lacks WebCodecs); use a newer one.');
  const { signal, pads, paste, faceIndex, onStats = () => {}, onError } = options;
  signal?.throwIfAborted();
  const camera = openCamera(video);
  const screen = openScreen();
  let voice: Voice | undefined;
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    camera.close();
    screen.close();
    released ??= voice?.close() ?? Promise.resolve();
    return released;
  };
  try {
    voice = audio === undefined ? undefined : await openVoice(audio);
    const { frames, interval } = camera;
    const { drawn } = screen;
    const setup: LiveConnection = {
      frames,
      interval,
      drawn,
      voice: voice?.connection,
      options: { pads, paste, faceIndex },
    };
    const transfer = [frames, drawn, ...(voice ? [voice.connection.samples, voice.connection.delay] : [])];
    const session = await connect(setup, transfer, onStats, async (error) => {
      await release();
      // Who disposes of the talking face knows that this ends.
      if (error && error.name !== 'AbortError') onError?.(error);
    });
    const stop = async () => {
      signal?.removeEventListener('abort', stop);
      await session.stop();
      await release();
    };
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) await stop();
    signal?.throwIfAborted();
    voice?.play();
    return { track: screen.track, audioTrack: voice?.track, stop };
  } catch (error) {
    await release();
    throw error;
  }
};
