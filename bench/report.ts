import type { Spread } from './statistics.ts';

/** One timed thing in the report. */
export interface Row {
  readonly group: string;
  readonly engine: string;
  readonly milliseconds: Spread;
  /** Frames (or items) a second at the median. */
  readonly perSecond: number;
  /** Speed relative to the group's peer, where there is one. */
  readonly ratio?: Spread;
  /** GFLOP/s, and what part that is of what the graphics card reaches at the most. */
  readonly gflops?: number;
  readonly ofPeak?: number;
  /** MiB, of the process that ran it. */
  readonly peakMemory?: number;
  /** A stage of something: its bar shows ms, not the rate, so that the longest is the slowest. */
  readonly stage?: boolean;
}

const number = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The rows as a Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const head = [
    'what',
    'engine',
    'ms, median (min-max)',
    'a second',
    'times the peer, median (min-max)',
    'GFLOP/s (of the card)',
    'peak MiB',
  ];
  const lines = rows.map((row) => [
    row.group,
    row.engine,
    `${number(row.milliseconds.median)} (${number(row.milliseconds.min)}-${number(row.milliseconds.max)})`,
    number(row.perSecond),
    row.ratio ? `${row.ratio.median.toFixed(2)} (${row.ratio.min.toFixed(2)}-${row.ratio.max.toFixed(2)})` : '',
    row.gflops ? `${number(row.gflops)} (${(100 * row.ofPeak!).toPrecision(2)}%)` : '',
    row.peakMemory ? row.peakMemory.toFixed(0) : '',
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The rows as horizontal bars, with whiskers from the least to the most, an SVG picture. */
export function barPlot(rows: readonly Row[], title: string): string {
  const [left, width, rowHeight, top] = [330, 420, 24, 56];
  const longest = new Map<string, number>();
  for (const row of rows) longest.set(row.group, Math.max(longest.get(row.group) ?? 0, barOf(row).max));
  const bars = rows.map((row, i) => {
    const scale = width / longest.get(row.group)!;
    const y = top + i * rowHeight;
    const { min, median, max } = barOf(row);
    const [from, to] = [min, max].map((value) => (left + value * scale).toFixed(1));
    return `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${xmlText(`${row.group} · ${row.engine}`)}</text>
<rect x="${left}" y="${y + 3}" width="${(median * scale).toFixed(1)}" height="16" fill="${colour(row)}"/>
<path d="M${from} ${y + 11}H${to}" stroke="#222" stroke-width="2"/>
<text x="${left + width + 12}" y="${y + 15}">${number(median)}${row.stage ? ' ms' : '/s'}</text>`;
  });
  const height = top + rows.length * rowHeight + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="860" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="24" font-size="16">${xmlText(title)}</text>
<text x="16" y="42" fill="#555">Bars: median; lines: least to most; each group has its own scale. Blue: this toolkit; grey: its peer; green: ms of a stage.</text>
${bars.join('\n')}
</svg>
`;
}

/** What a row's bar shows: frames a second, or a stage's ms. */
function barOf({ milliseconds, perSecond, stage }: Row): Spread {
  if (stage) return milliseconds;
  const items = perSecond * milliseconds.median;
  return { min: items / milliseconds.max, median: perSecond, max: items / milliseconds.min };
}

function colour({ engine, stage }: Row): string {
  if (stage) return '#3d9a6b';
  return /^(onnxruntime|PyTorch)/.test(engine) ? '#9aa5b1' : '#2f6fde';
}

function xmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
