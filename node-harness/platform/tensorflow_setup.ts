import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../lib/utils/errors.ts';
import { nativeDir, type TensorflowStamp, tensorflowStamp } from './tensorflow_library.ts';

const require = createRequire(import.meta.url);

/** The release that the addon is known to build and train with. */
export const tensorflowVersion = '2.21.0';

/** How TensorFlow is to be set up. */
export interface SetupOptions {
  /** The library for CUDA cards, with CUDA itself: several gigabytes. */
  gpu?: boolean;
  /** A TensorFlow wheel already here, or a folder with one unpacked (such as `site-packages`), in place of pip's. */
  from?: string;
  /** Start anew even if it is done. */
  force?: boolean;
  /** Told what is being done. */
  log: (line: string) => void;
}

/**
 * Gets TensorFlow's library from its Python wheel, builds tfjs-node's addon against it and proves both with a
 * training step. All is made in a folder beside and renamed at the end, so there is never half of it.
 *
 * @returns what is set up, and whether it was already
 * @throws UserError that says what is missing and how to get it
 */
export async function setupTensorflow(options: SetupOptions): Promise<{ stamp: TensorflowStamp; done: boolean }> {
  const { gpu = false, from, force = false, log } = options;
  const madeFrom = from ? resolve(from) : `tensorflow${gpu ? ' for CUDA' : ''} ${tensorflowVersion}`;
  const present = tensorflowStamp();
  // Asked for nothing special, whatever is there will do: a library for CUDA must not be replaced by a plain one.
  const satisfied = present && (from ? present.madeFrom === madeFrom : present.gpu || !gpu);
  if (satisfied && !force) return { stamp: present, done: true };
  if (process.platform !== 'linux') {
    throw new UserError(
      `setup-tensorflow knows Linux only and this is ${process.platform}; use the webgpu or wasm backend.`,
    );
  }
  if (from && !existsSync(from))
    throw new UserError(`There is no ${from}; --from takes a TensorFlow wheel or a folder with one unpacked.`);
  const compiler = findCompiler();
  const python = from && statSync(from).isDirectory() ? undefined : findPython(!from);

  const work = mkdtempSync(`${nativeDir}-making-`);
  const stopWatching = removeOnSignal(work);
  try {
    const unpacked = join(work, 'unpacked');
    if (python) {
      const wheels = from ? [resolve(from)] : await downloadWheels(python, gpu, join(work, 'wheels'), log);
      log('Unpacking the library ...');
      await unpackWheels(python, wheels, unpacked);
    } else {
      linkFolder(resolve(from!), unpacked);
    }
    const made = join(work, 'native');
    copyLibraries(unpacked, made, Boolean(from));
    log('Building the addon ...');
    await buildAddons(compiler, join(unpacked, 'tensorflow', 'include'), made);
    log('Trying a training step ...');
    const version = await prove(made);
    const stamp: TensorflowStamp = { version, gpu: existsSync(join(made, 'nvidia')), madeFrom };
    writeFileSync(join(made, 'stamp.json'), `${JSON.stringify(stamp, null, 2)}\n`);
    rmSync(nativeDir, { recursive: true, force: true });
    renameSync(made, nativeDir);
    return { stamp, done: false };
  } finally {
    rmSync(work, { recursive: true, force: true });
    stopWatching();
  }
}

