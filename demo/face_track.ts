import { PlayerError } from './problems.ts';

/** Frames per second given out of a picture. */
const PICTURE_RATE = 25;

/** A face that moves, whatever it was chosen as. */
export interface FaceTrack {
  readonly track: MediaStreamTrack;
  stop(): void;
}

/** A video file, played again and again, as a track. Drawn through a canvas, which every browser can capture. */
export async function videoTrack(source: string): Promise<FaceTrack> {
  const video = document.createElement('video');
  Object.assign(video, { src: source, muted: true, loop: true, playsInline: true });
  await video.play().catch((error: Error) => {
    throw new PlayerError(error.message, { cause: error });
  });
  const { canvas, context } = drawing(video.videoWidth, video.videoHeight);
  let going = true;
  const draw = () => {
    if (!going) return;
    context.drawImage(video, 0, 0);
    video.requestVideoFrameCallback(draw);
  };
  draw();
  const [track] = canvas.captureStream().getVideoTracks();
  return {
    track,
    stop: () => {
      going = false;
      track.stop();
      video.removeAttribute('src');
      video.load();
    },
  };
}

/** A picture as a track that repeats it. */
export async function pictureTrack(source: Blob): Promise<FaceTrack> {
  const bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' }).catch((error: Error) => {
    throw new PlayerError(error.message, { cause: error });
  });
  const { canvas, context } = drawing(bitmap.width, bitmap.height);
  const draw = () => context.drawImage(bitmap, 0, 0);
  draw();
  const timer = setInterval(draw, 1000 / PICTURE_RATE);
  const [track] = canvas.captureStream(PICTURE_RATE).getVideoTracks();
  return {
    track,
    stop: () => {
      clearInterval(timer);
      track.stop();
      bitmap.close();
    },
  };
}

/** Live pictures are at most this wide or high: more only costs time. */
const LONGEST_SIDE = 1280;

function drawing(width: number, height: number) {
  const canvas = document.createElement('canvas');
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('This browser gives no 2D canvas.');
  if (scale < 1) context.scale(scale, scale);
  return { canvas, context };
}
