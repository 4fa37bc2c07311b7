import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../lib/backend/tf.ts';
import type { Losses } from '../../lib/model/abstract_talkingface.ts';
import { Wav2LipGenerator } from '../../lib/model/audio_driven_talkingface/wav2lip/generator.ts';
import { SyncNet } from '../../lib/model/audio_driven_talkingface/wav2lip/syncnet.ts';
import { SyncNetColor } from '../../lib/model/audio_driven_talkingface/wav2lip/syncnet_color.ts';
import { Wav2Lip, type Wav2LipBatch } from '../../lib/model/audio_driven_talkingface/wav2lip/wav2lip.ts';
import { Wav2LipGan } from '../../lib/model/audio_driven_talkingface/wav2lip/wav2lip_gan.ts';
import { widthOf } from '../../lib/model/audio_driven_talkingface/wav2lip/width.ts';
import { models } from '../../lib/model/registry.ts';
import { Adam } from '../../lib/trainer/adam.ts';
import { differentiate } from '../../lib/trainer/gradients.ts';
import { Random } from '../../lib/utils/random.ts';
import { startTestBackend } from '../backends.ts';
import { randomTensor } from '../gradients.ts';

beforeAll(() => startTestBackend('wasm'));

const width = 0.125;
const frames = 2;

function wav2lipBatch(): Wav2LipBatch {
  return {
    faces: randomTensor<tf.Tensor5D>([2, frames, 96, 96, 6], 1, 0, 1),
    target: randomTensor<tf.Tensor5D>([2, frames, 96, 96, 3], 2, 0, 1),
    indiv_mels: randomTensor<tf.Tensor5D>([2, frames, 80, 16, 1], 3, -4, 4),
    mel: randomTensor([2, 80, 16, 1], 4, -4, 4),
  };
}

const expert = (): SyncNetColor => new SyncNetColor({ width, frames }).initialize(new Random(5));

function values(losses: Losses): Record<string, number> {
  return Object.fromEntries(Object.entries(losses).map(([name, scalar]) => [name, scalar.dataSync()[0]]));
}

describe('the registry', () => {
  it('has the models that properties has', () => {
    const names = readdirSync(new URL('../../properties/model', import.meta.url)).map((file) => file.slice(0, -5));
    expect(Object.keys(models).sort()).toEqual(names.sort());
  });
});

describe('width', () => {
  it('scales every layer but what goes in and comes out, and is known from the weights', () => {
    const whole = new Wav2LipGenerator().stateDict();
    const small = new Wav2LipGenerator(0.25).stateDict();
    expect([...small.entries.keys()]).toEqual([...whole.entries.keys()]);
    const size = ({ entries }: typeof whole) =>
      [...entries.values()].reduce(
        (sum, { shape, dtype }) => (dtype === 'F32' ? sum + shape.reduce((a, b) => a * b, 1) : sum),
        0,
      );
    expect(size(small) / size(whole)).toBeCloseTo(1 / 16, 2);
    expect(small.entries.get('face_encoder_blocks.0.0.conv_block.0.weight')?.shape).toEqual([16, 6, 7, 7]);
    expect(small.entries.get('output_block.1.weight')?.shape).toEqual([3, 16, 1, 1]);
    for (const each of [1, 0.25, 0.3, 0.125, 0.77]) {
      const exact = widthOf('generator', new Wav2LipGenerator(each).stateDict());
      expect(exact).toBeCloseTo(each, 2);
      const shapes = (at: number) =>
        [...new Wav2LipGenerator(at).stateDict().entries.values()].map(({ shape }) => shape);
      expect(shapes(exact)).toEqual(shapes(each));
    }
    expect(widthOf('expert', new SyncNetColor({ width }).stateDict())).toBe(width);
    expect(() => widthOf('expert', whole)).toThrow('These are no weights of Wav2Lip’s expert'.replace('’', "'"));
  });
});

describe('wav2lip', () => {
  it('counts the sync loss from the first validation below the gate on, and always in validations', () => {
    const model = new Wav2Lip({ width, expert: expert(), syncWeight: 0.2, syncGate: 0.75 });
    model.generator.initialize(new Random(1));
    const batch = wav2lipBatch();
    const losses = () => tf.tidy(() => values(model.calculateLoss(batch)));

    const before = losses();
    expect(before).toEqual({ loss: before.l1, l1: before.l1 });
    expect(model.validated([{ loss: 1, sync: 0.8 }])).toBeUndefined();
    expect(losses()).not.toHaveProperty('sync');
    expect(
      model.validated([
        { loss: 1, sync: 0.8 },
        { loss: 1, sync: 0.7 },
      ]),
    ).toMatch('it counts with a weight of 0.2');
    const after = losses();
    expect(after.loss).toBeCloseTo(0.8 * after.l1 + 0.2 * after.sync, 5);
    // It stays open, and is announced once; a resumed run finds it open.
    const history = [{ sync: 0.8 }, { sync: 0.7 }, { sync: 0.9 }].map((each) => ({ loss: 1, ...each }));
    expect(model.validated(history)).toBeUndefined();
    expect(losses()).toHaveProperty('sync');

    model.generator.eval();
    const validation = losses();
    model.validated([]);
    expect(losses()).toEqual(validation);
    expect(validation.loss).toBeCloseTo(0.8 * validation.l1 + 0.2 * validation.sync, 5);
    expect(tf.tidy(() => model.pictures(batch).shape)).toEqual([2, 4, 96, 96, 3]);
    model.dispose();
    tf.dispose(batch as tf.TensorContainer);
  });

  it('changes the generator and leaves the expert as it is', () => {
    const model = new Wav2Lip({ width, expert: expert(), syncGate: 10 });
    model.generator.initialize(new Random(1));
    model.validated([{ loss: 1, sync: 1 }]);
    const batch = wav2lipBatch();
    const { gradients, losses } = differentiate(model.objectives[0] as never, batch);
    expect(Object.keys(gradients).sort()).toEqual(
      model.generator
        .parameters()
        .map(({ name }) => name)
        .sort(),
    );
    tf.dispose([gradients, losses] as tf.TensorContainer);
    model.dispose();
    tf.dispose(batch as tf.TensorContainer);
  });
});