/** A signal ends the process without `finally`: nothing half-made may stay behind. */
function removeOnSignal(work: string): () => void {
  const stop = (signal: NodeJS.Signals) => {
    rmSync(work, { recursive: true, force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return () => process.off('SIGINT', stop).off('SIGTERM', stop);
}

function findCompiler(): string {
  const names = [process.env.CXX, 'g++', 'clang++', 'c++'].filter((name) => name !== undefined);
  const found = names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found) return found;
  throw new UserError(
    'There is no C++ compiler; install one (on Debian or Ubuntu: apt install g++) and run this again.',
  );
}

function findPython(withPip: boolean): string {
  const works = (name: string, args: string[]) => spawnSync(name, args, { stdio: 'ignore' }).status === 0;
  const python = ['python3', 'python'].find((name) => works(name, ['--version']));
  if (!python) {
    throw new UserError(
      'There is no Python 3; install it with pip (on Debian or Ubuntu: apt install python3-pip) and run this again.',
    );
  }
  if (withPip && !works(python, ['-m', 'pip', '--version'])) {
    throw new UserError(
      'Python is there but not its pip; install it (on Debian or Ubuntu: apt install python3-pip) and run this again.',
    );
  }
  return python;
}

async function downloadWheels(
  python: string,
  gpu: boolean,
  to: string,
  log: (line: string) => void,
): Promise<string[]> {
  const requirement = `${gpu ? 'tensorflow[and-cuda]' : 'tensorflow-cpu'}==${tensorflowVersion}`;
  log(`Getting ${requirement} with pip ${gpu ? '(several gigabytes)' : '(about 270 MB)'} ...`);
  // The library inside is the same for every Python: naming one lets a newer Python fetch it too.
  const wheelOnly = ['--only-binary=:all:', '--python-version', '3.11'];
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', ...wheelOnly, '--dest', to];
  await runOrThrow(python, [...args, ...(gpu ? [] : ['--no-deps']), requirement], (output) => {
    const last =
      output
        .trim()
        .split('\n')
        .findLast((line) => line.startsWith('ERROR')) ?? 'it gave no reason';
    return `pip could not get ${requirement} (${last}); with --from WHEEL, a wheel that is already here is used.`;
  });
  return readdirSync(to).map((name) => join(to, name));
}

/** Takes from the wheels only what is needed: a third of a gigabyte of Python stays inside. */
async function unpackWheels(python: string, wheels: string[], to: string): Promise<void> {
  const script = [
    'import re, sys, zipfile',
    'wanted = re.compile(r"tensorflow/libtensorflow_(cc|framework)\\.so\\.2$|tensorflow/include/|nvidia/.*\\.so")',
    'for wheel in sys.argv[2:]:',
    '    with zipfile.ZipFile(wheel) as file:',
    '        file.extractall(sys.argv[1], [name for name in file.namelist() if wanted.match(name)])',
  ].join('\n');
  await runOrThrow(python, ['-c', script, to, ...wheels], (output) => {
    return `A wheel could not be unpacked (${output.trim().split('\n').at(-1)}); is it a TensorFlow wheel, and is there space on the disk?`;
  });
}

/** Lets a folder that has TensorFlow unpacked, or is its `tensorflow` folder, stand for the unpacked wheels. */
function linkFolder(from: string, to: string): void {
  const root = existsSync(join(from, 'tensorflow', 'include')) ? from : dirname(from);
  mkdirSync(to);
  for (const name of ['tensorflow', 'nvidia']) {
    if (existsSync(join(root, name))) symlinkSync(join(root, name), join(to, name));
  }
}

function copyLibraries(from: string, to: string, keep: boolean): void {
  mkdirSync(join(to, 'tensorflow'), { recursive: true });
  const move = (path: string) =>
    keep
      ? cpSync(join(from, path), join(to, path), { recursive: true, dereference: true })
      : renameSync(join(from, path), join(to, path));
  for (const name of ['framework', 'cc']) {
    const library = join('tensorflow', `libtensorflow_${name}.so.2`);
    if (!existsSync(join(from, library)))
      throw new UserError(`There is no ${library} in what --from names; it takes a TensorFlow 2 wheel for Linux.`);
    move(library);
  }
  if (existsSync(join(from, 'nvidia'))) move('nvidia');
}

async function buildAddons(compiler: string, include: string, to: string): Promise<void> {
  const binding = join(dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')), 'binding');
  const sources = readdirSync(binding)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(binding, name));
  const nativeSource = (name: string) => fileURLToPath(new URL(`../native_src/${name}`, import.meta.url));
  const headers = join(dirname(require.resolve('node-api-headers/package.json')), 'include');
  const common = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', `-I${headers}`];
  const libraries = [`-L${join(to, 'tensorflow')}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  const compile = (args: string[]) =>
    runOrThrow(compiler, [...common, ...args], (output) => {
      const error = output.split('\n').find((line) => /error|cannot find/.test(line)) ?? output.trim();
      return `The addon does not compile with ${compiler} (${error}); try another compiler by setting CXX.`;
    });
  await compile([nativeSource('load_library.cc'), '-ldl', '-o', join(to, 'load_library.node')]);
  const withTensorflow = (args: string[], output: string) =>
    compile([`-I${include}`, ...args, ...libraries, '-Wl,-rpath,$ORIGIN/tensorflow', '-o', join(to, output)]);
  await withTensorflow([`-I${dirname(binding)}`, ...sources], 'tfjs_binding.node');
  await withTensorflow(['-O3', '-fno-math-errno', '-fno-trapping-math', nativeSource('adam_step.cc')], 'adam_step.so');
}

/** Runs a training step in a process of its own, so that a library that crashes takes nothing along. */
async function prove(dir: string): Promise<string> {
  const script = fileURLToPath(new URL('tensorflow_proof.ts', import.meta.url));
  const tsx = require.resolve('tsx');
  const output = await runOrThrow(process.execPath, ['--import', tsx, script, dir], (output) => {
    return `TensorFlow was built but does not train here (${output.trim().split('\n').at(-1) || 'it crashed'}).`;
  });
  return output.trim().split('\n').at(-1)!;
}

/** Runs a program to its end and returns what it printed. */
function runOrThrow(program: string, args: string[], explain: (output: string) => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => reject(new UserError(explain(error.message))));
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new UserError(explain(output)))));
  });
}
