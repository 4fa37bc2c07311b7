import type { AnimatedTrack, LiveStats, TalkingFace } from '../lib/index.ts';
import type { Choices } from './choices.ts';
import { openDevices } from './devices.ts';
import { type FaceTrack, pictureTrack, videoTrack } from './face_track.ts';

/** s that go on after a voice has ended: the picture comes later than the voice. */
const SILENCE = 1.5;

/** What a live run tells the page. */
export interface LiveEvents {
  readonly onStats: (stats: LiveStats) => void;
  readonly onError: (error: Error) => void;
  /** The voice is over, a device was unplugged, or its permission was taken back. */
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
  #end: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

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
      if (!microphone && choices.voiceFile) void run.#endWith(choices.voiceFile, onEnded);
      return run;
    } catch (error) {
      face?.stop();
      stopTracks(devices);
      throw error;
    }
  }

  /** Ends when a voice from a file is over, and has been seen to be. */
  async #endWith(voice: Blob | string, onEnded: () => void): Promise<void> {
    const seconds = await durationOf(voice);
    if (!this.#stopped && seconds) this.#end = setTimeout(onEnded, (seconds + SILENCE) * 1000);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#end);
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

/** s; undefined where the browser's player does not know. */
async function durationOf(file: Blob | string): Promise<number | undefined> {
  const url = typeof file === 'string' ? file : URL.createObjectURL(file);
  const player = new Audio();
  const known = new Promise<number | undefined>((resolve) => {
    player.addEventListener('loadedmetadata', () =>
      resolve(Number.isFinite(player.duration) ? player.duration : undefined),
    );
    player.addEventListener('error', () => resolve(undefined));
  });
  player.preload = 'metadata';
  player.src = url;
  const seconds = await known;
  if (typeof file !== 'string') URL.revokeObjectURL(url);
  return seconds;
}
