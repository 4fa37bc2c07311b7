import type { LiveStats, ModelInfo, TalkingFace } from '../lib/index.ts';
import { element } from './dom.ts';
import { formatBytes, t } from './i18n.ts';

const NOTHING = '–';

/** Writes what computes, with which model. */
export function showModel({ backend, model }: TalkingFace): void {
  const name = backend.name === 'webgpu' ? 'WebGPU' : 'WebAssembly';
  const threads = / on (\d+) threads?$/.exec(backend.description)?.[1];
  const runsOn = threads
    ? t(threads === '1' ? 'oneThread' : 'threads', { n: threads })
    : backend.description.replace(/^\w+ on /, '');
  write('fact-backend', `${name} · ${runsOn}`);
  write('fact-model', model ? modelText(model) : NOTHING);
}

/** Writes what a live animation measures of itself; without it, that there is nothing to measure. */
export function showStats(stats?: LiveStats): void {
  write('fact-rate', stats ? t('perSecond', { n: stats.frameRate.toFixed(0) }) : NOTHING);
  write('fact-delay', stats ? t('ms', { n: Math.round(stats.latency.median) }) : NOTHING);
  write('fact-offset', stats ? t('ms', { n: signed(Math.round(stats.offset)) }) : NOTHING);
}

/** The sign says that the picture is behind the sound, or ahead of it. */
const signed = (value: number): string => (value < 0 ? `−${-value}` : `+${value}`);

function modelText({ name, bytes }: ModelInfo): string {
  return `${name === 'small' ? t('smallModel') : name} · ${formatBytes(bytes)}`;
}

function write(id: string, text: string): void {
  const cell = element(id);
  cell.textContent = text;
  cell.title = text;
}
