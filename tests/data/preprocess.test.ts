import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { melSpectrogram } from '../../lib/audio/mel_spectrogram.ts';
import type { DrawnTruth } from '../../lib/data/dataprocess/synthetic/speaker.ts';
import { parts } from '../../lib/data/dataset/dataset.ts';
import { FACE_SIZE, readClipRecord, type StoredClip } from '../../lib/data/dataset/stored_clip.ts';
import { SyncNetDataset } from '../../lib/data/dataset/syncnet_dataset.ts';
import { Wav2LipDataset } from '../../lib/data/dataset/wav2lip_dataset.ts';
import { datasetNamed, openSplit } from '../../lib/data/datasets.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { nodeFiles } from '../../node-harness/platform/file_store.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { runConfig } from '../../node-harness/run_config.ts';
import { type PreprocessReport, preprocessDataset } from '../../node-harness/run_preprocess.ts';
import { sharedDir } from '../shared.ts';

const minutes = 60_000;
const drawnIds = ['speaker000/000', 'speaker000/001', 'speaker001/000', 'speaker002/000'];
let folder = '';
let drawn = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preprocess-'));
  drawn = join(folder, 'drawn');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const drawnTokens = (root: string, perSpeaker = 2) => [
  `--preprocessed_root=${root}`,
  '--speakers=3',
  `--clips_per_speaker=${perSpeaker}`,
  '--clip_seconds=1.2',
  '--frame_size=128',
];

async function preprocess(dataset: string, tokens: string[], signal = new AbortController().signal) {
  const config = await runConfig({ dataset }, [...tokens, '--show_progress=false', '--worker=2']);
  return { config, report: await preprocessDataset(config, signal) };
}

async function open(dataset: string, tokens: string[]) {
  return openSplit(datasetNamed(dataset), await runConfig({ dataset }, tokens), nodeFiles);
}

const recordOf = async (root: string, id: string) => {
  const record = await readClipRecord(nodeFiles, `${root}/${id}`);
  expect(record, id).toBeDefined();
  return record!;
};

async function framesOf(path: string): Promise<Frame[]> {
  const video = await nodeMedia.openVideo(path);
  const frames: Frame[] = [];
  for await (const frame of video.frames()) frames.push({ ...frame, data: frame.data.slice() });
  await video.close();
  return frames;
}

