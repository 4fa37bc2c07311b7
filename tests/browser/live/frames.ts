import { breakoutBox } from '../../../lib/live/page/breakout_box.ts';

/** Frames of a track, as they come, until `count` have; the track stays as it is. */
export async function* framesOf(track: MediaStreamTrack, count: number): AsyncGenerator<VideoFrame> {
  const { MediaStreamTrackProcessor } = breakoutBox();
  const reader = new MediaStreamTrackProcessor!({ track }).readable.getReader();
  try {
    for (let i = 0; i < count; i++) {
      const { value, done } = await reader.read();
      if (done) break;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/**
 * Pairs of frames of two tracks that show the same moment of the camera.
 *
 * @param width of the drawn frames by now: the camera's are made as small
 */
export async function pairsOf(camera: MediaStreamTrack, drawn: MediaStreamTrack, count: number, width: () => number) {
  const seen = new Map<number, ImageData>();
  const copy = camera.clone();
  const watching = (async () => {
    for await (const frame of framesOf(copy, Number.POSITIVE_INFINITY)) {
      seen.set(frame.timestamp, pixels(frame, width()));
      frame.close();
      // Those of about two seconds.
      if (seen.size > 60) seen.delete(seen.keys().next().value!);
    }
  })();
  const pairs: { before: ImageData; after: ImageData }[] = [];
  for await (const frame of framesOf(drawn, 200)) {
    const before = seen.get(frame.timestamp);
    if (before?.width === frame.displayWidth) pairs.push({ before, after: pixels(frame, before.width) });
    frame.close();
    if (pairs.length === count) break;
  }
  copy.stop();
  await watching;
  return pairs;
}

/** Read as the worker reads them, so that the same colours give the same numbers. */
function pixels(frame: VideoFrame, width: number): ImageData {
  const height = (frame.displayHeight * width) / frame.displayWidth;
  const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true })!;
  context.drawImage(frame, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** The smallest rectangle outside which no colour differs by more than `tolerance`; undefined when none does. */
export function changedPart(a: ImageData, b: ImageData, tolerance: number) {
  const part = { left: a.width, top: a.height, right: -1, bottom: -1 };
  for (let i = 0; i < a.data.length; i++) {
    if (Math.abs(a.data[i] - b.data[i]) <= tolerance) continue;
    const [x, y] = [(i >> 2) % a.width, Math.floor((i >> 2) / a.width)];
    part.left = Math.min(part.left, x);
    part.top = Math.min(part.top, y);
    part.right = Math.max(part.right, x);
    part.bottom = Math.max(part.bottom, y);
  }
  return part.right < 0 ? undefined : part;
}

/** What came out at the other end of a connection. */
export interface Received {
  /** Frames decoded, and the size of the last, in pixels. */
  frames: number;
  width: number;
  height: number;
  /** Pieces of sound. */
  sound: number;
}

/** Sends tracks over a WebRTC connection to this page itself until enough was received. */
export async function sendOverWebRtc(
  tracks: readonly MediaStreamTrack[],
  isEnough: (received: Received) => boolean,
): Promise<Received> {
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
  from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate);
  to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate);
  const senders = tracks.map((track) => from.addTrack(track));
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription!);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription!);
  // On a busy machine the browser would send smaller pictures.
  for (const sender of senders)
    await sender.setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' });
  const received: Received = { frames: 0, width: 0, height: 0, sound: 0 };
  for (const end = performance.now() + 30_000; performance.now() < end && !isEnough(received); ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const report of (await to.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue;
      if (report.kind === 'audio') received.sound = report.packetsReceived;
      else
        Object.assign(received, { frames: report.framesDecoded, width: report.frameWidth, height: report.frameHeight });
    }
  }
  from.close();
  to.close();
  return received;
}
