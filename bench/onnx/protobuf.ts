/**
 * The little of Protocol Buffers that writing an ONNX model takes: varint, 32-bit and length-delimited
 * fields. Format: https://protobuf.dev/programming-guides/encoding/.
 */
export class Message {
  private readonly parts: Uint8Array[] = [];

  /** A non-negative integer (int32, int64, enum). */
  integer(field: number, value: number): this {
    return this.push(varint(field * 8), varint(value));
  }

  float(field: number, value: number): this {
    return this.push(varint(field * 8 + 5), new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint(field * 8 + 2), varint(value.length), value);
  }

  encode(): Uint8Array {
    const out = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private push(...parts: Uint8Array[]): this {
    this.parts.push(...parts);
    return this;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}
