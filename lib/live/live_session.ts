import { StageClock } from '../utils/stage_clock.ts';
import type { LiveParts, LiveSession as LiveSessionContract, LiveSetup } from '../worker/live_contract.ts';
import { CanvasPicture } from './canvas_picture.ts';
import { LiveAnimator } from './live_animator.ts';
import { type FrameOutlet, openOutlet, type PreparedFrame, receiveFrames } from './live_frames.ts';
import { LiveMeter } from './live_meter.ts';
import type { LiveConnection } from './live_setup.ts';
import { IncomingVoice } from './live_voice.ts';
import { NewestFrames } from './newest_frames.ts';
import { QualityControl } from './quality_control.ts';
import { tryBatches } from './try_batches.ts';

/** ms between reports. */
const REPORT = 1000;

/** A frame as it came. */
interface Capture {
  readonly picture: CanvasPicture;
  /** µs. */
  readonly timestamp: number;
  /** ms of `performance.now()`. */
  readonly capturedAt: number;
}

/** The worker's half of a live animation: takes the newest frames, draws the face, and gives them out in their rhythm. */
export class LiveSession implements LiveSessionContract {
  readonly ended: Promise<void>;
  readonly #connection: LiveConnection;
  readonly #parts: LiveParts;
  readonly #animator: LiveAnimator;
  /** One for each frame of a batch. */
  readonly #pictures: CanvasPicture[] = [];
  readonly #meter = new LiveMeter();
  #quality!: QualityControl;
  #frames!: NewestFrames<VideoFrame>;
  #outlet!: FrameOutlet;
  #voice: IncomingVoice | undefined;
  /** Frames that are drawn and wait for their moment, by their timers. */
  readonly #waiting = new Map<ReturnType<typeof setTimeout>, PreparedFrame>();
  /** ms that the last batches took, as a running mean. */
  #duration = 0;
  #reportedAt = performance.now();
  #face = false;
  #end!: { resolve(): void; reject(error: unknown): void };

  constructor(setup: LiveSetup, parts: LiveParts) {
    this.#connection = setup as LiveConnection;
    this.#parts = parts;
    this.#animator = new LiveAnimator(parts, this.#connection.options);
    this.ended = new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
  }

  async start(): Promise<void> {
    const { frames, interval, drawn, voice } = this.#connection;
    this.#outlet = openOutlet(drawn);
    this.#voice = voice && new IncomingVoice(voice, this.#animator);
    this.#frames = new NewestFrames(receiveFrames(frames), interval);
    try {
      this.#quality = new QualityControl(await tryBatches(this.#parts.animator));
    } catch (error) {
      await this.#close();
      throw error;
    }
    this.#run().then(this.#end.resolve, this.#end.reject);
  }

  async stop(): Promise<void> {
    await this.#frames.close();
    // What ended it is told by `ended` alone.
    await this.ended.catch(() => {});
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const { batch, stride, scale } = this.#quality.quality;
        const captures: Capture[] = [];
        let spent = 0;
        await this.#frames.take(batch, stride, (frame, capturedAt) => {
          const start = performance.now();
          this.#pictures[captures.length] ??= new CanvasPicture();
          const picture = this.#pictures[captures.length];
          picture.show(frame, scale, capturedAt);
          captures.push({ picture, timestamp: frame.timestamp, capturedAt });
          spent += performance.now() - start;
        });
        if (captures.length === 0) return;
        await this.#draw(captures, stride, spent);
        if (performance.now() - this.#reportedAt >= REPORT) this.#report();
        // Sound and frames that have come meanwhile are taken in, however long the network kept this thread.
        await nextTask();
      }
    } finally {
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    for (const [timer, frame] of this.#waiting) {
      clearTimeout(timer);
      frame.drop();
    }
    this.#waiting.clear();
    this.#voice?.close();
    await this.#frames.close();
    await this.#outlet.close();
  }

  /** @param spent ms that it took to capture the frames */
  async #draw(captures: readonly Capture[], stride: number, spent: number): Promise<void> {
    const { interval } = this.#frames;
    const clock = new StageClock();
    const start = performance.now() - spent;
    const due = (i: number, first: number) => first + i * stride * interval;
    const shots = captures.map((capture, i) => {
      return { ...capture, moment: this.#voice?.momentAt(due(i, start + this.#duration)) ?? 0 };
    });
    const { heardUntil } = this.#animator;
    this.#face = (await this.#animator.draw(shots, clock)).at(-1)!;
    const prepared = await clock.time('give out', () =>
      shots.map(({ picture, timestamp }) => this.#outlet.prepare(picture.canvas, timestamp)),
    );
    const now = performance.now();
    const total = now - start;
    const times = { capture: spent, ...clock.times() } as Record<string, number>;
    const stages = Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, ms / shots.length]));
    for (const [i, { capturedAt, moment }] of shots.entries()) {
      this.#giveOut(prepared[i], due(i, now), () => {
        const givenAt = performance.now();
        const offset = heardUntil < 0 ? undefined : this.#voice?.shown(moment, heardUntil, givenAt);
        this.#meter.add({ capturedAt, givenAt, offset, stages });
      });
    }
    this.#duration += (total - this.#duration) * (this.#duration === 0 ? 1 : 0.2);
    const network = times.network ?? 0;
    const pixels = total - network - (times['find face'] ?? 0);
    this.#quality.observe({ now, interval, frames: shots.length, total, network, pixels });
  }

  #giveOut(frame: PreparedFrame, at: number, onGiven: () => void): void {
    const give = (): void => {
      frame.send();
      onGiven();
    };
    const wait = at - performance.now();
    if (wait <= 0) {
      give();
      return;
    }
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      give();
    }, wait);
    this.#waiting.set(timer, frame);
  }

  #report(): void {
    this.#reportedAt = performance.now();
    const { width, height } = this.#pictures[0];
    this.#parts.onStats({
      ...this.#meter.measures(this.#reportedAt),
      dropped: this.#frames.dropped,
      width,
      height,
      face: this.#face,
      voice: this.#animator.heardUntil >= 0,
      voiceDelay: this.#voice?.delay ?? 0,
    });
  }
}

/** Resolves after the messages that have come. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
