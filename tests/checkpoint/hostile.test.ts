import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../lib/checkpoint/bytes_source.ts';
import { openCheckpoint } from '../../lib/checkpoint/open_checkpoint.ts';
import { UserError } from '../../lib/utils/errors.ts';
import {
  dict,
  floats,
  int,
  makeZip,
  pickle,
  record,
  tensor,
  text,
  torchLegacy,
  torchZip,
  tuple,
  unicode,
} from './archives.ts';

/** Opens a file and reads all of it: the one error that comes of it. */
async function problem(bytes: Uint8Array): Promise<string> {
  try {
    const checkpoint = await openCheckpoint(bytesSource(bytes, 'x.pth'));
    for (const name of checkpoint.entries.keys()) await checkpoint.read(name);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return 'no problem';
}

const one = tensor('0', 2, [2]);
const data = { 0: floats(1, 2) };
const call = (name: string, ...args: string[]) => `c${name.replace(/\.([^.]*)$/, '\n$1')}\n${tuple(...args)}R`;
const wide = (value: number): string => String.fromCharCode(...record([[value, 8]]));

describe('calls', () => {
  it.each([
    'posix.system',
    'os.popen',
    'nt.system',
    'subprocess.Popen',
    'builtins.eval',
    '__builtin__.execfile',
    'builtins.__import__',
    'torch.hub.load',
    'runpy.run_path',
    'importlib.import_module',
    'webbrowser.open',
    'pickle.loads',
    'operator.methodcaller',
    'types.CodeType',
    'numpy.f2py.capi_maps.load_f2cmap_file',
    'shutil.rmtree',
    'socket.create_connection',
  ])('%s is refused', async (name) => {
    const expected = `x.pth asks to call ${name}, which loading weights never needs`;
    expect(await problem(torchZip(dict({ a: one, x: call(name, unicode('touch /tmp/x')) }), data))).toContain(expected);
    expect(await problem(torchLegacy(dict({ x: call(name, unicode('touch /tmp/x')) })))).toContain(expected);
  });

  it.each([
    ['INST', '(X\x01\x00\x00\x00aiposix\nsystem\n'],
    ['OBJ', '(cposix\nsystem\nX\x01\x00\x00\x00ao'],
    ['NEWOBJ', 'cposix\nsystem\n)\x81'],
    ['STACK_GLOBAL', `${unicode('posix')}${unicode('system')}\x93)R`],
    ['a reference', 'cposix\nsystem\n'],
  ])('are refused by way of %s too', async (_, opcodes) => {
    expect(await problem(torchZip(opcodes))).toContain('asks to call posix.system');
  });

  it('cannot be made of what getattr gives', async () => {
    const method = call('builtins.getattr', 'cmy.module\nThing\n', unicode('run'));
    expect(await problem(torchZip(`${method})R`))).toContain('it calls what cannot be called');
  });

  it('of whole files nested by pickle.dump are named', async () => {
    expect(await problem(torchZip(call('torch.storage._load_from_bytes', 'C\x01a')))).toContain(
      'written with pickle.dump',
    );
  });
});

describe('pickles', () => {
  const nested = (depth: number) => '('.repeat(depth) + 't'.repeat(depth);
  it.each([
    ['nests lists deeply', `${']'.repeat(100_000)}${'a'.repeat(99_999)}`, 'no problem'],
    ['nests tuples deeply', nested(100_000), 'no problem'],
    ['calls a class with a deep tuple', `cMy\nClass\n${nested(1000)}R`, 'no problem'],
    ['uses a deep tuple as a key', `}${nested(50_000)}NsQ`, 'that is not a tuple'],
    // Each of 60 lists holds the one before it twice.
    ['doubles itself sixty times', `]q\x00${'](h\x00h\x00eq\x00'.repeat(60)}`, 'nests more than 2000000 values'],
    ['contains itself', ']q\x00h\x00a', 'no problem'],
    ['has a dictionary in itself', `}q\x00${unicode('a')}h\x00s`, 'no problem'],
    ['has a string of 4 GB', `X\xff\xff\xff\xffabc`, 'ends early'],
    ['has a string of 2^63 bytes', `\x8d${wide(2 ** 62)}abc`, 'ends early'],
    ['has bytes of 4 GB', 'B\xff\xff\xff\xffabc', 'ends early'],
    ['has an integer of 2 GB', '\x8b\xff\xff\xff\x7f\x00', 'integer of 2147483647 bytes'],
    ['has an integer of many digits', `L${'9'.repeat(100_000)}L\n`, 'should hold an integer'],
    ['pops an empty stack', '0', 'not there'],
    ['closes no mark', 't', 'not there'],
    ['takes from below a mark', 'N(0R', 'not there'],
    ['remembers nothing', 'h\x05', 'value 5, which is not there'],
    ['has an unknown opcode', '\xff', 'unknown opcode 255'],
    ['has an extension code', '\x82\x01', 'unknown opcode 130'],
    ['has a later protocol', '\x80\x09N', 'pickle protocol 9'],
    ['sets items of a list', ']NNs', 'not a dictionary'],
    ['appends to a number', 'K\x01Na', 'not a list'],
    ['has too many containers', ')'.repeat(1_100_000), 'more than 1000000 lists'],
    ['takes too many steps', 'N0'.repeat(2_100_000), 'more than 4000000 steps'],
    [
      'copies a dictionary over and over',
      `](${`${tuple('N', 'N')}`.repeat(4000)}eq\x010${`ccollections\nOrderedDict\n(h\x01tR0`.repeat(4000)}N`,
      'copies more than',
    ],
    ['has an endless name', `c${'a'.repeat(1_100_000)}`, 'does not end'],
    ['has a very long name', dict({ [`${'a'.repeat(5000)}`]: one }), 'over 2048 characters'],
  ])(
    '%s',
    async (_, opcodes, message) => {
      expect(await problem(torchZip(opcodes, data))).toMatch(message);
    },
    30_000,
  );
});

describe('tensors', () => {
  const F = (elements: number, shape: number[], options = {}) => tensor('0', elements, shape, options);
  it.each([
    ['a storage that is not there', tensor('5', 2, [2]), 'no storage "5"'],
    ['a path for a storage', tensor('../version', 2, [2]), 'no storage "../version"'],
    ['a storage larger than its file', F(1000, [2]), 'storage "0" should have 4000 bytes, but has 8'],
    ['a shape beyond the storage', F(2, [3]), 'reaches beyond its storage'],
    ['an offset beyond the storage', F(2, [2], { offset: 1 }), 'reaches beyond its storage'],
    ['strides beyond the storage', F(2, [2], { strides: [2] }), 'reaches beyond its storage'],
    ['a negative offset', F(2, [1], { offset: -1 }), 'not described as PyTorch does'],
    ['a negative size', F(2, [-1]), 'not described as PyTorch does'],
    ['a negative stride', F(2, [2], { strides: [-1] }), 'not described as PyTorch does'],
    ['fewer strides than sizes', F(2, [1, 2], { strides: [1] }), 'not described as PyTorch does'],
    ['two elements expanded to 2^60', F(2, [2 ** 30, 2 ** 30, 2], { strides: [0, 0, 1] }), 'fill memory'],
    ['a thousand dimensions', F(2, new Array(1000).fill(1)), 'not described as PyTorch does'],
    ['a storage that is no tuple', 'NQ', 'not a tuple'],
    [
      'a storage without a type',
      `${tuple(unicode('storage'), 'N', unicode('0'), unicode('cpu'), int(2))}Q`,
      'not described as PyTorch does',
    ],
    ['no arguments', call('torch._utils._rebuild_tensor_v2'), 'not described as PyTorch does'],
  ])('with %s', async (_, opcodes, message) => {
    expect(await problem(torchZip(dict({ a: opcodes }), data))).toMatch(message);
  });

  it('in a legacy file that lies about a count', async () => {
    expect(await problem(torchLegacy(dict({ a: one }), { 0: [3, floats(1, 2)] }))).toContain(
      'has 3 elements where 2 should be',
    );
    expect(await problem(torchLegacy(dict({ a: one }), {}))).toContain('list of storages');
    expect(await problem(torchLegacy(dict({ a: one }), { 0: [2, floats(1)] }))).toContain('is cut short');
    expect(
      await problem(torchLegacy(dict({ a: tensor('0', 2 ** 30, [2 ** 30]) }), { 0: [2 ** 30, floats(1)] })),
    ).toContain('is cut short');
  });
});

describe('ZIP archives', () => {
  const zeros = new Uint8Array(5_000_000);
  const withStorage = (file: object) => {
    const opcodes = pickle(dict({ a: one }));
    return makeZip([
      { name: 'a/data.pkl', bytes: opcodes },
      { name: 'a/data/0', bytes: zeros, ...file },
    ]);
  };
  it.each([
    [
      'inflates beyond its declared size',
      withStorage({ deflate: true, declaredSize: 8 }),
      'does not inflate to the 8 bytes',
    ],
    ['inflates to less', withStorage({ deflate: true, declaredSize: 5_000_001 }), 'does not inflate to the 5000001'],
    ['declares what Deflate cannot give', withStorage({ deflate: true, declaredSize: 2 ** 31 }), 'cannot hold'],
    ['declares more than it stores', withStorage({ bytes: floats(1), declaredSize: 8 }), 'cannot hold'],
    ['has no directory', text('PK\x03\x04 and nothing more'), 'directory, which is at the end, is missing'],
    ['has no pickle', makeZip([{ name: 'readme.txt', bytes: text('x') }]), 'has no data.pkl'],
    [
      'has a checkpoint in it',
      makeZip([{ name: 'weights/a.pth', bytes: text('x') }]),
      'with weights/a.pth in it; unpack it first',
    ],
    [
      'has a file twice',
      makeZip([
        { name: 'a', bytes: text('x') },
        { name: 'a', bytes: text('y') },
      ]),
      'two files named "a"',
    ],
  ])('that %s', async (_, bytes, message) => {
    expect(await problem(bytes)).toContain(message);
  });

  it('with broken deflated data', async () => {
    const bytes = torchZip(dict({ a: one }), data, { deflate: true });
    bytes.fill(0xff, 46, 80);
    expect(await problem(bytes)).toContain('cannot be inflated');
  });
});

describe('other files', () => {
  it.each([
    ['', 'x.pth is empty (0 bytes)'],
    ['<!DOCTYPE html><html>', 'a web page'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:4d7a', 'a Git LFS pointer'],
    ['{"a": 1}', 'a JSON text'],
    ['just a text', 'a text, not a checkpoint'],
    ['\x1f\x8b\x08\x00', 'a gzip file'],
    ['\x89HDF\r\n\x1a\n', 'an HDF5 file'],
    ['\x80\x03}q\x00.', 'a plain Python pickle'],
    [`${'a'.padEnd(257, '\0')}ustar`, 'a tar archive'],
    ['\0\0\0\x18ftypisom', 'a file of an unknown kind'],
  ])('%j', async (content, message) => {
    expect(await problem(Uint8Array.from(content, (c) => c.charCodeAt(0)))).toContain(message);
  });
});
