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
  /** MiB, of the process that ran it. */
  readonly peakMemory?: number;
}

const number = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The rows as a Markdown table. */
export function markdownTable(rows: readonly Row[]): string {
  const head = ['what', 'engine', 'ms, median (min-max)', 'a second', 'times the peer, median (min-max)', 'peak MiB'];
  const lines = rows.map((row) => [
    row.group,
    row.engine,
    `${number(row.milliseconds.median)} (${number(row.milliseconds.min)}-${number(row.milliseconds.max)})`,
    number(row.perSecond),
    row.ratio ? `${row.ratio.median.toFixed(2)} (${row.ratio.min.toFixed(2)}-${row.ratio.max.toFixed(2)})` : '',
    row.peakMemory ? row.peakMemory.toFixed(0) : '',
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The rows as horizontal bars of items a second with whiskers from slowest to fastest, an SVG picture. */
export function barPlot(rows: readonly Row[], title: string): string {
  const [left, width, rowHeight, top] = [330, 420, 24, 56];
  const groups = new Map<string, number>();
  for (const row of rows) groups.set(row.group, Math.max(groups.get(row.group) ?? 0, fastest(row)));
  const bars = rows.map((row, i) => {
    const scale = width / groups.get(row.group)!;
    const y = top + i * rowHeight;
    const items = row.perSecond * row.milliseconds.median;
    const whiskers = [items / row.milliseconds.max, items / row.milliseconds.min].map((v) => left + v * scale);
    return `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${xmlText(`${row.group} · ${row.engine}`)}</text>
<rect x="${left}" y="${y + 3}" width="${(row.perSecond * scale).toFixed(1)}" height="16" fill="${colour(row.engine)}"/>
<path d="M${whiskers[0].toFixed(1)} ${y + 11}H${whiskers[1].toFixed(1)}" stroke="#222" stroke-width="2"/>
<text x="${left + width + 12}" y="${y + 15}">${number(row.perSecond)}/s</text>`;
  });
  const height = top + rows.length * rowHeight + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="860" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="24" font-size="16">${xmlText(title)}</text>
<text x="16" y="42" fill="#555">Bars: median; lines: slowest to fastest run; each group has its own scale.</text>
${bars.join('\n')}
</svg>
`;
}

function fastest(row: Row): number {
  return (row.perSecond * row.milliseconds.median) / row.milliseconds.min;
}

/** Peers are grey, so that one sees at once what is ours. */
function colour(engine: string): string {
  return engine.startsWith('onnxruntime') ? '#9aa5b1' : '#2f6fde';
}

function xmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
