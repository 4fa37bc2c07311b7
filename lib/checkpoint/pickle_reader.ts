import { UserError } from '../utils/errors.ts';
import type { PickleValue } from './pickle.ts';
import { OPCODES as OP } from './pickle_opcodes.ts';

/** Thrown when the bytes end before the pickle does, so that a caller who holds only a part can read on. */
export class PickleEndError extends UserError {}

/** Longer integers than any checkpoint has; turning digits into a bigint takes quadratic time. */
const MAX_INTEGER_BYTES = 1024;
const MAX_LINE_BYTES = 1 << 20;

/** Reads the plain values of a pickle: numbers, strings, bytes and lines. */
export class PickleReader {
  /** Offset of the next byte. */
  position: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly name: string;
  private readonly decoder = new TextDecoder();

  constructor(bytes: Uint8Array, name: string, start: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.name = name;
    this.position = start;
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  /** A 64-bit length; one beyond 2^53 is rounded, which is beyond any file too. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true));
  }

  /** Text up to the next line feed, as protocol 0 writes names and numbers. */
  line(): string {
    const end = this.bytes.subarray(0, this.position + MAX_LINE_BYTES).indexOf(10, this.position);
    if (end < 0) {
      if (this.bytes.length - this.position >= MAX_LINE_BYTES) throw this.damaged('a line of text does not end');
      throw this.endsEarly();
    }
    const text = this.decoder.decode(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  decimal(): number {
    const text = this.line();
    const value = Number(text);
    if (text === '' || !Number.isSafeInteger(value)) throw this.damaged('a line should hold an integer');
    return value;
  }

  /** Reads the value of a scalar opcode and pushes it; false for any other opcode. */
  scalar(opcode: number, stack: PickleValue[]): boolean {
    switch (opcode) {
      case OP.NONE:
        stack.push(null);
        return true;
      case OP.NEWTRUE:
        stack.push(true);
        return true;
      case OP.NEWFALSE:
        stack.push(false);
        return true;
      case OP.INT: {
        const text = this.line();
        stack.push(text === '00' ? false : text === '01' ? true : this.parseInteger(text));
        return true;
      }
      case OP.LONG:
        stack.push(this.parseInteger(this.line().replace(/L$/, '')));
        return true;
      case OP.BININT:
        stack.push(this.view.getInt32(this.advance(4), true));
        return true;
      case OP.BININT1:
        stack.push(this.uint8());
        return true;
      case OP.BININT2:
        stack.push(this.view.getUint16(this.advance(2), true));
        return true;
      case OP.LONG1:
        stack.push(this.binaryInteger(this.uint8()));
        return true;
      case OP.LONG4:
        stack.push(this.binaryInteger(this.uint32()));
        return true;
      case OP.FLOAT:
        stack.push(Number(this.line()));
        return true;
      case OP.BINFLOAT:
        stack.push(this.view.getFloat64(this.advance(8), false));
        return true;
      case OP.STRING:
        // Only quotes are taken off: an escape in a name of a protocol 0 pickle would be kept as it is written.
        stack.push(this.line().replace(/^(['"])(.*)\1$/s, '$2'));
        return true;
      case OP.UNICODE:
        stack.push(this.line());
        return true;
      case OP.SHORT_BINSTRING:
      case OP.SHORT_BINUNICODE:
        stack.push(this.text(this.uint8()));
        return true;
      case OP.BINSTRING:
      case OP.BINUNICODE:
        stack.push(this.text(this.uint32()));
        return true;
      case OP.BINUNICODE8:
        stack.push(this.text(this.uint64()));
        return true;
      case OP.SHORT_BINBYTES:
        stack.push(this.take(this.uint8()));
        return true;
      case OP.BINBYTES:
        stack.push(this.take(this.uint32()));
        return true;
      case OP.BINBYTES8:
      case OP.BYTEARRAY8:
        stack.push(this.take(this.uint64()));
        return true;
      default:
        return false;
    }
  }

  private text(length: number): string {
    return this.decoder.decode(this.take(length));
  }

  private take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  private parseInteger(text: string): number | bigint {
    if (!/^\s*-?\d+\s*$/.test(text) || text.length > MAX_INTEGER_BYTES)
      throw this.damaged('a line should hold an integer');
    return narrow(BigInt(text));
  }

  private binaryInteger(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.damaged(`it has an integer of ${length} bytes`);
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    return narrow(BigInt.asIntN(length * 8, value));
  }

  private advance(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) throw this.endsEarly();
    this.position = start + length;
    return start;
  }

  private endsEarly(): PickleEndError {
    return new PickleEndError(
      `The pickle in ${this.name} ends early: the file is cut short; copy or download it again.`,
    );
  }

  private damaged(what: string): UserError {
    return new UserError(`The pickle in ${this.name} is damaged: ${what}.`);
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
