import { UserError } from '../utils/errors.ts';
import { DTYPE_BYTES } from './dtypes.ts';
import { PickleGlobal, type PickleHooks, PickleObject, type PickleValue } from './pickle.ts';
import type { DType } from './state_dict.ts';
import { TorchStorage, TorchTensor } from './torch_tensor.ts';

const STORAGE_DTYPES = new Map<string, DType>([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
]);

/** Element sizes of the storages that are only skipped. */
const OTHER_STORAGES = new Map([
  ['ComplexFloatStorage', 8],
  ['ComplexDoubleStorage', 16],
  ['QInt32Storage', 4],
]);

const TORCH_DTYPES = new Map<string, DType>([
  ['torch.float64', 'F64'],
  ['torch.float32', 'F32'],
  ['torch.float16', 'F16'],
  ['torch.bfloat16', 'BF16'],
  ['torch.int64', 'I64'],
  ['torch.int32', 'I32'],
  ['torch.int16', 'I16'],
  ['torch.int8', 'I8'],
  ['torch.uint64', 'U64'],
  ['torch.uint32', 'U32'],
  ['torch.uint16', 'U16'],
  ['torch.uint8', 'U8'],
  ['torch.bool', 'BOOL'],
]);

/** Modules whose members run programs or load code. A checkpoint that so much as names one is refused. */
const REFUSED_MODULES = new Set(
  (
    'os posix nt subprocess sys shutil socket importlib imp runpy ctypes pty code codeop commands webbrowser marshal ' +
    'pickle _pickle dill cloudpickle joblib operator types asyncio multiprocessing threading signal tempfile timeit ' +
    'pdb bdb'
  ).split(' '),
);

/** Of Python's built-ins, those that only make values. What `getattr` gives cannot be called. */
const PLAIN_BUILTINS = new Set(
  'getattr set frozenset list dict tuple bytearray complex int float str bool object slice range'.split(' '),
);

/** Functions and lower-case classes that only make values of no use here; their results are kept without being made. */
const PLAIN_CALLS = new Set([
  'types.SimpleNamespace',
  'datetime.datetime',
  'datetime.date',
  'datetime.time',
  'datetime.timedelta',
  'datetime.timezone',
  'collections.deque',
  'functools.partial',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
  'numpy.random.__randomstate_ctor',
  'numpy.random._pickle.__randomstate_ctor',
  'numpy.random._pickle.__generator_ctor',
  'numpy.random._pickle.__bit_generator_ctor',
  'torch.device',
  'torch.serialization._get_layout',
  'torch._utils._rebuild_sparse_tensor',
  'torch._utils._rebuild_qtensor',
  'torch._utils._rebuild_meta_tensor_no_storage',
]);

/** Copies that calls may make in all: a hostile pickle could ask for the same long one over and over. */
const MAX_COPIED = 10_000_000;

/**
 * Told of each storage that the pickle refers to: its key, and its size in bytes and in elements.
 * Throws a `UserError` when the file does not have it in that size.
 */
export type CheckStorage = (key: string, bytes: number, elements: number) => void;

/**
 * What the names in a PyTorch checkpoint mean. Nothing is executed: the few calls that build tensors and
 * dictionaries are done here, instances of other classes stay `PickleObject`s, and any other call is refused.
 *
 * @param warnings is added to for what is left out.
 */
