import { headersFor } from './build/policies.ts';

/** The compiler's types of service workers contradict those of pages. */
interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
declare function addEventListener(type: 'install' | 'activate', listener: (event: WorkerEvent) => void): void;
declare function addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
/** Written by the build: every file of the page, and a name that changes with any of them. */
declare const PRECACHED: readonly string[];
declare const VERSION: string;

/** Only caches of this page's files; downloaded weights have caches of their own. */
const PREFIX = 'talkingface-demo ';
const CACHE = PREFIX + VERSION;

addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(PRECACHED.map((path) => new Request(path, { cache: 'no-cache' })))),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== CACHE))
      .then((old) => Promise.all(old.map((name) => caches.delete(name)))),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (reads && origin === location.origin) event.respondWith(answer(request, pathname));
});

/** From the cache, else from the network and then kept: what is not part of every visit, such as FFmpeg. */
async function answer(request: Request, pathname: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, {
    ignoreSearch: request.mode === 'navigate',
    ignoreMethod: true,
    ignoreVary: true,
  });
  if (kept) return withHeaders(await ranged(request, kept), pathname);
  const fetched = await fetch(request);
  const isWhole = request.method === 'GET' && fetched.status === 200 && !request.headers.has('Range');
  if (isWhole) await cache.put(request, fetched.clone());
  return withHeaders(fetched, pathname);
}

/** A host that sends no headers of its own gets the page's security, and threads, through these. */
function withHeaders(response: Response, pathname: string): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(headersFor(pathname))) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** The part of a file that a player asks for. */
async function ranged(request: Request, whole: Response): Promise<Response> {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('Range') ?? '');
  if (!asked) return whole;
  const blob = await whole.blob();
  const from = Number(asked[1]);
  const to = Math.min(asked[2] ? Number(asked[2]) : Number.POSITIVE_INFINITY, blob.size - 1);
  const headers = new Headers(whole.headers);
  headers.set('Content-Range', `bytes ${from}-${to}/${blob.size}`);
  headers.set('Content-Length', String(to - from + 1));
  return new Response(blob.slice(from, to + 1), { status: 206, headers });
}