describe('the synthetic data set', () => {
  let report: PreprocessReport;

  it('is made with frames, crops, sound and what is known about them', { timeout: 5 * minutes }, async () => {
    ({ report } = await preprocess('synthetic', drawnTokens(drawn)));
    expect(report).toMatchObject({ clips: 6, made: 6, kept: 0, skipped: [], frames: 180 });
    expect(JSON.parse(await readFile(join(drawn, 'preprocess.json'), 'utf8'))).toEqual(report);

    const [id] = drawnIds;
    const record = await recordOf(drawn, id);
    expect(record).toMatchObject({ fps: 25, frames: 30, runs: [[0, 30]], source: `${drawn}/${id}/video.mp4` });
    const { samples } = await nodeMedia.readSound(`${drawn}/${id}/audio.wav`, 16000);
    expect(samples.length).toBe(1.2 * 16000);
    expect((await framesOf(`${drawn}/${id}/video.mp4`)).length).toBe(30);

    // The packed face is the picture beside it, at one size, and the mouth lies in its lower half.
    const { data, width, height } = (await framesOf(`${drawn}/${id}/7.jpg`))[0];
    const [left, top, right, bottom] = record.boxes[7]!;
    expect([width, height]).toEqual([right - left, bottom - top]);
    const { train, val, test } = await open('synthetic', drawnTokens(drawn));
    const clip = [...train, ...val, ...test].find((some) => some.id === id)!;
    const face = await clip.faces(7, 1);
    expect(Math.abs(mean(face) - mean(data))).toBeLessThan(2);
    const truth = JSON.parse(await readFile(`${drawn}/${id}/truth.json`, 'utf8')) as DrawnTruth;
    for (const [x, y] of truth.frames[7].landmarks.mouth) {
      expect(x > left && x < right && y < bottom).toBe(true);
      expect(y).toBeGreaterThan((top + bottom) / 2);
    }
    // The stored spectrogram is that of the sound.
    const mel = melSpectrogram(samples);
    const column = await clip.mel(50, 1);
    for (const [band, value] of column.entries()) expect(value).toBeCloseTo(mel.data[band * mel.frames + 50], 1);
  });

  it('feeds both models from whole speakers', async () => {
    const split = await open('synthetic', drawnTokens(drawn));
    expect(parts.map((part) => split[part].map(({ id }) => id.split('/')[0]))).toEqual([
      ['speaker002', 'speaker002'],
      ['speaker001', 'speaker001'],
      ['speaker000', 'speaker000'],
    ]);
    for (const part of parts) {
      const item = await new Wav2LipDataset(split[part], { part, seed: 1 }).item(0, 0);
      expect(item.target.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(new SyncNetDataset(split[part], { part, seed: 1 }).length).toBeGreaterThan(4);
    }
  });

  it('is made once: only what is missing or was made with other settings is made again', async () => {
    const kept = await stat(`${drawn}/${drawnIds[0]}/faces.bin`);
    const before = await readFile(`${drawn}/${drawnIds[1]}/faces.bin`);
    // As if the process had been killed in the middle of this clip.
    await rm(`${drawn}/${drawnIds[1]}/clip.json`);
    await writeFile(`${drawn}/${drawnIds[1]}/faces.bin`, 'half');
    await writeFile(`${drawn}/${drawnIds[1]}/99.jpg`, 'of an earlier attempt');
    const again = await preprocess('synthetic', drawnTokens(drawn));
    expect(again.report).toMatchObject({ made: 1, kept: 5, skipped: [] });
    expect((await readFile(`${drawn}/${drawnIds[1]}/faces.bin`)).equals(before)).toBe(true);
    expect(existsSync(`${drawn}/${drawnIds[1]}/99.jpg`)).toBe(false);
    expect((await stat(`${drawn}/${drawnIds[0]}/faces.bin`)).mtimeMs).toBe(kept.mtimeMs);

    const other = drawnTokens(join(folder, 'other'), 1);
    await preprocess('synthetic', other);
    expect((await preprocess('synthetic', other)).report).toMatchObject({ made: 0, kept: 3 });
    expect((await preprocess('synthetic', [...other, '--seed=5'])).report).toMatchObject({ made: 3, kept: 0 });
  });

  it('goes on after kill -9, and gives what an undisturbed run gives', { timeout: 5 * minutes }, async () => {
    const root = join(folder, 'killed');
    const program = fileURLToPath(new URL('../../node-harness/bin/node-harness.mjs', import.meta.url));
    const run = spawn(
      process.execPath,
      [program, 'preprocess', '--dataset=synthetic', ...drawnTokens(root), '--workers=1'],
      {
        stdio: 'ignore',
      },
    );
    const exited = once(run, 'exit');
    while (!existsSync(`${root}/${drawnIds[1]}`) && run.exitCode === null) await sleep(20);
    run.kill('SIGKILL');
    await exited;
    const { report } = await preprocess('synthetic', drawnTokens(root));
    expect(report.made).toBeGreaterThan(0);
    expect(report.made + report.kept).toBe(6);
    for (const id of drawnIds) {
      expect((await readdir(`${root}/${id}`)).sort()).toEqual((await readdir(`${drawn}/${id}`)).sort());
      for (const name of ['faces.bin', 'mel.bin', 'audio.wav', 'truth.json'])
        expect((await readFile(`${root}/${id}/${name}`)).equals(await readFile(`${drawn}/${id}/${name}`)), name).toBe(
          true,
        );
    }
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const work = preprocess('synthetic', drawnTokens(join(folder, 'stopped')), controller.signal);
    setTimeout(() => controller.abort(reason), 500);
    await expect(work).rejects.toBe(reason);
  });
});

describe('a folder of videos', () => {
  const raw = () => join(folder, 'raw');
  const tokens = () => [`--data_root=${raw()}`, `--preprocessed_root=${join(folder, 'videos')}`];

  it('is searched through; a clip of no use is left out, with the reason', { timeout: 5 * minutes }, async () => {
    await mkdir(join(raw(), 'deep', 'er'), { recursive: true });
    const video = `${drawn}/${drawnIds[0]}/video.mp4`;
    for (const name of ['one.mp4', 'deep/two.mp4', 'deep/er/three.MP4']) await cp(video, join(raw(), name));
    await writeFile(join(raw(), 'notes.txt'), 'no video');
    await writeFile(join(raw(), 'text.mp4'), 'no video either');
    await writeFile(join(raw(), 'empty.mp4'), '');
    await writeFile(join(raw(), 'cut.mp4'), (await readFile(video)).subarray(0, 3000));
    const wall = { data: new Uint8Array(64 * 64 * 3).fill(120), width: 64, height: 64 };
    await write('silent.mp4', await framesOf(video));
    await write('nobody.mp4', Array(20).fill(wall), `${drawn}/${drawnIds[0]}/audio.wav`);

    const { report } = await preprocess('folder', tokens());
    expect(report).toMatchObject({ clips: 8, made: 3, kept: 0 });
    expect(report.skipped.map(({ clip, reason }) => [clip, reason])).toEqual([
      ['cut', 'unreadable'],
      ['empty', 'unreadable'],
      ['nobody', 'no face'],
      ['silent', 'no sound'],
      ['text', 'unreadable'],
    ]);
    for (const { detail } of report.skipped) expect(detail).toMatch(/\w.*\.$/);
    const split = await open('folder', tokens());
    expect(parts.flatMap((part) => split[part].map(({ id }) => id)).sort()).toEqual([
      'deep/er/three',
      'deep/two',
      'one',
    ]);
    expect(parts.map((part) => split[part].length)).toEqual([1, 1, 1]);
  });

  it('is told to be missing, or of no use as a whole', async () => {
    const nowhere = ['--data_root=/nowhere', `--preprocessed_root=${join(folder, 'none')}`];
    await expect(preprocess('folder', nowhere)).rejects.toThrow('There is no video in /nowhere');
    await expect(open('folder', nowhere)).rejects.toThrow('There is no preprocessed clip');
    const bad = join(folder, 'bad');
    await mkdir(bad);
    await writeFile(join(bad, 'a.mp4'), 'no video '.repeat(100));
    const all = preprocess('folder', [`--data_root=${bad}`, `--preprocessed_root=${join(folder, 'none')}`]);
    await expect(all).rejects.toThrow(/Not one of the 1 clips of folder can be used \(a: .*a\.mp4/);
  });

  async function write(name: string, frames: Frame[], audio?: string): Promise<void> {
    const { width, height } = frames[0];
    const video = await nodeMedia.createVideo(join(raw(), name), { width, height, frameRate: 25, audio });
    for (const frame of frames) await video.write(frame);
    await video.finish();
  }
});

describe('lrs2', () => {
  it('takes videos and clips in the original layout, by the lists', { timeout: 5 * minutes }, async () => {
    const root = join(folder, 'lrs2');
    await mkdir(join(root, 'main/100'), { recursive: true });
    await mkdir(join(root, 'out/200/00001'), { recursive: true });
    await cp(`${drawn}/${drawnIds[0]}/video.mp4`, join(root, 'main/100/00001.mp4'));
    const source = `${drawn}/${drawnIds[1]}`;
    const left = [5, 6];
    for (let i = 0; i < 30; i++) {
      if (!left.includes(i)) await cp(`${source}/${i}.jpg`, join(root, `out/200/00001/${i}.jpg`));
    }
    await cp(`${source}/audio.wav`, join(root, 'out/200/00001/audio.wav'));
    const lists = { train: '100/00001\n', val: '200/00001 NF 3\n', test: '100/00002\n' };
    for (const part of parts) await writeFile(join(root, `${part}.txt`), lists[part]);
    const tokens = [
      `--data_root=${root}/main`,
      `--preprocessed_root=${root}/out`,
      ...parts.map((part) => `--${part}_filelist=${root}/${part}.txt`),
    ];
    const { report } = await preprocess('lrs2', tokens);
    expect(report).toMatchObject({ clips: 3, made: 2, facelessFrames: 2 });
    expect(report.skipped.map(({ clip, reason }) => [clip, reason])).toEqual([['100/00002', 'unreadable']]);
    const split = await open('lrs2', tokens);
    expect(parts.map((part) => split[part].map(({ id }) => id))).toEqual([['100/00001'], ['200/00001'], []]);
    const { boxes, runs } = await recordOf(`${root}/out`, '200/00001');
    expect(runs).toEqual([[7, 30]]);
    expect(boxes.length).toBe(30);
    // The same faces as those that the pictures were made of.
    const drawnClips = await open('synthetic', drawnTokens(drawn));
    const original = parts.flatMap((part) => drawnClips[part]).find(({ id }) => id === drawnIds[1]) as StoredClip;
    const [mine, theirs] = [await split.val[0].faces(9, 3), await original.faces(9, 3)];
    expect(mine.length).toBe(3 * FACE_SIZE * FACE_SIZE * 3);
    expect(mine.reduce((sum, value, i) => sum + Math.abs(value - theirs[i]), 0) / mine.length).toBeLessThan(4);
    expect((await preprocess('lrs2', tokens)).report).toMatchObject({ made: 0, kept: 2 });
    await expect(preprocess('lrs2', [...tokens, '--val_filelist=/nowhere.txt'])).rejects.toThrow('/nowhere.txt');
  });
});

describe.skipIf(!sharedDir)('real clips', () => {
  it('of grid are all usable', { timeout: 5 * minutes }, async () => {
    const tokens = [`--data_root=${sharedDir}/media/grid`, `--preprocessed_root=${join(folder, 'grid')}`];
    const { report } = await preprocess('grid', tokens);
    expect(report).toMatchObject({ clips: 6, made: 6, skipped: [] });
    expect(report.facelessFrames / report.frames).toBeLessThan(0.01);
    const split = await open('grid', tokens);
    for (const part of parts) expect(split[part].length).toBeGreaterThan(0);
    const items = new Wav2LipDataset(split.train, { part: 'train', seed: 1 });
    expect((await items.item(0, 0)).faces.length).toBe(5 * 96 * 96 * 6);
  });

  it('of any kind have their frames and sound in step', { timeout: 5 * minutes }, async () => {
    const raw = join(folder, 'real');
    await mkdir(raw);
    for (const name of ['dhlive_000001.mp4', 'syncnet_example.avi'])
      await cp(`${sharedDir}/media/video/${name}`, join(raw, name));
    const root = join(folder, 'real-out');
    const { report } = await preprocess('folder', [`--data_root=${raw}`, `--preprocessed_root=${root}`]);
    expect(report).toMatchObject({ made: 2, skipped: [] });
    for (const id of ['dhlive_000001', 'syncnet_example']) {
      const { frames, melColumns } = await recordOf(root, id);
      expect(Math.abs(frames / 25 - melColumns / 80)).toBeLessThan(0.15);
    }
  });
});

const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
