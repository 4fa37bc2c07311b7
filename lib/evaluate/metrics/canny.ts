const RADIUS = 4;
const LOW = 0.1;
const HIGH = 0.2;

const gaussian = Float64Array.from({ length: 2 * RADIUS + 1 }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / 2));

/**
 * Edges of a grey picture by Canny's method (1986): Gaussian of sigma 1, Sobel gradient, ridges of its
 * magnitude above 0.1 that are connected to one above 0.2. One byte a pixel, 1 on an edge.
 */
export function canny(grey: Float64Array, width: number, height: number): Uint8Array {
  const smooth = smoothed(smoothed(grey, width, height, 1), width, height, width);
  const [gradientX, gradientY] = sobel(smooth, width, height);
  const magnitude = gradientX.map((value, i) => Math.sqrt(value * value + gradientY[i] * gradientY[i]));
  const edges = new Uint8Array(grey.length);
  const strong: number[] = [];
  const weak = new Uint8Array(grey.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (magnitude[i] < LOW || !isRidge(magnitude, i, gradientX[i], gradientY[i], width)) continue;
      weak[i] = 1;
      if (magnitude[i] >= HIGH) strong.push(i);
    }
  }
  // From each strong pixel along the weak ones.
  for (let i = strong.pop(); i !== undefined; i = strong.pop()) {
    if (edges[i]) continue;
    edges[i] = 1;
    for (let dy = -width; dy <= width; dy += width) {
      for (let dx = -1; dx <= 1; dx++) if (weak[i + dy + dx]) strong.push(i + dy + dx);
    }
  }
  return edges;
}

/** Gaussian along one axis (`step` 1: rows, `width`: columns), by the weights that lie inside the picture. */
function smoothed(values: Float64Array, width: number, height: number, step: number): Float64Array {
  const result = new Float64Array(values.length);
  const length = step === 1 ? width : height;
  const totals = Float64Array.from({ length }, (_, place) => {
    return gaussian
      .slice(first(place) + RADIUS, last(place, length) + RADIUS + 1)
      .reduce((sum, weight) => sum + weight);
  });
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const place = step === 1 ? x : y;
      const end = last(place, length);
      let sum = 0;
      for (let k = first(place); k <= end; k++) sum += gaussian[k + RADIUS] * values[i + k * step];
      result[i] = sum / totals[place];
    }
  }
  return result;
}

const first = (place: number): number => (place < RADIUS ? -place : -RADIUS);
const last = (place: number, length: number): number => (place + RADIUS < length ? RADIUS : length - 1 - place);

/** Horizontal and vertical gradient, 8 times the slope; the picture goes on past its border as its last pixels. */
export function sobel(values: Float64Array, width: number, height: number): [Float64Array, Float64Array] {
  const x = new Float64Array(values.length);
  const y = new Float64Array(values.length);
  for (let row = 0, i = 0; row < height; row++) {
    const up = Math.max(row - 1, 0) * width;
    const middle = row * width;
    const down = Math.min(row + 1, height - 1) * width;
    for (let column = 0; column < width; column++, i++) {
      const left = Math.max(column - 1, 0);
      const right = Math.min(column + 1, width - 1);
      const diagonal = values[down + right] - values[up + left];
      const antidiagonal = values[up + right] - values[down + left];
      x[i] = diagonal + antidiagonal + 2 * (values[middle + right] - values[middle + left]);
      y[i] = diagonal - antidiagonal + 2 * (values[down + column] - values[up + column]);
    }
  }
  return [x, y];
}

/** Whether the magnitude is not smaller than one step up and one step down the gradient, interpolated. */
function isRidge(magnitude: Float64Array, i: number, x: number, y: number, width: number): boolean {
  const across = x * y >= 0 ? 1 : -1;
  const steep = Math.abs(y) > Math.abs(x);
  const straight = steep ? width : across;
  const diagonal = width + across;
  const w = steep ? Math.abs(x / y) : Math.abs(y / x);
  const at = (sign: number) => magnitude[i + sign * diagonal] * w + magnitude[i + sign * straight] * (1 - w);
  return at(1) <= magnitude[i] && at(-1) <= magnitude[i];
}
