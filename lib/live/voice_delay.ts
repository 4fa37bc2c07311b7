/** ms over which the need is watched before the delay is made shorter. */
const MEMORY = 4000;
/** ms kept in reserve, so that a little trembling does not make the picture late. */
const RESERVE = 10;
/** ms by which a delay may be longer than needed. */
const SLACK = 60;
/** ms until something is known, and pictures that must be seen for that. */
const [INITIAL, FEW] = [300, 5];
/** Beyond, the picture is rather late than the voice later still. */
const LONGEST = 2000;

/**
 * Decides by how much the voice is held back, so that it leaves together with the picture that shows it. It changes
 * rarely, because each change is heard: longer at once when one picture in ten would be late, shorter when all of the
 * last seconds could do with less.
 */
export class VoiceDelay {
  #ms = INITIAL;
  #needs: { at: number; ms: number }[] = [];

  /** By now, in ms. */
  get ms(): number {
    return this.#ms;
  }

  /** Takes the age, in ms, that the newest moment of the voice that can be shown had when a picture was given out at `now`. */
  observe(ms: number, now: number): void {
    this.#needs = [...this.#needs.filter(({ at }) => now - at < MEMORY), { at: now, ms }];
    const sorted = this.#needs.map((need) => need.ms).sort((a, b) => a - b);
    const nearlyAll = sorted[Math.floor(0.9 * (sorted.length - 1))];
    const all = sorted[sorted.length - 1];
    const watched = now - this.#needs[0].at >= MEMORY / 2;
    if (nearlyAll > this.#ms && sorted.length >= FEW) this.#set(nearlyAll + RESERVE);
    else if (watched && all + RESERVE + SLACK < this.#ms) this.#set(all + RESERVE);
  }

  #set(ms: number): void {
    this.#ms = Math.min(LONGEST, ms);
  }
}
