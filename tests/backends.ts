import { existsSync } from 'node:fs';
import { type BackendName, startBackend } from '../lib/backend/backend.ts';
import { hasTensorflow } from '../node-harness/platform/backend_tensorflow.ts';
import { registerNodeBackends } from '../node-harness/platform/backends.ts';

const softwareVulkan = '/usr/lib/chromium/vk_swiftshader_icd.json';
const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];
const hasVulkanLoader = libraryFolders.some((folder) => existsSync(`${folder}/libvulkan.so.1`));

/**
 * The backends to run a suite on: wasm and cpu always, TensorFlow where `setup-tensorflow` has run, WebGPU
 * where there is a graphics driver or Debian's Chromium brings one in software.
 * `TALKINGFACE_TEST_BACKENDS=wasm,cpu` narrows it down.
 */
export function availableBackends(): BackendName[] {
  const names: BackendName[] = ['wasm', 'cpu'];
  if (hasTensorflow()) names.unshift('tensorflow');
  else console.warn('Skipping the tensorflow backend: run `npm run setup:tensorflow` first.');
  if (process.env.VK_DRIVER_FILES || (hasVulkanLoader && existsSync(softwareVulkan))) names.push('webgpu');
  else
    console.warn(
      'Skipping the webgpu backend: set VK_DRIVER_FILES to a Vulkan driver, or install Debian’s chromium and libvulkan1.',
    );
  const only = process.env.TALKINGFACE_TEST_BACKENDS?.split(',');
  return only ? names.filter((name) => only.includes(name)) : names;
}

/** Starts a backend of {@link availableBackends} in a test's process. */
export async function startTestBackend(name: BackendName): Promise<void> {
  registerNodeBackends();
  if (name === 'webgpu' && !process.env.VK_DRIVER_FILES) process.env.VK_DRIVER_FILES = softwareVulkan;
  await startBackend(name, { threads: 1 });
}
