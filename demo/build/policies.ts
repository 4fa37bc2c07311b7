/** Isolation from other origins, without which the browser gives WebAssembly no threads. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** What the page may load: nothing that is not its own. */
export const pagePolicy = policy({
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob:",
  'media-src': "'self' blob:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-src': "'none'",
});

/**
 * What the library's worker may load. WebAssembly's threads are scripts that it makes itself (blob:), and weights may
 * be fetched from the address that the person at the page entered: the one request that leaves the page's origin.
 */
export const workerPolicy = policy({
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval' blob:",
  'worker-src': "'self' blob:",
  'connect-src': "'self' https: http://localhost:*",
});

/** The headers of a document. A page's `<meta>` cannot forbid that others frame it. */
export const pageHeaders = {
  ...isolation,
  'Content-Security-Policy': `${pagePolicy}; frame-ancestors 'none'`,
  'Permissions-Policy': 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** The headers of what is at an address of the page's origin. */
export function headersFor(pathname: string): Record<string, string> {
  if (!/\/worker-[\w-]+\.js$/.test(pathname)) return pageHeaders;
  return { ...pageHeaders, 'Content-Security-Policy': workerPolicy };
}

function policy(directives: Record<string, string>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}