export function torchHooks(fileName: string, checkStorage: CheckStorage, warnings: Set<string>): PickleHooks {
  let copied = 0;
  const damaged = (what: string) => new UserError(`${fileName} is damaged: ${what}.`);

  function findGlobal(name: string): PickleValue {
    const root = name.split('.', 1)[0];
    const isBuiltin = root === 'builtins' || root === '__builtin__';
    const isRefused = isBuiltin ? !PLAIN_BUILTINS.has(name.slice(root.length + 1)) : REFUSED_MODULES.has(root);
    if (isRefused && !PLAIN_CALLS.has(name)) throw refusal(name);
    return new PickleGlobal(name);
  }

  function refusal(name: string): UserError {
    return new UserError(
      `${fileName} asks to call ${name}, which loading weights never needs: it may be an attack, so it was refused; ` +
        'nothing in it was run.',
    );
  }

  function call(callee: PickleGlobal, args: PickleValue[]): PickleValue {
    switch (callee.name) {
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return rebuildTensor(args);
      case 'torch._utils._rebuild_tensor_v3':
        return rebuildTensor(args, args[6]);
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
        return args[0] ?? null;
      case 'torch._tensor._rebuild_from_type_v2':
        if (!(args[0] instanceof PickleGlobal) || !Array.isArray(args[2]) || args[0].name === callee.name) {
          throw damaged('a tensor is not described as PyTorch does');
        }
        return call(args[0], args[2]);
      case 'collections.OrderedDict':
      case 'collections.defaultdict':
      case 'collections.Counter':
      case 'builtins.dict':
      case '__builtin__.dict':
        return new Map(pairs(args.at(-1)));
      case 'torch.storage._load_from_bytes':
        throw new UserError(
          `${fileName} was written with pickle.dump, which nests whole files in it; load it in Python and save its ` +
            'weights with torch.save.',
        );
      case 'builtins.getattr':
      case '__builtin__.getattr':
        // How Python 3.11 writes a member of an enumeration.
        return new PickleObject(
          args
            .map((part) => (part instanceof PickleGlobal ? part.name : typeof part === 'string' ? part : '?'))
            .join('.'),
        );
      case 'torch.jit._pickle.build_intlist':
      case 'torch.jit._pickle.build_doublelist':
      case 'torch.jit._pickle.build_boollist':
      case 'torch.jit._pickle.build_tensorlist':
      case 'torch.jit._pickle.restore_type_tag':
      case 'torch.Size':
        return args[0] ?? [];
      case '_codecs.encode':
        return encodeLatin1(typeof args[0] === 'string' ? args[0] : '');
      case 'copyreg._reconstructor':
      case 'copy_reg._reconstructor':
        return new PickleObject(args[0] instanceof PickleGlobal ? args[0].name : 'object');
      default:
        return plainObject(callee.name);
    }
  }

  /** An instance of a class that is not known here. Functions and classes are told apart by PEP 8's capital letter. */
  function plainObject(name: string): PickleObject {
    const [root, ...rest] = name.split('.');
    const isPlain = root === 'builtins' || root === '__builtin__' || PLAIN_CALLS.has(name);
    if (!isPlain && !/^_*[A-Z]/.test(rest.at(-1) ?? '')) throw refusal(name);
    return new PickleObject(name);
  }

  function rebuildTensor(args: PickleValue[], dtypeGlobal?: PickleValue): PickleValue {
    const [storage, offset, shape, strides] = args;
    if (storage instanceof PickleObject) return storage;
    if (
      !(storage instanceof TorchStorage) ||
      !isCount(offset) ||
      !isCounts(shape) ||
      !isCounts(strides) ||
      shape.length !== strides.length
    ) {
      throw damaged('a tensor is not described as PyTorch does');
    }
    const name = dtypeGlobal instanceof PickleGlobal ? dtypeGlobal.name : undefined;
    const dtype = name === undefined ? storage.dtype : TORCH_DTYPES.get(name);
    if (dtype === undefined) return unsupported(name ?? 'an untyped storage');
    return new TorchTensor(storage, dtype, offset, shape, strides, fileName);
  }

  function persistentLoad(id: PickleValue): PickleValue {
    if (!Array.isArray(id)) throw damaged('it has a persistent value that is not a tuple');
    // A whole module saved by an old PyTorch: ('module', class, source file, source text).
    if (id[0] === 'module') return id[1] ?? null;
    const [kind, type, key, , elements, view] = id;
    const isTyped = kind === 'storage' && type instanceof PickleGlobal && isCount(elements);
    if (!isTyped || (typeof key !== 'string' && typeof key !== 'number')) {
      throw damaged('a storage is not described as PyTorch does');
    }
    const typeName = type.name.split('.').at(-1) as string;
    const dtype = STORAGE_DTYPES.get(typeName);
    const elementBytes = dtype === undefined ? (OTHER_STORAGES.get(typeName) ?? 1) : DTYPE_BYTES[dtype];
    checkStorage(String(key), elements * elementBytes, elements);
    if (dtype === undefined && typeName !== 'UntypedStorage') return unsupported(typeName);
    const storage = new TorchStorage(String(key), dtype, elements * elementBytes);
    return Array.isArray(view) ? viewOf(storage, view) : storage;
  }

  /** Very old files describe a part of a storage as (key of the view, offset, size), in elements. */
  function viewOf(storage: TorchStorage, view: PickleValue[]): TorchStorage {
    const elementBytes = storage.dtype === undefined ? 1 : DTYPE_BYTES[storage.dtype];
    const [, offset, size] = view;
    if (!isCount(offset) || !isCount(size) || (offset + size) * elementBytes > storage.bytes) {
      throw damaged(`a view reaches beyond its storage "${storage.key}"`);
    }
    return new TorchStorage(storage.key, storage.dtype, size * elementBytes, offset * elementBytes);
  }

  function unsupported(type: string): PickleObject {
    warnings.add(`Tensors of type ${type} are left out: it is not supported.`);
    return new PickleObject(type);
  }

  function pairs(value: PickleValue | undefined): [PickleValue, PickleValue][] {
    // A defaultdict's factory and an empty call have no items.
    if (value === undefined || value === null || value instanceof PickleGlobal) return [];
    const items = value instanceof Map ? [...spend(value, value.size)] : value;
    if (
      !Array.isArray(items) ||
      !spend(items, items.length).every((pair) => Array.isArray(pair) && pair.length === 2)
    ) {
      throw damaged('a dictionary is not made of pairs');
    }
    return items;
  }

  /** How protocol 2 writes bytes. */
  function encodeLatin1(text: string): Uint8Array {
    return Uint8Array.from(spend(text, text.length), (character) => character.charCodeAt(0));
  }

  function spend<T>(value: T, count: number): T {
    copied += count;
    if (copied > MAX_COPIED) throw damaged(`unpickling it copies more than ${MAX_COPIED} values`);
    return value;
  }

  return { findGlobal, call, persistentLoad };
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isCount);
}
