import { element } from './dom.ts';
import { t } from './i18n.ts';

const WIDTH = 600;
const HEIGHT = 240;
/** More points than this are not seen. */
const MOST_POINTS = 300;

/** The loss of each step, drawn as it comes: every step faintly, its running mean on top. */
export class LossCurve {
  #losses: number[] = [];
  #steps = 0;

  constructor() {
    this.draw();
  }

  /** Losses of the steps so far, oldest first. */
  get losses(): readonly number[] {
    return this.#losses;
  }

  /** Starts with losses of an earlier time. */
  restore(losses: readonly number[], steps: number): void {
    this.#losses = [...losses];
    this.#steps = steps;
    this.draw();
  }

  /** @param step counts from 1 */
  add(step: number, steps: number, loss: number): void {
    this.#losses.length = Math.min(this.#losses.length, step - 1);
    this.#losses.push(loss);
    this.#steps = steps;
    this.draw();
  }

  draw(): void {
    const losses = this.#losses;
    const smooth = runningMean(losses);
    const top = Math.max(...losses, 0) * 1.05 || 1;
    const svg = element('curve');
    svg.replaceChildren(
      ...[0, 0.5, 1].map((share) => path('grid', `M0 ${share * HEIGHT}H${WIDTH}`)),
      path('raw', line(losses, top, this.#steps)),
      path('smooth', line(smooth, top, this.#steps)),
    );
    const [first, last] = [smooth.at(0), smooth.at(-1)];
    const known = first !== undefined && last !== undefined;
    const values = known ? { n: losses.length, first: first.toFixed(3), last: last.toFixed(3) } : undefined;
    svg.ariaLabel = values ? t('curveLabel', values) : t('curveEmpty');
    element('loss-value').textContent = values?.last ?? t('curveEmpty');
    element('curve-end').textContent = this.#steps > 0 ? String(this.#steps) : '';
  }
}

function runningMean(losses: readonly number[]): number[] {
  let mean = losses[0];
  return losses.map((loss) => {
    mean += (loss - mean) * 0.1;
    return mean;
  });
}

function line(values: readonly number[], top: number, steps: number): string {
  const stride = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  const points: string[] = [];
  for (let i = 0; i < values.length; i += stride) {
    const x = (i / Math.max(1, steps - 1)) * WIDTH;
    points.push(`${x.toFixed(1)} ${(HEIGHT - (values[i] / top) * HEIGHT).toFixed(1)}`);
  }
  return points.length > 0 ? `M${points.join('L')}` : '';
}

function path(name: string, d: string): SVGPathElement {
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('class', name);
  shape.setAttribute('d', d);
  return shape;
}
