import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';

/** How an address under `/weights/` answers, as a test asks for it. */
export interface Behaviour {
  readonly version?: string;
  /** Ignores Range requests. */
  readonly noRanges?: boolean;
  /** Cuts this many answers with a body short, after `cutAfter` bytes. */
  readonly cuts?: number;
  readonly cutAfter?: number;
  /** Does not answer at all. */
  readonly down?: boolean;
}

interface Address {
  behaviour: Behaviour;
  content: Buffer;
  /** Method and range of each request. */
  requests: string[];
}

const addresses = new Map<string, Address>();

/**
 * Serves what tests put under `/weights/`: POST with the content as body and the behaviour in a header sets an address
 * up and answers with the requests that it has had since it was set up before.
 */
export const weightsServer: Plugin = {
  name: 'weights-server',
  configureServer(server) {
    server.middlewares.use('/weights', async (request, response) => {
      const name = request.url ?? '';
      if (request.method !== 'POST') return answer(addresses.get(name), request, response);
      const content = Buffer.concat(await request.toArray());
      const behaviour = JSON.parse(String(request.headers['x-behaviour']));
      const before = addresses.get(name);
      addresses.set(name, { behaviour, content, requests: [] });
      response.end(JSON.stringify(before?.requests ?? []));
    });
  },
};

function answer(address: Address | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (!address) return void response.writeHead(404).end();
  const { behaviour, content, requests } = address;
  requests.push([request.method, request.headers.range].filter(Boolean).join(' '));
  if (behaviour.down) return void response.destroy();
  const start = behaviour.noRanges ? 0 : Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.setHeader('Content-Length', content.length - start);
  if (behaviour.version) response.setHeader('ETag', behaviour.version);
  if (start > 0) response.setHeader('Content-Range', `bytes ${start}-${content.length - 1}/${content.length}`);
  response.writeHead(start > 0 ? 206 : 200);
  if (request.method === 'HEAD') return void response.end();
  const { cuts = 0, cutAfter = 0 } = behaviour;
  if (cuts === 0) return void response.end(content.subarray(start));
  address.behaviour = { ...behaviour, cuts: cuts - 1 };
  response.write(content.subarray(start, start + cutAfter), () => setTimeout(() => response.destroy(), 100));
}
