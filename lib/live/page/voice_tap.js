/**
 * Runs in the browser's sound thread: passes a voice on and sends a copy, mixed to one channel, over a port. Plain
 * JavaScript without imports, so that it loads from wherever a bundler puts it.
 */

/** Samples sent at a time: about 11 ms, and few enough messages. A multiple of the 128 that come at a time. */
const PIECE = 512;

class VoiceTap extends AudioWorkletProcessor {
  #piece = new Float32Array(PIECE);
  #filled = 0;
  #target;
  #closed = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data === 'close') this.#closed = true;
      else this.#target = data;
    };
  }

  process([channels], [outputs]) {
    if (this.#closed) return false;
    for (const [i, samples] of channels.entries()) outputs[i]?.set(samples);
    if (!this.#target) return true;
    const length = outputs[0].length;
    for (let n = 0; n < length; n++) {
      let sum = 0;
      for (const samples of channels) sum += samples[n];
      // A source that is not connected, or has ended, has no channels.
      this.#piece[this.#filled + n] = sum / Math.max(1, channels.length);
    }
    this.#filled += length;
    if (this.#filled < PIECE) return true;
    this.#target.postMessage(this.#piece, [this.#piece.buffer]);
    this.#piece = new Float32Array(PIECE);
    this.#filled = 0;
    return true;
  }
}

registerProcessor('talkingface-voice-tap', VoiceTap);
