/** A value of a curve. */
export interface CurvePoint {
  /** What it measures; each name has its own panel. */
  readonly name: string;
  readonly series: 'train' | 'val';
  readonly step: number;
  readonly value: number;
}

const WIDTH = 640;
const PANEL = 200;
const LEFT = 72;
const MARGIN = 28;
const colours = { train: '#7aa6d6', val: '#c4501e' } as const;

/** An SVG picture with a panel for each name: its values over the steps, training pale, validation strong. */
export function plotCurves(points: readonly CurvePoint[]): string {
  const names = [...new Set(points.map(({ name }) => name))];
  const last = Math.max(1, ...points.map(({ step }) => step));
  const panels = names.map((name, i) => {
    const own = points.filter((point) => point.name === name);
    return `<g transform="translate(0 ${i * PANEL})">${panel(name, own, last)}</g>`;
  });
  const height = Math.max(1, names.length) * PANEL;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">
<rect width="${WIDTH}" height="${height}" fill="white"/>
${panels.join('\n')}
</svg>
`;
}

function panel(name: string, points: readonly CurvePoint[], lastStep: number): string {
  const values = points.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || Math.abs(high) || 1;
  const x = (step: number): string => (LEFT + ((WIDTH - LEFT - MARGIN) * step) / lastStep).toFixed(1);
  const y = (value: number): string => (MARGIN + (PANEL - 2 * MARGIN) * (1 - (value - low) / span)).toFixed(1);
  const line = (series: 'train' | 'val'): string => {
    const own = points.filter((point) => point.series === series);
    if (own.length === 0) return '';
    const path = own.map(({ step, value }) => `${x(step)},${y(value)}`).join(' ');
    const end = own[own.length - 1];
    const dot = `<circle cx="${x(end.step)}" cy="${y(end.value)}" r="2.5" fill="${colours[series]}"/>`;
    return `<polyline points="${path}" fill="none" stroke="${colours[series]}" stroke-width="1.5"/>${dot}`;
  };
  const label = (value: number): string =>
    `<line x1="${LEFT}" x2="${WIDTH - MARGIN}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${LEFT - 6}" y="${y(value)}" dy="4" text-anchor="end">${Number(value.toPrecision(4))}</text>`;
  const legend = `<text x="${LEFT}" y="16"><tspan font-weight="bold">${name}</tspan> <tspan fill="${colours.train}">train</tspan> <tspan fill="${colours.val}">val</tspan></text>`;
  const steps = `<text x="${WIDTH - MARGIN}" y="${PANEL - 10}" text-anchor="end">${lastStep} steps</text>`;
  return [legend, label(low), high > low ? label(high) : '', line('train'), line('val'), steps].join('');
}
