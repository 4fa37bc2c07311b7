/** Average of numbers as they come. */
export class RunningMean {
  count = 0;
  #sum = 0;

  add(value: number): void {
    this.count++;
    this.#sum += value;
  }

  /** NaN before the first number. */
  get value(): number {
    return this.#sum / this.count;
  }
}
