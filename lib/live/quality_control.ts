/** How much is asked of the machine. */
export interface Quality {
  /** Size of the pictures as a part of the camera's. */
  readonly scale: number;
  /** Every which frame is drawn; the others are left out. */
  readonly stride: number;
  /** Faces that are drawn at a time; more are faster in all, and later. */
  readonly batch: number;
}

/** What drawing some frames has cost. */
export interface Effort {
  /** ms by any clock. */
  readonly now: number;
  /** ms from one frame of the camera to the next. */
  readonly interval: number;
  readonly frames: number;
  /** ms in all. */
  readonly total: number;
  /** The part of that for the network that draws faces. */
  readonly network: number;
  /** The part for reading and painting pictures, which grows with their size. */
  readonly pixels: number;
}

const SCALES = [1, 0.75, 0.5];
/** ms between drawn frames; rarer ones look like a row of stills. */
const LONGEST_STRIDE = 250;
/** Part of the time between frames that work may take; and may have taken before more is tried. */
const [BUSY, IDLE] = [0.85, 0.65];
/** ms that a choice is kept at least before less, and before more is asked. */
const [PATIENCE_DOWN, PATIENCE_UP] = [600, 3000];
/** Part of the new in a running mean. */
const FORGETTING = 0.15;
/** A larger batch must save this part of the network's time. */
const LEAST_GAIN = 0.1;

/**
 * Asks for as much as the machine can do in time: what does not fit is given up before frames pile up, and taken back
 * once there is room. First the network draws two faces at a time where that saves time, then pictures become smaller
 * if that helps, then every other frame is left out, evenly.
 */
export class QualityControl {
  #quality: Quality = { scale: 1, stride: 1, batch: 1 };
  readonly #batchCost: readonly number[];
  #changedAt = Number.NEGATIVE_INFINITY;
  /** Running means, per frame: the network's time as a part of what was measured at first, pixels at full size, the rest. */
  #network = 1;
  #pixels: number | undefined;
  #other = 0;

  /** @param batchCost ms that the network took for 1, 2, ... faces when it was tried */
  constructor(batchCost: readonly number[]) {
    this.#batchCost = batchCost;
  }

  get quality(): Quality {
    return this.#quality;
  }

  /** Takes what the last frames have cost; `quality` is for the coming ones. */
  observe({ now, interval, frames, total, network, pixels }: Effort): void {
    if (this.#changedAt === Number.NEGATIVE_INFINITY) this.#changedAt = now;
    const { scale } = this.#quality;
    const fullPixels = pixels / frames / scale ** 2;
    const part = this.#pixels === undefined ? 1 : FORGETTING;
    this.#pixels = mix(this.#pixels ?? 0, fullPixels, part);
    this.#other = mix(this.#other, (total - network - pixels) / frames, part);
    if (network > 0 && frames <= this.#batchCost.length)
      this.#network = mix(this.#network, network / this.#batchCost[frames - 1], part);

    const since = now - this.#changedAt;
    const wanted = this.#best(interval, since >= PATIENCE_UP);
    const less = this.#load(this.#quality, interval) > BUSY;
    if (same(wanted, this.#quality) || since < (less ? PATIENCE_DOWN : PATIENCE_UP)) return;
    this.#quality = wanted;
    this.#changedAt = now;
  }

  /** The first choice in order of preference that fits; the last when none does. */
  #best(interval: number, mayRise: boolean): Quality {
    const choices = this.#choices(interval);
    const current = choices.findIndex((choice) => same(choice, this.#quality));
    const fits = choices.findIndex((choice, i) => {
      if (i < current) return mayRise && this.#load(choice, interval) <= IDLE;
      return this.#load(choice, interval) <= BUSY;
    });
    return choices[fits === -1 ? choices.length - 1 : fits];
  }

  #choices(interval: number): Quality[] {
    const choices: Quality[] = [];
    for (let stride = 1; stride === 1 || stride * interval <= LONGEST_STRIDE; stride++) {
      for (const scale of SCALES) {
        for (const [i, cost] of this.#batchCost.entries()) {
          const single = this.#batchCost[0];
          if (i === 0 || cost / (i + 1) <= single * (1 - LEAST_GAIN)) choices.push({ stride, scale, batch: i + 1 });
        }
      }
    }
    return choices;
  }

  /** Part of the time there is that the work would take. */
  #load({ scale, stride, batch }: Quality, interval: number): number {
    const network = (this.#network * this.#batchCost[batch - 1]) / batch;
    return (network + (this.#pixels ?? 0) * scale ** 2 + this.#other) / (stride * interval);
  }
}

function mix(old: number, fresh: number, part: number): number {
  return old + (fresh - old) * part;
}

function same(a: Quality, b: Quality): boolean {
  return a.scale === b.scale && a.stride === b.stride && a.batch === b.batch;
}
