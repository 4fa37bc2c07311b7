import { UserError } from '../../utils/errors.ts';
import { breakoutBox } from './breakout_box.ts';

/** The frames of a track, ready to be handed to the worker. */
export interface Camera {
  readonly frames: ReadableStream<VideoFrame> | MessagePort;
  /** ms between frames, as the track says. */
  readonly interval: number;
  close(): void;
}

/** Frames per second of a track that does not say. */
const USUAL_RATE = 30;

/** Opens a track for reading. It stays the caller's. Throws a `UserError` when it has ended or is none of pictures. */
export function openCamera(track: MediaStreamTrack): Camera {
  if (track.kind !== 'video') throw new UserError(`The face needs a video track, not one of kind ${track.kind}.`);
  if (track.readyState === 'ended') throw new UserError('The video track has ended; open the camera again.');
  const interval = 1000 / (track.getSettings().frameRate || USUAL_RATE);
  const { MediaStreamTrackProcessor } = breakoutBox();
  if (!MediaStreamTrackProcessor) return { ...watchVideo(track), interval };
  // One frame waits at most: a later one takes its place.
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
  // Once it has been handed over, the worker ends it.
  return { frames: readable, interval, close: () => void readable.cancel().catch(() => {}) };
}

/** Where there is no stream of a track's frames: those that a hidden video element shows, one for each message. */
function watchVideo(track: MediaStreamTrack): Pick<Camera, 'frames' | 'close'> {
  const { port1, port2 } = new MessageChannel();
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  let request = 0;
  port1.onmessage = () => {
    request = video.requestVideoFrameCallback((now) => {
      const frame = new VideoFrame(video, { timestamp: Math.round(now * 1000) });
      port1.postMessage(frame, [frame]);
    });
  };
  const onEnded = () => port1.postMessage(null);
  track.addEventListener('ended', onEnded);
  // Muted video may play without a gesture.
  void video.play();
  return {
    frames: port2,
    close: () => {
      track.removeEventListener('ended', onEnded);
      video.cancelVideoFrameCallback(request);
      video.srcObject = null;
      port1.close();
    },
  };
}
