import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { face, RATE, SIDE, wall, writeClip, writeVoice } from './clips.ts';
import { nodeHarness } from './harness.ts';

const BOX = ['--box', '30,120,40,120'];

let folder: string;
let clip: string;
let voice: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'talkingface-cli-'));
  clip = join(folder, 'face.mp4');
  voice = join(folder, 'voice.wav');
  await writeClip(clip, Array(8).fill(face));
  await writeVoice(voice, 0.6);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A new empty folder for a command to write to. */
async function emptyFolder(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

function lipsync(args: readonly string[]) {
  return nodeHarness(['lipsync', '--backend', 'wasm', ...args]);
}

describe('lipsync', { timeout: 240_000 }, () => {
  it('writes an MP4 as long as the voice and says so in one line of JSON', async () => {
    const out = join(await emptyFolder('mp4'), 'out.mp4');
    const { code, stdout, stderr } = await lipsync(['--face', clip, '--audio', voice, '--out', out, '--json']);
    expect(stderr).toMatch(/small bundled network/);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    // 49 columns of the spectrogram, 4 a frame: 49 - 16 = 33 is passed by the tenth frame's.
    expect(result).toMatchObject({ output: out, frames: 10, frameRate: RATE, width: SIDE, height: SIDE });
    expect(result).toMatchObject({
      backend: 'wasm',
      detector: 'built-in',
      weights: expect.stringMatching(/wav2lip\.safetensors$/),
      missingFaces: [],
    });
    const video = await nodeMedia.openVideo(out);
    let frames = 0;
    for await (const _ of video.frames()) frames++;
    await video.close();
    expect([frames, video.frameRate]).toEqual([10, RATE]);
    const sound = await nodeMedia.readSound(out, 16000);
    expect(sound.samples.length / 16000).toBeCloseTo(0.5, 1);
    expect(sound.samples.some((sample) => Math.abs(sample) > 0.1)).toBe(true);
  });

  it('takes the reference’s spellings, and gives the same pictures each time', async () => {
    const spellings = [
      ['--box', '30', '120', '40', '120', '--wav2lip_batch_size', '4', '--outfile'],
      ['--box=30,120,40,120', '--wav2lip-batch-size=4', '--out'],
    ];
    const pictures: Buffer[][] = [];
    for (const [i, spelling] of spellings.entries()) {
      const out = await emptyFolder(`pictures${i}`);
      const pattern = join(out, '%05d.png');
      const { code } = await lipsync([
        '--face',
        clip,
        '--audio',
        voice,
        '--paste',
        'box',
        '--quiet',
        ...spelling,
        pattern,
      ]);
      expect(code).toBe(0);
      const names = (await readdir(out)).sort();
      expect(names).toEqual(Array.from({ length: 10 }, (_, k) => `0000${k}.png`));
      pictures.push(await Promise.all(names.map((name) => readFile(join(out, name)))));
    }
    expect(pictures[1]).toEqual(pictures[0]);
    const { data, width } = await firstFrame(join(folder, 'pictures0', '00003.png'));
    const source = await firstFrame(clip);
    const at = (pixels: Uint8Array, x: number, y: number) => [
      ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
    ];
    expect(at(data, 39, 75)).toEqual(at(source.data, 39, 75));
    expect(at(data, 80, 90)).not.toEqual(at(source.data, 80, 90));
  });

  it('copies frames without a face, and reports when they are', async () => {
    const gone = join(folder, 'gone.mp4');
    await writeClip(gone, [...Array(4).fill(face), ...Array(4).fill(wall), ...Array(4).fill(face)]);
    const out = join(await emptyFolder('missing'), 'out.mp4');
    const { code, stdout, stderr } = await lipsync(['--face', gone, '--audio', voice, '--out', out, '--json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/No face from 0\.20 s to 0\.40 s: frames 4 to 7 copied unchanged\./);
    expect(JSON.parse(stdout).missingFaces).toEqual([{ firstFrame: 4, lastFrame: 7, from: 0.2, to: 0.4 }]);
    const strict = await lipsync([
      '--face',
      gone,
      '--audio',
      voice,
      '--out',
      out,
      '--on-missing-face',
      'fail',
      '--quiet',
    ]);
    expect(strict.code).toBe(1);
    expect(strict.stderr).toMatch(/Frame 4 of .*gone\.mp4 has no face/);
  });

  it('stops at an interrupt and leaves nothing', async () => {
    const out = await emptyFolder('interrupted');
    const long = join(folder, 'long.wav');
    await writeVoice(long, 20);
    let sent = false;
    const args = ['--face', clip, '--audio', long, '--backend', 'wasm', '--wav2lip-batch-size', '2', ...BOX];
    const { code, stderr } = await nodeHarness(['lipsync', ...args, '--out', join(out, 'out.mp4')], (text, child) => {
      if (sent || !/\d+\/\d+ frames/.test(text)) return;
      sent = true;
      child.kill('SIGINT');
    });
    expect(stderr).toMatch(/Stopped before the end; nothing was written\./);
    expect(code).toBe(130);
    expect(await readdir(out)).toEqual([]);
  });

  it('says that the disk is full and leaves nothing', async ({ skip }) => {
    const out = await emptyFolder('small-disk');
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', out], { stdio: 'ignore' });
    } catch {
      skip('A small disk cannot be mounted here (it takes root).');
    }
    try {
      const args = ['--face', clip, '--audio', voice, ...BOX, '--quiet', '--out', join(out, 'out.mp4')];
      const { code, stderr } = await lipsync(args);
      expect(stderr).toMatch(/Cannot write .*out\.mp4: the disk is full/);
      expect(code).toBe(1);
      expect(await readdir(out)).toEqual([]);
    } finally {
      execFileSync('umount', [out]);
    }
  });
});

async function firstFrame(path: string) {
  const video = await nodeMedia.openVideo(path);
  try {
    for await (const frame of video.frames()) return frame;
    throw new Error('No frame.');
  } finally {
    await video.close();
  }
}

describe('lipsync with wrong input ends with one sentence and writes nothing', { timeout: 120_000 }, () => {
  const files: Record<string, () => Promise<void> | Promise<string>> = {
    'text.mp4': () => writeFile(join(folder, 'text.mp4'), 'This is a text.\n'.repeat(50)),
    'empty.mp4': () => writeFile(join(folder, 'empty.mp4'), ''),
    'cut.mp4': async () => {
      const whole = await readFile(clip);
      await writeFile(join(folder, 'cut.mp4'), whole.subarray(0, whole.length * 0.6));
    },
    'silent.wav': async () => {
      const whole = await readFile(voice);
      const header = Buffer.from(whole.subarray(0, 44));
      header.writeUInt32LE(36, 4);
      header.writeUInt32LE(0, 40);
      await writeFile(join(folder, 'silent.wav'), header);
    },
    'short.wav': () => writeVoice(join(folder, 'short.wav'), 0.1),
  };

  beforeAll(async () => {
    for (const make of Object.values(files)) await make();
  });

  const cases: [what: string, args: string[], code: number, says: RegExp][] = [
    ['a missing face', ['--face', 'nobody.mp4'], 1, /There is no file .*nobody\.mp4/],
    ['a missing voice', ['--audio', 'silence.wav'], 1, /There is no file .*silence\.wav/],
    ['missing weights', ['--weights', 'none.pth'], 1, /none\.pth does not exist/],
    ['a folder', ['--face', '.'], 1, /is a directory/],
    ['an empty file', ['--face', 'empty.mp4'], 1, /empty\.mp4 is empty/],
    ['a text named .mp4', ['--face', 'text.mp4'], 1, /text\.mp4 is not a video/],
    ['a video cut short', ['--face', 'cut.mp4'], 1, /cut\.mp4 is (damaged or )?cut short/],
    ['a sound as the face', ['--face', 'voice.wav'], 1, /voice\.wav has (sound but )?no video/],
    ['a video without sound as the voice', ['--audio', 'face.mp4'], 1, /face\.mp4 has no sound/],
    ['a voice of length zero', ['--audio', 'silent.wav'], 1, /silent\.wav .*length zero/],
    ['a voice too short for one window', ['--audio', 'short.wav'], 1, /too short: it lasts 0\.10 s/],
    ['weights that are none', ['--weights', 'voice.wav'], 1, /voice\.wav is .*not a checkpoint/],
    ['a box outside the picture', ['--box', '0,400,0,20'], 1, /--box 0,400,0,20 .*160x160/],
    ['three numbers for a box', ['--box', '1', '2', '3'], 2, /'--box' needs four numbers/],
    [
      'an unknown option',
      ['--resize-facter', '2'],
      2,
      /unknown option '--resize-facter'\s+\(Did you mean --resize-factor\?\)/,
    ],
    ['an unknown choice', ['--paste', 'glue'], 2, /Allowed choices are soft, box/],
    ['a number that is none', ['--fps', 'fast'], 2, /'fast' is invalid. It must be a number above 0/],
  ];

  it.each(cases)('%s', async (what, args, expected, says) => {
    const out = await emptyFolder(`bad ${what}`);
    const withDefault = (name: string, value: string) => (args.includes(name) ? [] : [name, join(folder, value)]);
    const paths = args.map((arg) => (/^\.$|\.\w+$/.test(arg) ? join(folder, arg) : arg));
    const { code, stdout, stderr } = await lipsync([
      ...paths,
      ...withDefault('--face', 'face.mp4'),
      ...withDefault('--audio', 'voice.wav'),
      '--out',
      join(out, 'out.mp4'),
      '--quiet',
    ]);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/ {4}at /);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(await readdir(out)).toEqual([]);
  });
});
