import { describe, expect, it } from 'vitest';
import { crc32c, pictureEvent, restartEvent, scalarEvent, versionEvent } from '../../lib/trainer/tensorboard.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('TensorBoard events', () => {
  it('have the checksum of RFC 3720', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  });

  // Recorded from Python's tensorboard 2.21.0: RecordWriter and the classes of event_pb2 and summary_pb2.
  it('are the bytes that the reference writer writes', () => {
    expect({
      version: hex(versionEvent(1.5)),
      restart: hex(restartEvent(2.5, 300)),
      scalars: hex(scalarEvent(3.5, 123456789, { 'train/loss': 0.25, 'val/l1': -2 })),
      picture: hex(pictureEvent(4.5, 7, 'val/pictures', { png: Uint8Array.of(1, 2, 3), width: 300, height: 2 })),
    }).toEqual({
      version: '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
      restart: '100000000000000095fbfe1809000000000000044010ac023a0208017d05b37d',
      scalars:
        '3200000000000000241956ec090000000000000c4010959aef3a2a220a110a0a747261696e2f6c6f7373150000803e0a0d0a0676616c2f6c3115000000c0edbd1ec2',
      picture:
        '2b00000000000000861bc34b09000000000000124010072a1e0a1c0a0c76616c2f7069637475726573220c080210ac0218032203010203ca28ae15',
    });
  });
});