describe('wav2lip_gan', () => {
  it('adds the verdict to the loss in training, and lets the discriminator learn from the same faces', () => {
    const batch = wav2lipBatch();
    const before = tf.memory().numTensors;
    const model = new Wav2LipGan({ width, discriminatorWeight: 0.5 });
    model.generator.initialize(new Random(1));
    model.discriminator.initialize(new Random(2));
    const [ofGenerator, ofDiscriminator] = model.objectives.map((objective) => {
      const { gradients, losses } = differentiate(objective as never, batch);
      const read = values(losses);
      const names = Object.keys(gradients).sort();
      expect(names).toEqual(
        objective.network
          .parameters()
          .map(({ name }) => name)
          .sort(),
      );
      tf.dispose([gradients, losses] as tf.TensorContainer);
      return read;
    });
    expect(ofGenerator.loss).toBeCloseTo(0.5 * ofGenerator.l1 + 0.5 * ofGenerator.perceptual, 5);
    expect(ofDiscriminator.loss).toBeCloseTo(ofDiscriminator.real + ofDiscriminator.fake, 5);
    // Probabilities of the same faces: exp(-perceptual) + exp(-fake) is about 1 while frames are judged alike.
    expect(Math.exp(-ofGenerator.perceptual) + Math.exp(-ofDiscriminator.fake)).toBeCloseTo(1, 2);
    model.generator.eval();
    const validation = tf.tidy(() => values(model.calculateLoss(batch)));
    expect(validation).toEqual({ loss: validation.l1, l1: validation.l1 });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(batch as tf.TensorContainer);
  });
});

describe('syncnet', () => {
  const batch = () => ({
    faces: randomTensor([3, 48, 96, 3 * frames], 1, 0, 1),
    mel: randomTensor([3, 80, 16, 1], 2, -4, 4),
    label: tf.tensor2d([1, 0, 1], [3, 1]),
  });

  it('lowers the cross entropy of its cosine and says how often it is right', () => {
    const model = new SyncNet({ width, frames });
    model.network.initialize(new Random(3)).eval();
    tf.tidy(() => {
      const items = batch();
      const probabilities = model.predict(items).dataSync();
      const { loss, accuracy } = values(model.calculateLoss(items));
      const right = [probabilities[0], 1 - probabilities[1], probabilities[2]];
      expect(loss).toBeCloseTo(-right.reduce((sum, p) => sum + Math.log(p), 0) / 3, 4);
      expect(accuracy).toBeCloseTo(right.filter((p) => p > 0.5).length / 3, 5);
    });
    model.dispose();
  });

  it('can also pick the sound of a window out of those of the batch', () => {
    const model = new SyncNet({ width, frames, matchingWeight: 0.5 });
    model.network.initialize(new Random(3));
    tf.tidy(() => {
      const items = batch();
      const { loss, matching } = values(model.calculateLoss(items));
      const { audio, face } = model.network.forward(items.mel, items.faces);
      const cosines = tf.matMul(face as tf.Tensor2D, audio as tf.Tensor2D, false, true).arraySync() as number[][];
      // Items 0 and 2 have their sound in the batch.
      const expected = [0, 2].map((i) => {
        const exponentials = cosines[i].map((cosine) => Math.exp(15 * cosine));
        return -Math.log(exponentials[i] / exponentials.reduce((sum, value) => sum + value));
      });
      expect(matching).toBeCloseTo((expected[0] + expected[1]) / 2, 3);
      model.network.eval();
      const validation = values(model.calculateLoss(items));
      expect(validation).not.toHaveProperty('matching');
      expect(loss).toBeGreaterThan(0.5 * matching);
    });
    model.dispose();
  });

  it('learns to tell a few items', { timeout: 120_000 }, () => {
    const model = new SyncNet({ width, frames });
    model.network.initialize(new Random(3));
    const items = batch();
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    const adam = new Adam(model.network.parameters(), { learningRate: 1e-3 });
    for (let step = 0; step < 12; step++) {
      const result = differentiate(model.objectives[0] as never, items);
      losses.push(result.losses.loss.dataSync()[0]);
      adam.step(result.gradients);
      tf.dispose([result.gradients, result.losses] as tf.TensorContainer);
    }
    expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]);
    adam.dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    tf.dispose(items);
  });

  it('reports its accuracy, and a plateau at ln 2', () => {
    const model = new SyncNet({ width });
    expect(model.validated([])).toBeUndefined();
    expect(model.validated([{ loss: 0.5, accuracy: 0.8125 }])).toBe(
      'The expert tells lips in sync from others in 81.3 % of the cases; guessing gives 50 %.',
    );
    const guessing = { loss: 0.694, accuracy: 0.5 };
    expect(model.validated([guessing, guessing])).not.toMatch('ln 2');
    expect(model.validated([guessing, guessing, guessing])).toMatch('Its loss stays at ln 2 (0.693)');
    expect(model.validated([guessing, guessing, guessing, { loss: 0.6, accuracy: 0.7 }])).not.toMatch('ln 2');
  });
});
