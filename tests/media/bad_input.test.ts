import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../lib/media/wav.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { writeError } from '../../node-harness/platform/media_files.ts';
import { chirp, readFrames, temporaryFolder, writeVideo } from './pictures.ts';

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  const silence = encodeWav({ samples: new Float32Array(0), sampleRate: 16000 });
  await mkdir(at('folder.mp4'));
  await writeFile(at('empty.mp4'), '');
  await writeFile(at('short.mp4'), '12345678');
  await writeFile(at('text.mp4'), 'This is a text, not a video.\n'.repeat(50));
  await writeFile(at('nothing.wav'), silence);
  await writeFile(at('voice.wav'), chirp(1, 16000));
  const video = { width: 160, height: 128, frameRate: 25 };
  await writeVideo(at('mute.mp4'), 100, { ...video, frameCount: 100 });
  const front = await readFile(at('mute.mp4'));
  await writeFile(at('cut.mp4'), front.subarray(0, Math.round(front.length * 0.6)));
  const back = await readFile(await writeVideo(at('back.mp4'), 100, video));
  await writeFile(at('no_index.mp4'), back.subarray(0, Math.round(back.length * 0.6)));
});

it.each([
  ['missing.mp4', /There is no file .*missing\.mp4; check the name\.$/],
  ['folder.mp4', /folder\.mp4 is a directory/],
  ['empty.mp4', /empty\.mp4 is empty \(0 bytes\)/],
  ['short.mp4', /short\.mp4 is not a video, picture or sound that can be read/],
  ['text.mp4', /text\.mp4 is not a video, picture or sound that can be read/],
  ['no_index.mp4', /no_index\.mp4 is cut short: it is an MP4 whose index \(moov\) is missing/],
  ['voice.wav', /voice\.wav has sound but no video track/],
])('%s as a video is refused in one sentence', async (name, message) => {
  const error = await nodeMedia.openVideo(at(name)).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(message);
  expect(error.message.split('\n').length).toBe(1);
});

it.each([
  ['missing.wav', /There is no file .*missing\.wav; check the name\.$/],
  ['folder.mp4', /folder\.mp4 is a directory/],
  ['empty.mp4', /empty\.mp4 is empty \(0 bytes\)/],
  ['short.mp4', /short\.mp4 is not a video, picture or sound that can be read/],
  ['text.mp4', /text\.mp4 is not a video, picture or sound that can be read/],
  ['no_index.mp4', /index \(moov\) is missing/],
  ['mute.mp4', /mute\.mp4 has no sound track/],
  ['nothing.wav', /nothing\.wav has a sound track of length zero/],
])('%s as a sound is refused in one sentence', async (name, message) => {
  const error = await nodeMedia.readSound(at(name), 16000).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(message);
});

it('a video whose end is missing says how many frames there are', async () => {
  await expect(readFrames(at('cut.mp4'))).rejects.toThrow(
    /cut\.mp4 is damaged or cut short: only \d+ of about 100 frames can be read/,
  );
});

it('an output that cannot be written is refused before anything is encoded', async () => {
  const options = { width: 64, height: 48, frameRate: 25 };
  await expect(nodeMedia.createVideo(at('folder.mp4'), options)).rejects.toThrow('is a directory');
  await expect(nodeMedia.createVideo(at('voice.wav/out.mp4'), options)).rejects.toThrow('is a file, not a directory');
  await expect(nodeMedia.createVideo(at('out.mp4'), { ...options, audio: at('mute.mp4') })).rejects.toThrow(
    'has no sound track',
  );
});

it('a full disk is one sentence', () => {
  const error = writeError('out.mp4', Object.assign(new Error('write'), { code: 'ENOSPC' }));
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toBe(
    'Cannot write out.mp4: the disk is full; free some space or choose another place.',
  );
});
