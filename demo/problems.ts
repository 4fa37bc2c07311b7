import { UserError } from '../lib/index.ts';
import { type StringKey, t } from './i18n.ts';

/** What the page offers to do about a problem. */
export type Remedy = 'retry' | 'examples' | 'small' | 'wasm' | 'face-file' | 'make';

/** Something that kept the page from doing what was asked, in words for the person before it. */
export interface Problem {
  /** Of the sprite. */
  readonly icon: string;
  readonly title: string;
  readonly text: string;
  readonly remedies: readonly Remedy[];
}

export type Devices = 'theCamera' | 'theMicrophone' | 'bothDevices';

/** A camera or microphone that could not be had. */
export class DeviceError extends Error {
  readonly devices: Devices;

  constructor(cause: unknown, devices: Devices) {
    super(`No ${devices}`, { cause });
    this.devices = devices;
  }
}

/** A file that the browser's player cannot open, although the library's decoders may. */
export class PlayerError extends Error {}

/** Nothing that was given shows a face. */
export class NoFaceError extends Error {}

/**
 * A problem made of what went wrong. The library's errors are sentences for people already: only the title and what
 * can be done about it are chosen here.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof DeviceError) return deviceProblem(error);
  const message = error instanceof Error ? error.message : String(error);
  const make = (icon: string, title: StringKey, text: string, ...remedies: Remedy[]): Problem => ({
    icon,
    title: t(title),
    text,
    remedies,
  });
  if (error instanceof PlayerError) return make('film', 'codec', t('playerText'), 'make', 'examples');
  if (error instanceof NoFaceError) return make('face', 'noFace', t('noFaceText'), 'face-file', 'examples');
  if (error instanceof RangeError || /out of memory|\bOOM\b|memory access|allocat/i.test(message))
    return make('chip', 'memory', t('memoryText'), 'retry', 'small', 'examples');
  if (!(error instanceof UserError)) return make('warning', 'failed', message, 'retry');
  if (/^Backend 'webgpu'|graphics card/.test(message)) return make('chip', 'gpuFailed', message, 'wasm', 'retry');
  if (/No backend can be used|OffscreenCanvas|WebAssembly is/.test(message))
    return make('warning', 'noBackend', message, 'retry');
  if (/cannot be loaded|download|server|network|offline/i.test(message))
    return make('cloud-off', 'network', message, 'retry', 'small');
  if (/tensor|checkpoint|weights|safetensors|pickle|\.pth/i.test(message))
    return make('warning', 'badWeights', message, 'small');
  return make('film', 'codec', message, 'face-file', 'examples');
}

function deviceProblem({ cause, devices }: DeviceError): Problem {
  const name = cause instanceof DOMException ? cause.name : '';
  const microphone = devices === 'theMicrophone';
  const icon = microphone ? 'microphone' : 'camera';
  const remedies: Remedy[] = ['retry', 'examples'];
  const named = { devices: t(devices) };
  if (name === 'NotAllowedError' || name === 'SecurityError')
    return { icon, title: t('refused', named), text: t('refusedText'), remedies };
  if (name === 'NotReadableError' || name === 'AbortError')
    return { icon, title: t('busy', named), text: t('busyText'), remedies };
  return {
    icon,
    title: t(microphone ? 'noMicrophone' : 'noCamera'),
    text: t(microphone ? 'noMicrophoneText' : 'noCameraText'),
    remedies,
  };
}
