import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { rgbToYuv } from '../../../lib/media/yuv.ts';
import { nodeMedia } from '../../../node-harness/platform/media.ts';
import { face, stillWebcam, webcam } from './fake_devices.ts';

/** Writes the files that the browser takes for webcams: uncompressed video (YUV4MPEG2). */
export async function setup(): Promise<void> {
  mkdirSync(dirname(webcam), { recursive: true });
  const video = await nodeMedia.openVideo(face);
  const header = `YUV4MPEG2 W${video.width} H${video.height} F${video.frameRate}:1 Ip A1:1 C420jpeg\n`;
  const [file, stillFile] = [webcam, stillWebcam].map((path) => openSync(path, 'w'));
  for (const each of [file, stillFile]) writeSync(each, header);
  for await (const frame of video.frames()) {
    for (const each of frame.index === 0 ? [file, stillFile] : [file]) {
      writeSync(each, 'FRAME\n');
      writeSync(each, rgbToYuv(frame).data);
    }
  }
  closeSync(file);
  closeSync(stillFile);
  await video.close();
}

export function teardown(): void {
  rmSync(dirname(webcam), { recursive: true, force: true });
}
