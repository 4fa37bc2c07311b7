/** A 32-bit seed from whatever decides a random choice, e.g. the run's seed, the epoch and the item's number. */
export function seedOf(...parts: readonly (string | number)[]): number {
  return hashText(parts.join('/'));
}

/** FNV-1a over UTF-16 units with the finaliser of MurmurHash3: an even spread over 32 bits, not for secrets. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
