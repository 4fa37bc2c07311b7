import { Resampler } from '../audio/resample.ts';
import { VOICE_SAMPLE_RATE } from '../model/face_animator.ts';
import type { LiveAnimator } from './live_animator.ts';
import type { VoiceConnection } from './live_setup.ts';
import { StreamClock } from './stream_clock.ts';
import { VoiceDelay } from './voice_delay.ts';

/**
 * The voice as it comes to the worker: gives it to the animator, knows which moment of it leaves the delay line when,
 * and keeps that line as long as it must be. Times in ms of `performance.now()`.
 */
export class IncomingVoice {
  readonly #connection: VoiceConnection;
  readonly #animator: LiveAnimator;
  readonly #resampler: Resampler;
  /** The voice's own clock starts with its first sample. */
  readonly #clock = new StreamClock();
  readonly #delay = new VoiceDelay();
  #received = 0;
  #sentDelay = 0;

  constructor(connection: VoiceConnection, animator: LiveAnimator) {
    this.#connection = connection;
    this.#animator = animator;
    this.#resampler = new Resampler(connection.sampleRate, VOICE_SAMPLE_RATE);
    connection.samples.onmessage = ({ data }: MessageEvent<Float32Array>) => this.#take(data);
    this.#sendDelay();
  }

  /** ms by which the voice is held back. */
  get delay(): number {
    return this.#delay.ms;
  }

  /** The moment, in s, of the voice that leaves at `time`; what a picture given out then is to show. */
  momentAt(time: number): number {
    const moment = (this.#clock.fromLocal(time) - this.#delay.ms) / 1000;
    // Before the first sample nothing is known.
    return Number.isFinite(moment) ? moment : 0;
  }

  /**
   * A picture that was to show `moment` has been given out at `now`; `heardUntil` is the last moment that could be
   * shown when it was drawn.
   *
   * @returns ms by which the picture is behind the voice
   */
  shown(moment: number, heardUntil: number, now: number): number {
    const leaving = this.momentAt(now);
    this.#delay.observe(this.#clock.fromLocal(now) - heardUntil * 1000, now);
    this.#sendDelay();
    return (leaving - Math.min(moment, heardUntil)) * 1000;
  }

  close(): void {
    this.#connection.samples.close();
    this.#connection.delay.close();
  }

  #take(samples: Float32Array): void {
    this.#received += samples.length;
    this.#clock.observe((this.#received / this.#connection.sampleRate) * 1000, performance.now());
    this.#animator.hear(this.#resampler.push(samples));
  }

  #sendDelay(): void {
    if (this.#delay.ms === this.#sentDelay) return;
    this.#sentDelay = this.#delay.ms;
    this.#connection.delay.postMessage(this.#sentDelay);
  }
}
