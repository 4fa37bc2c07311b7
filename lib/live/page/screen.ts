import { breakoutBox } from './breakout_box.ts';

/** A track made of the frames that the worker draws. */
export interface Screen {
  /** What the worker writes to. */
  readonly drawn: WritableStream<VideoFrame> | MessagePort;
  readonly track: MediaStreamTrack;
  close(): void;
}

/** Makes the track: of the frames themselves where the browser can, else of a canvas on which they are drawn. */
export function openScreen(): Screen {
  const { MediaStreamTrackGenerator } = breakoutBox();
  if (!MediaStreamTrackGenerator) return openCanvas();
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  return { drawn: track.writable, track, close: () => track.stop() };
}

function openCanvas(): Screen {
  const { port1, port2 } = new MessageChannel();
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('This browser gives no 2D canvas.');
  const [track] = canvas.captureStream().getVideoTracks();
  port1.onmessage = ({ data: bitmap }: MessageEvent<ImageBitmap>) => {
    const { width, height } = bitmap;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
  };
  return {
    drawn: port2,
    track,
    close: () => {
      port1.close();
      track.stop();
    },
  };
}
