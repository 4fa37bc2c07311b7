import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { rgbToYuv } from '../../../lib/media/yuv.ts';
import { nodeMedia } from '../../../node-harness/platform/media.ts';
import { face, webcam } from './fake_devices.ts';

/** Writes the file that the browser takes for a webcam: uncompressed video (YUV4MPEG2). */
export async function setup(): Promise<void> {
  mkdirSync(dirname(webcam), { recursive: true });
  const video = await nodeMedia.openVideo(face);
  const file = openSync(webcam, 'w');
  writeSync(file, `YUV4MPEG2 W${video.width} H${video.height} F${video.frameRate}:1 Ip A1:1 C420jpeg\n`);
  for await (const frame of video.frames()) {
    writeSync(file, 'FRAME\n');
    writeSync(file, rgbToYuv(frame).data);
  }
  closeSync(file);
  await video.close();
}

export function teardown(): void {
  rmSync(dirname(webcam), { recursive: true, force: true });
}
