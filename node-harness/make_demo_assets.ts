/** Draws and synthesises the clip and the voice that `npm run lipsync` uses: `npm run make:demo`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drawHead } from '../lib/data/dataprocess/synthetic/head.ts';
import { idlePose } from '../lib/data/dataprocess/synthetic/idle_motion.ts';
import { encodeWav } from '../lib/media/wav.ts';
import { demoVoice } from './demo_voice.ts';
import { nodeMedia } from './platform/media.ts';

const SIDE = 384;
const FRAME_RATE = 25;
const SECONDS = 4;

const folder = fileURLToPath(new URL('../demo/assets/', import.meta.url));
await mkdir(folder, { recursive: true });
await writeFile(`${folder}voice.wav`, encodeWav(demoVoice()));
const frameCount = SECONDS * FRAME_RATE;
const video = await nodeMedia.createVideo(`${folder}face.mp4`, {
  width: SIDE,
  height: SIDE,
  frameRate: FRAME_RATE,
  frameCount,
});
for (let i = 0; i < frameCount; i++) await video.write(drawHead(SIDE, idlePose(i / frameCount)));
await video.finish();
