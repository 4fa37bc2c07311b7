import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineSettings } from './engine.ts';
import type { RunningEngine, Timing } from './running_engine.ts';

type Message = Timing | { readonly description: string } | { readonly gflops: number } | { readonly error: string };

/** Starts an engine in a process of its own. Throws the engine's reason where it cannot run here. */
export async function startNodeEngine(settings: EngineSettings): Promise<RunningEngine> {
  const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const first = await answer(child);
  if (!('description' in first)) {
    child.kill();
    throw new Error('error' in first ? first.error : 'The engine gave no description.');
  }
  return {
    description: first.description,
    async run(batch, output = false) {
      child.send({ batch, output });
      return (await answer(child)) as Timing;
    },
    async peak() {
      child.send('peak');
      return ((await answer(child)) as { gflops: number }).gflops;
    },
    async stop() {
      child.kill();
    },
  };
}

function answer(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    let said = '';
    const onError = (data: Buffer) => {
      said = (said + data).slice(-2000);
    };
    const onExit = (code: number | null) => reject(new Error(`The engine's process ended (${code}). ${said}`));
    child.stderr?.on('data', onError);
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.stderr?.off('data', onError);
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}
