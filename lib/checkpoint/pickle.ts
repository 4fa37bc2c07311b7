import { UserError } from '../utils/errors.ts';
import { OPCODES as OP } from './pickle_opcodes.ts';
import { PickleReader } from './pickle_reader.ts';

/** A class or function named in a pickle. Only its name is kept. */
export class PickleGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** An instance of a class that is not known here: what the pickle holds of it, with none of its code. */
export class PickleObject {
  readonly className: string;
  /** What `__setstate__` would have been given. */
  state: PickleValue = null;
  /** The items of an object that is a dictionary too. */
  readonly items = new Map<PickleValue, PickleValue>();

  constructor(className: string) {
    this.className = className;
  }
}

/** Lists and tuples are arrays, dictionaries maps; integers beyond 2^53 are bigints; `object` is a hook's own value. */
export type PickleValue = null | boolean | number | bigint | string | object;

/** What a pickle may ask for by name. Each hook throws a `UserError` for what it does not allow. */
export interface PickleHooks {
  /** A class or function is named. */
  findGlobal(name: string): PickleValue;
  /** A named class or function is called. */
  call(callee: PickleGlobal, args: PickleValue[]): PickleValue;
  /** A storage is referred to (`persistent_load` in Python). */
  persistentLoad(id: PickleValue): PickleValue;
}

// Far more than any checkpoint needs (a tensor takes about 30 steps), and few enough to stop a hostile one early.
const MAX_STEPS = 4_000_000;
const MAX_CONTAINERS = 1_000_000;

/**
 * Reads one pickle (protocols 0 to 5) without executing anything: calls go to `hooks`, which decide what a name means.
 *
 * @param bytes holds the pickle from `start`; anything may follow it.
 * @param name what to call the file in errors.
 * @returns the pickled value, and where the pickle ends.
 * @throws {PickleEndError} when the bytes end early.
 * @throws {UserError} when the pickle is damaged, or made to use up time or memory.
 */
export function unpickle(
  bytes: Uint8Array,
  name: string,
  hooks: PickleHooks,
  start = 0,
): { value: PickleValue; end: number } {
  return new Unpickler(bytes, name, hooks, start).run();
}

class Unpickler {
  private readonly reader: PickleReader;
  private readonly name: string;
  private readonly hooks: PickleHooks;
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private containers = 0;

  constructor(bytes: Uint8Array, name: string, hooks: PickleHooks, start: number) {
    this.reader = new PickleReader(bytes, name, start);
    this.name = name;
    this.hooks = hooks;
  }

