import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import type { Frame } from '../../lib/media/frame.ts';
import { UserError } from '../../lib/utils/errors.ts';
import { anchorCentres, BlazeFaceNetwork } from '../../lib/utils/face_detection/blazeface/network.ts';
import { iou } from '../../lib/utils/face_detection/boxes.ts';
import { BuiltInDetector } from '../../lib/utils/face_detection/built_in_detector.ts';
import type { FaceBox } from '../../lib/utils/face_detection/face_detector.ts';
import { readFaceModel } from '../../node-harness/platform/face_models.ts';
import { nodeMedia } from '../../node-harness/platform/media.ts';
import { availableBackends, startTestBackend } from '../backends.ts';
import { sharedDir } from '../shared.ts';
import { drawnFace, drawnFaceBox, greyPicture } from './drawn_face.ts';

/** Boxes (left, top, right, bottom) that a RetinaFace trained on WIDER FACE gives, by file and frame number. */
const expectedBoxes: Record<string, Record<string, [number, number, number, number]>> = JSON.parse(
  readFileSync(new URL('retinaface_boxes.json', import.meta.url), 'utf8'),
);

const asBox = ([left, top, right, bottom]: [number, number, number, number]): FaceBox => ({
  left,
  top,
  right,
  bottom,
  score: 1,
});

/** Every `step`th frame, by its number. */
async function readFrames(file: string, step: number): Promise<Map<number, Frame>> {
  const reader = await nodeMedia.openVideo(join(sharedDir!, 'media', file));
  const frames = new Map<number, Frame>();
  for await (const frame of reader.frames()) {
    if (frame.index % step === 0) frames.set(frame.index, { ...frame, data: frame.data.slice() });
  }
  await reader.close();
  return frames;
}

describe.each(availableBackends())('on %s', (backend) => {
  let detector: BuiltInDetector;
  beforeAll(async () => {
    await startTestBackend(backend);
    detector = await BuiltInDetector.load(readFaceModel);
  });
  afterAll(() => detector.dispose());

  it('finds a drawn face where it is and keeps no tensors', async () => {
    const tensors = tf.memory().numTensors;
    const [[face, ...others]] = await detector.detect([drawnFace(320, 240, 160, 120, 150)]);
    expect(others).toEqual([]);
    expect(iou(face, drawnFaceBox(160, 120, 150))).toBeGreaterThan(0.8);
    expect(face.score).toBeGreaterThan(0.7);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('with the fastest backend', () => {
  let detector: BuiltInDetector;
  beforeAll(async () => {
    await startTestBackend(availableBackends()[0]);
    detector = await BuiltInDetector.load(readFaceModel);
  });
  afterAll(() => detector.dispose());

  it('finds a small face in a wide picture at the second look, and none in an empty one', async () => {
    const tensors = tf.memory().numTensors;
    const [[face], none] = await detector.detect([drawnFace(1280, 720, 900, 300, 90), greyPicture(1280, 720)]);
    expect(iou(face, drawnFaceBox(900, 300, 90))).toBeGreaterThan(0.7);
    expect(none).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('finds several faces, also those cut off by the edge', async () => {
    const picture = drawnFace(640, 480, 150, 240, 200);
    drawnFace(640, 480, 480, 240, 200, picture);
    const [faces] = await detector.detect([picture]);
    expect(faces.map(({ left, right }) => Math.round((left + right) / 200)).sort()).toEqual([2, 5]);
    const [[cut]] = await detector.detect([drawnFace(400, 300, 40, 150, 200)]);
    expect(cut.right).toBeGreaterThan(80);
  });

  it('gives the same faces one by one as in a batch', async () => {
    const pictures = [130, 160, 190].map((x) => drawnFace(320, 240, x, 120, 150));
    const together = await detector.detect(pictures);
    for (const [i, picture] of pictures.entries()) {
      const [[alone]] = await detector.detect([picture]);
      expect(iou(alone, together[i][0])).toBeGreaterThan(0.999);
    }
    expect(await detector.detect([])).toEqual([]);
  });

  it('refuses damaged weights and a threshold that is no probability', async () => {
    const cutShort = async (name: Parameters<typeof readFaceModel>[0]) => {
      const bytes = await readFaceModel(name);
      return name === 'blazeface.bin' ? bytes.subarray(0, 1000) : bytes;
    };
    await expect(BuiltInDetector.load(cutShort)).rejects.toThrow(UserError);
    await expect(BuiltInDetector.load(readFaceModel, { threshold: 1 })).rejects.toThrow(UserError);
  });

  it('runs the network as the graph that comes with its weights does', async () => {
    const [manifest, bytes] = await Promise.all([readFaceModel('blazeface.json'), readFaceModel('blazeface.bin')]);
    const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(manifest));
    const graph = await tf.loadGraphModel(
      tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData: bytes.slice().buffer }),
    );
    const network = new BlazeFaceNetwork(manifest, bytes);
    const picture = tf.randomUniform([1, 256, 256, 3], -1, 1, 'float32', 3) as tf.Tensor4D;
    const names = ['Identity:0', 'Identity_2:0', 'Identity_1:0', 'Identity_3:0'];
    const difference = tf.tidy(() => {
      const [fineScores, fineBoxes, coarseScores, coarseBoxes] = graph.execute(
        { 'input:0': picture },
        names,
      ) as tf.Tensor[];
      const rows = [tf.concat([fineScores, fineBoxes], 2), tf.concat([coarseScores, coarseBoxes], 2)];
      const expected = tf.concat(rows, 1);
      return network.forward(picture).sub(expected).abs().max().div(expected.abs().max());
    });
    expect((await difference.data())[0]).toBeLessThan(1e-5);
    expect(anchorCentres(256, 256).length).toBe(2 * 896);
    network.dispose();
    graph.dispose();
    tf.dispose([picture, difference]);
  });

  describe.skipIf(!sharedDir)('on real clips and portraits', () => {
    const overlaps: number[] = [];

    it.each(Object.keys(expectedBoxes))('finds exactly one face in every frame of %s', async (file) => {
      const frames = await readFrames(file, 5);
      const faces = await detector.detect([...frames.values()]);
      expect(faces.map((found) => found.length)).toEqual(Array(frames.size).fill(1));
      const numbers = [...frames.keys()];
      for (const [number, box] of Object.entries(expectedBoxes[file])) {
        const [face] = faces[numbers.indexOf(Number(number))];
        overlaps.push(iou(face, asBox(box)));
        expect(overlaps.at(-1), `frame ${number} of ${file}`).toBeGreaterThan(0.65);
      }
    });

    it('encloses faces as a detector trained on WIDER FACE does', () => {
      expect(overlaps.length).toBeGreaterThan(30);
      expect(overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length).toBeGreaterThan(0.85);
    });
  });
});
