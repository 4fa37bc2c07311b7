import type { MetricValue } from '../lib/evaluate/metric.ts';
import type { LossValues } from '../lib/model/abstract_talkingface.ts';

const directions = { higher: 'higher is better', lower: 'lower is better', zero: 'best at 0' };

/** Lines of a table: a metric's value each, with its numbers of each column, its unit and which direction is good. */
export function scoreTable(
  values: readonly MetricValue[],
  columns: Readonly<Record<string, readonly (number | undefined)[]>>,
  title = '',
): string[] {
  const width = Math.max(12, ...values.map(({ name }) => name.length + 2));
  const cells = (texts: string[]) => texts.map((text) => text.padStart(11)).join('');
  const head = `${title.padEnd(width)}${cells(Object.keys(columns))}`;
  const lines = values.map(({ name, unit, better }, i) => {
    const numbers = Object.values(columns).map((column) => column[i]?.toFixed(4) ?? '-');
    return `${name.padEnd(width)}${cells(numbers)}  ${unit && `${unit}, `}${directions[better]}`;
  });
  return [head, ...lines];
}

/** Losses on one line. */
export function writeLosses(losses: LossValues): string {
  return Object.entries(losses)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
    .join(', ');
}
