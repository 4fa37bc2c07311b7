import { existsSync, readdirSync } from 'node:fs';
import { arch, availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os';
import { type BackendName, registeredBackends, startBackend } from '../lib/backend/backend.ts';
import * as tf from '../lib/backend/tf.ts';
import { registerNodeBackends } from './platform/backends.ts';

/** What `doctor` found out. */
export interface Report {
  readonly node: string;
  readonly tensorflowjs: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: { readonly free: number; readonly total: number };
  /** Fastest first, in the order in which `auto` tries them. */
  readonly backends: readonly BackendReport[];
  /** What `auto` takes here. */
  readonly auto: BackendName;
}

interface BackendReport {
  readonly name: BackendName;
  readonly works: boolean;
  /** What it runs on, or why it cannot be used. */
  readonly detail: string;
  /** How to get it, or a better one. */
  readonly advice?: string;
}

/** Starts every backend in turn. */
export async function examine(): Promise<Report> {
  registerNodeBackends();
  const backends: BackendReport[] = [];
  for (const { name } of registeredBackends()) {
    try {
      const { description } = await startBackend(name);
      backends.push({ name, works: true, detail: description, advice: adviceFor(name, description) });
    } catch (error) {
      backends.push({ name, works: false, detail: (error as Error).message, advice: adviceFor(name) });
    }
  }
  const { name: auto } = await startBackend('auto');
  const gibibytes = (bytes: number) => Math.round((bytes / 2 ** 30) * 10) / 10;
  return {
    node: process.versions.node,
    tensorflowjs: tf.version.tfjs,
    system: `${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: { free: gibibytes(freemem()), total: gibibytes(totalmem()) },
    backends,
    auto,
  };
}

/** The report as text. */
export function describe(report: Report): string {
  const { memory } = report;
  return [
    `Node ${report.node}, TensorFlow.js ${report.tensorflowjs}, ${report.system}`,
    `${report.processor}, ${report.cores} cores, ${memory.free} of ${memory.total} GiB memory free`,
    '',
    ...report.backends.flatMap(({ name, works, detail, advice }) => [
      `${works ? 'yes' : 'no '}  ${name.padEnd(10)}  ${detail}`,
      ...(advice ? [`${' '.repeat(17)}${advice}`] : []),
    ]),
    '',
    `--backend auto takes ${report.auto}.`,
  ].join('\n');
}

const vulkanFolders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const softwareVulkan = '/usr/lib/chromium/vk_swiftshader_icd.json';

function adviceFor(name: BackendName, description?: string): string | undefined {
  switch (name) {
    case 'tensorflow':
      if (!description) return 'Get it with `npm run setup:tensorflow`, or with `-- --gpu` for CUDA cards.';
      return description.includes('CUDA') || !existsSync('/dev/nvidiactl')
        ? undefined
        : 'There is an NVIDIA card: `npm run setup:tensorflow -- --gpu` lets TensorFlow use it.';
    case 'webgpu':
      if (description)
        return /software/.test(description) ? 'It is emulated, to test with; auto does not take it.' : undefined;
      return webgpuAdvice();
    default:
      return undefined;
  }
}

function webgpuAdvice(): string {
  if (process.platform !== 'linux') return 'Install the graphics card’s driver.';
  const drivers = vulkanFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  const missing = drivers
    ? 'Vulkan drivers are installed, but no card answers.'
    : 'Install the graphics card’s Vulkan driver.';
  if (!existsSync(softwareVulkan)) return missing;
  return `${missing} To test without a card: VK_DRIVER_FILES=${softwareVulkan}`;
}
