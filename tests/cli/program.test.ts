import { describe, expect, it } from 'vitest';
import { normaliseArguments } from '../../node-harness/arguments.ts';
import { nodeHarness } from './harness.ts';

describe('node-harness', () => {
  it('lists its commands', async () => {
    const { code, stdout } = await nodeHarness(['--help']);
    expect(code).toBe(0);
    for (const command of ['lipsync', 'convert', 'inspect', 'parity']) expect(stdout).toContain(`  ${command} `);
  });

  it('names the nearest command for one it does not know', async () => {
    const { code, stderr } = await nodeHarness(['lipsink']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown command 'lipsink'\s+\(Did you mean lipsync\?\)/);
  });

  it('names the nearest option for a mistyped one that is required', async () => {
    const { code, stderr } = await nodeHarness(['lipsync', '--fase', 'me.mp4', '--audio', 'voice.wav']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown option '--fase'\s+\(Did you mean --face\?\)/);
  });

  it('says which required option is missing', async () => {
    const { code, stderr } = await nodeHarness(['lipsync', '--face', 'me.mp4']);
    expect(code).toBe(2);
    expect(stderr).toContain("required option '--audio <file>' not specified");
  });
});

describe('the reference’s spelling of options', () => {
  it('is understood by lipsync', () => {
    expect(
      normaliseArguments(['lipsync', '--checkpoint_path', 'a_b.pth', '--face_det_batch_size=4', '--crop', '0', '-1']),
    ).toEqual(['lipsync', '--weights', 'a_b.pth', '--face-det-batch-size=4', '--crop', '0', '-1']);
  });

  it('is left alone elsewhere', () => {
    expect(normaliseArguments(['config', '--batch_size=4'])).toEqual(['config', '--batch_size=4']);
  });
});
