import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const asset = (name: string): string => fileURLToPath(new URL(`../../../demo/assets/${name}`, import.meta.url));

export const face = asset('face.mp4');
const folder = join(tmpdir(), `talkingface-devices-${process.pid}`);
export const webcam = join(folder, 'face.y4m');
/** A head that holds still, so that all that moves is what is drawn. */
export const stillWebcam = join(folder, 'still.y4m');

/** Gives a browser a webcam that shows the demo's face and a microphone that hears its voice, again and again. */
export const fakeDevices = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${webcam}`,
  `--use-file-for-fake-audio-capture=${asset('voice.wav')}`,
  '--autoplay-policy=no-user-gesture-required',
];
