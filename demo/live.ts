import type { AnimatedTrack, LiveStats, TalkingFace } from '../lib/index.ts';
import type { Choices } from './choices.ts';
import { openDevices } from './devices.ts';
import { type FaceTrack, pictureTrack, videoTrack } from './face_track.ts';

/** What a live run tells the page. */
export interface LiveEvents {
  readonly onStats: (stats: LiveStats) => void;
  readonly onError: (error: Error) => void;
  /** A device was unplugged, or its permission taken back. */
  readonly onEnded: () => void;
}

/** A live animation together with the devices and players that feed it. */
export class LiveRun {
  /** What came in, and what is given out. */
  readonly original: MediaStream;
  readonly result: MediaStream;
  readonly #animated: AnimatedTrack;
  readonly #face: FaceTrack;
  readonly #devices: MediaStream | undefined;

  private constructor(animated: AnimatedTrack, face: FaceTrack, devices: MediaStream | undefined) {
    this.#animated = animated;
    this.#face = face;
    this.#devices = devices;
    this.original = new MediaStream([face.track]);
    this.result = new MediaStream([animated.track, ...(animated.audioTrack ? [animated.audioTrack] : [])]);
  }

  /** Opens the chosen face and voice and animates them. Whatever was opened is closed again if that fails. */
  static async start(talker: TalkingFace, choices: Choices, events: LiveEvents, signal: AbortSignal): Promise<LiveRun> {
    const [camera, microphone] = [choices.face === 'webcam', choices.voice === 'microphone'];
    const devices = camera || microphone ? await openDevices(camera, microphone) : undefined;
    let face: FaceTrack | undefined;
    try {
      signal.throwIfAborted();
      face = camera && devices ? cameraTrack(devices) : await fileTrack(choices);
      signal.throwIfAborted();
      const audio = microphone ? devices?.getAudioTracks()[0] : choices.voiceFile;
      const { onStats, onError, onEnded } = events;
      const animated = await talker.animateTrack({ video: face.track, audio }, { onStats, onError, signal });
      const run = new LiveRun(animated, face, devices);
      for (const track of devices?.getTracks() ?? []) track.addEventListener('ended', onEnded, { signal });
      return run;
    } catch (error) {
      face?.stop();
      stopTracks(devices);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#animated.stop();
    this.#face.stop();
    stopTracks(this.#devices);
  }
}

function cameraTrack(devices: MediaStream): FaceTrack {
  const [track] = devices.getVideoTracks();
  return { track, stop: () => track.stop() };
}

async function fileTrack(choices: Choices): Promise<FaceTrack> {
  const { faceFile } = choices;
  if (!faceFile) throw new Error('No face was chosen.');
  if (choices.face === 'picture' && faceFile instanceof File) return pictureTrack(faceFile);
  if (typeof faceFile === 'string') return videoTrack(faceFile);
  const url = URL.createObjectURL(faceFile);
  const face = await videoTrack(url).catch((error) => {
    URL.revokeObjectURL(url);
    throw error;
  });
  return {
    track: face.track,
    stop: () => {
      face.stop();
      URL.revokeObjectURL(url);
    },
  };
}

function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
