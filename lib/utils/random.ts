/**
 * A seeded source of random numbers (xoshiro128**, Blackman & Vigna 2021): the same sequence on every
 * platform, so that a run can be repeated from its seed.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  /** @param seed any integer; its lowest 32 bits count. */
  constructor(seed: number) {
    // splitmix32 spreads similar seeds over the whole state.
    let s = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
  }

  /** A number in [0, 1) with 32 random bits. */
  next(): number {
    const s = this.#state;
    const x = Math.imul(s[1], 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result / 2 ** 32;
  }
}
