/** First bytes of files that are taken for checkpoints, one character a byte, and what to call such a file. */
const KINDS: readonly (readonly [start: string, kind: string])[] = [
  [
    'version https://git-lfs',
    'a Git LFS pointer, the note left for a file that was not downloaded (run "git lfs pull")',
  ],
  ['\x1f\x8b', 'a gzip file (unpack it first)'],
  ['7z\xbc\xaf', 'a 7-Zip archive (unpack it first)'],
  ['Rar!', 'a RAR archive (unpack it first)'],
  ['\x89HDF', 'an HDF5 file (Keras or MATLAB)'],
  ['\x93NUMPY', 'a NumPy array'],
  ['GGUF', 'a GGUF file'],
  ['\x80', 'a plain Python pickle, which torch.save did not write'],
  ['\x08', 'an ONNX model by the look of it'],
  ['{', 'a JSON text'],
];

/** What a file is, by its first 512 bytes, for the sentence that says it is not a checkpoint. */
export function describeFile(head: Uint8Array): string {
  const text = String.fromCharCode(...head);
  const known = KINDS.find(([start]) => text.startsWith(start));
  if (known) return known[1];
  if (text.slice(257, 262) === 'ustar') return 'a tar archive (unpack it first)';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return 'a web page (the download gave a page instead of the file)';
  if (head.every((byte) => byte >= 9 && byte < 127)) return 'a text';
  return 'a file of an unknown kind (it may be damaged)';
}
