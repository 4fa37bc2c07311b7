import { joinBytes } from '../checkpoint/bytes_source.ts';

/**
 * Records of a TensorBoard event file (TFRecord framing; protocol buffers `Event` and `Summary` of TensorFlow's
 * core/util/event.proto and core/framework/summary.proto). A file is `versionEvent` followed by others.
 */
export const versionEvent = (wallTime: number): Uint8Array =>
  record(joinBytes([double(1, wallTime), bytes(3, utf8('brain.Event:2'))]));

/** Tells TensorBoard to forget what an interrupted run wrote about this step and later ones. */
export const restartEvent = (wallTime: number, step: number): Uint8Array =>
  record(joinBytes([double(1, wallTime), integer(2, step), bytes(7, integer(1, 1))]));

/** Numbers at a step, each under a tag such as `train/loss`. `wallTime` is in s since 1970. */
export function scalarEvent(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytes(1, joinBytes([bytes(1, utf8(tag)), float(2, value)])),
  );
  return record(joinBytes([double(1, wallTime), integer(2, step), bytes(5, joinBytes(values))]));
}

/** A PNG picture at a step. */
export function pictureEvent(
  wallTime: number,
  step: number,
  tag: string,
  picture: { readonly png: Uint8Array; readonly width: number; readonly height: number },
): Uint8Array {
  const { png, width, height } = picture;
  const image = joinBytes([integer(1, height), integer(2, width), integer(3, 3), bytes(4, png)]);
  const value = bytes(1, joinBytes([bytes(1, utf8(tag)), bytes(4, image)]));
  return record(joinBytes([double(1, wallTime), integer(2, step), bytes(5, value)]));
}

/** Length, its checksum, the data and its checksum. */
function record(data: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(12));
  head.setBigUint64(0, BigInt(data.length), true);
  head.setUint32(8, maskedCrc32c(new Uint8Array(head.buffer, 0, 8)), true);
  const foot = new DataView(new ArrayBuffer(4));
  foot.setUint32(0, maskedCrc32c(data), true);
  return joinBytes([new Uint8Array(head.buffer), data, new Uint8Array(foot.buffer)]);
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (Castagnoli). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A field of a protocol buffer: its number and wire type, then the value. */
const field = (number: number, wireType: number, value: Uint8Array): Uint8Array =>
  joinBytes([varint(number * 8 + wireType), value]);

const integer = (number: number, value: number): Uint8Array => field(number, 0, varint(value));

const bytes = (number: number, value: Uint8Array): Uint8Array =>
  field(number, 2, joinBytes([varint(value.length), value]));

const double = (number: number, value: number): Uint8Array =>
  field(number, 1, new Uint8Array(Float64Array.of(value).buffer));

const float = (number: number, value: number): Uint8Array =>
  field(number, 5, new Uint8Array(Float32Array.of(value).buffer));

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}