  run(): { value: PickleValue; end: number } {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const opcode = this.reader.uint8();
      if (opcode === OP.STOP) return { value: this.pop(), end: this.reader.position };
      this.step(opcode);
    }
    throw new UserError(
      `${this.name} takes more than ${MAX_STEPS} steps to unpickle; no checkpoint of weights needs so many.`,
    );
  }

  private step(opcode: number): void {
    const { reader, stack } = this;
    switch (opcode) {
      case OP.PROTO: {
        const protocol = reader.uint8();
        if (protocol > 5) throw this.damaged(`it has pickle protocol ${protocol}, and 5 is the latest`);
        return;
      }
      case OP.FRAME:
        reader.uint64();
        return;
      case OP.MARK:
        this.marks.push(stack.length);
        return;
      case OP.POP:
        // A mark is popped like a value.
        if (this.marks.at(-1) === stack.length) this.marks.pop();
        else this.pop();
        return;
      case OP.POP_MARK:
        this.popMark();
        return;
      case OP.DUP:
        stack.push(this.top());
        return;

      case OP.PUT:
        this.memo.set(reader.decimal(), this.top());
        return;
      case OP.BINPUT:
        this.memo.set(reader.uint8(), this.top());
        return;
      case OP.LONG_BINPUT:
        this.memo.set(reader.uint32(), this.top());
        return;
      case OP.MEMOIZE:
        this.memo.set(this.memo.size, this.top());
        return;
      case OP.GET:
        stack.push(this.recall(reader.decimal()));
        return;
      case OP.BINGET:
        stack.push(this.recall(reader.uint8()));
        return;
      case OP.LONG_BINGET:
        stack.push(this.recall(reader.uint32()));
        return;

      case OP.EMPTY_TUPLE:
      case OP.EMPTY_LIST:
        this.pushContainer([]);
        return;
      case OP.TUPLE:
      case OP.LIST:
        this.pushContainer(this.popMark());
        return;
      case OP.TUPLE1:
        this.pushContainer([this.pop()]);
        return;
      case OP.TUPLE2:
        this.pushContainer(this.popMany(2));
        return;
      case OP.TUPLE3:
        this.pushContainer(this.popMany(3));
        return;
      case OP.EMPTY_DICT:
        this.pushContainer(new Map());
        return;
      case OP.DICT: {
        const items = this.popMark();
        this.pushContainer(new Map());
        this.setItems(items);
        return;
      }
      case OP.EMPTY_SET:
        this.pushContainer(new Set());
        return;
      case OP.FROZENSET:
        this.pushContainer(new Set(this.popMark()));
        return;
      case OP.APPEND:
        this.append([this.pop()]);
        return;
      case OP.APPENDS:
        this.append(this.popMark());
        return;
      case OP.SETITEM:
        this.setItems(this.popMany(2));
        return;
      case OP.SETITEMS:
        this.setItems(this.popMark());
        return;
      case OP.ADDITEMS: {
        const items = this.popMark();
        const set = this.top();
        if (!(set instanceof Set)) throw this.damaged('it adds items to what is not a set');
        for (const item of items) set.add(item);
        return;
      }

      case OP.GLOBAL: {
        const module = reader.line();
        stack.push(this.hooks.findGlobal(`${module}.${reader.line()}`));
        return;
      }
      case OP.STACK_GLOBAL: {
        const [module, name] = this.popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw this.damaged('a class has no name');
        stack.push(this.hooks.findGlobal(`${module}.${name}`));
        return;
      }
      case OP.REDUCE: {
        const [callee, args] = this.popMany(2);
        this.call(callee, args);
        return;
      }
      case OP.NEWOBJ: {
        const [type] = this.popMany(2);
        this.instantiate(type);
        return;
      }
      case OP.NEWOBJ_EX: {
        const [type] = this.popMany(3);
        this.instantiate(type);
        return;
      }
      case OP.OBJ: {
        const [type, ...args] = this.popMark();
        this.call(type, args);
        return;
      }
      case OP.INST: {
        const module = reader.line();
        const type = this.hooks.findGlobal(`${module}.${reader.line()}`);
        this.call(type, this.popMark());
        return;
      }
      case OP.BUILD: {
        const state = this.pop();
        const target = this.top();
        // The attributes of anything else (an OrderedDict's _metadata, a parameter's hooks) are not weights.
        if (target instanceof PickleObject) target.state = state;
        return;
      }
      case OP.PERSID:
        stack.push(this.hooks.persistentLoad(reader.line()));
        return;
      case OP.BINPERSID:
        stack.push(this.hooks.persistentLoad(this.pop()));
        return;
      default:
        if (!reader.scalar(opcode, stack)) throw this.damaged(`it has the unknown opcode ${opcode}`);
    }
  }

  private call(callee: PickleValue, args: PickleValue): void {
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) throw this.damaged('it calls what cannot be called');
    this.pushContainer(this.hooks.call(callee, args));
  }

  private instantiate(type: PickleValue): void {
    if (!(type instanceof PickleGlobal)) throw this.damaged('it makes an instance of what is not a class');
    this.pushContainer(new PickleObject(type.name));
  }

  private append(items: PickleValue[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (!(list instanceof PickleObject)) throw this.damaged('it appends to what is not a list');
  }

  private setItems(items: PickleValue[]): void {
    const target = this.top();
    const map = target instanceof PickleObject ? target.items : target;
    if (!(map instanceof Map) || items.length % 2 !== 0)
      throw this.damaged('it sets items of what is not a dictionary');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  private pushContainer(value: PickleValue): void {
    if (++this.containers > MAX_CONTAINERS) {
      throw new UserError(
        `${this.name} holds more than ${MAX_CONTAINERS} lists and objects; no checkpoint of weights needs so many.`,
      );
    }
    this.stack.push(value);
  }

  /** The lowest stack index that may be taken: what lies below the latest mark is not ours. */
  private floor(): number {
    return this.marks.length > 0 ? this.marks[this.marks.length - 1] : 0;
  }

  private top(): PickleValue {
    if (this.stack.length <= this.floor()) throw this.damaged('it takes a value that is not there');
    return this.stack[this.stack.length - 1];
  }

  private pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popMany(count: number): PickleValue[] {
    if (this.stack.length - count < this.floor()) throw this.damaged('it takes a value that is not there');
    return this.stack.splice(-count);
  }

  private popMark(): PickleValue[] {
    const start = this.marks.pop();
    if (start === undefined) throw this.damaged('it takes a value that is not there');
    return this.stack.splice(start);
  }

  private recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw this.damaged(`it refers to value ${index}, which is not there`);
    return value;
  }

  private damaged(what: string): UserError {
    return new UserError(`The pickle in ${this.name} is damaged: ${what}.`);
  }
}
