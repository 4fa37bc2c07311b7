import { type Command, Option } from 'commander';
import type { BackendName } from '../../lib/backend/backend.ts';
import type { Sides } from '../../lib/quick_start/lipsync/options.ts';
import { flag, positiveNumber, requireOptions, wholeNumber, wholeNumbers } from '../option_values.ts';

/** The command's options as commander hands them over. */
export interface LipsyncCommandOptions {
  face: string;
  audio: string;
  out: string;
  weights?: string;
  pads: number[];
  box: number[];
  crop: number[];
  resizeFactor: number;
  rotate?: boolean;
  nosmooth?: boolean;
  static?: boolean;
  fps: number;
  wav2lipBatchSize: number;
  faceDetBatchSize: number;
  loop: 'repeat' | 'stop';
  paste: 'soft' | 'box';
  onMissingFace: 'keep' | 'fail';
  faceIndex?: number;
  detector: 'built-in' | 's3fd';
  s3fdWeights?: string;
  backend: BackendName | 'auto';
  threads?: number;
  quiet?: boolean;
  json?: boolean;
  profile?: boolean;
}

export function register(program: Command): void {
  program
    .command('lipsync')
    .description('Make the face of a video or picture speak with a voice (Wav2Lip).')
    .option('--face <file>', 'video or still image with the face (required)')
    .option('--audio <file>', 'voice: a sound file, or a video for its sound (required)')
    .option('--out <file>', 'MP4 to write, or a pattern such as frames/%05d.png for lossless pictures', 'out.mp4')
    .option(
      '--weights <file>',
      "the generator's .pth or .safetensors, or the folder of a run; the small bundled network by default",
    )
    .option('--pads <top bottom left right...>', 'pixels added to a found face', wholeNumbers)
    .option('--box <top bottom left right...>', 'where the face is, instead of searching for it', wholeNumbers)
    .option('--crop <top bottom left right...>', 'the part of the video to use; -1 is the edge', wholeNumbers)
    .option('--resize-factor <n>', 'make the video this many times smaller first', positiveNumber, 1)
    .option('--rotate', 'turn the video clockwise by 90 degrees')
    .option('--nosmooth', 'do not smooth the found faces over time')
    .addOption(new Option('--static [on]', 'use the first frame of the video only').argParser(flag).preset('true'))
    .option('--fps <n>', 'frames per second made from a still image', positiveNumber, 25)
    .option('--wav2lip-batch-size <n>', 'faces redrawn at a time', wholeNumber(1), 32)
    .option('--face-det-batch-size <n>', 'frames searched for faces at a time', wholeNumber(1), 32)
    .addOption(
      new Option('--loop <how>', 'when the voice is longer than the video: play it again, or stop with it')
        .choices(['repeat', 'stop'])
        .default('repeat'),
    )
    .addOption(
      new Option('--paste <how>', "fade the lower face in, or paste the reference's hard-edged box")
        .choices(['soft', 'box'])
        .default('soft'),
    )
    .addOption(
      new Option('--on-missing-face <how>', 'copy frames without a face unchanged and list them, or give up')
        .choices(['keep', 'fail'])
        .default('keep'),
    )
    .option(
      '--face-index <n>',
      'which face to follow, from the left, starting at 0 (default: the largest)',
      wholeNumber(0),
    )
    .addOption(
      new Option('--detector <name>', 'what finds the faces').choices(['built-in', 's3fd']).default('built-in'),
    )
    .option('--s3fd-weights <file>', "S3FD's checkpoint, s3fd.pth or .safetensors")
    .addOption(
      new Option('--backend <name>', 'what computes')
        .choices(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'])
        .default('auto'),
    )
    .option('--threads <n>', 'threads of the wasm backend', wholeNumber(1))
    .option('--quiet', 'print errors only')
    .option('--json', 'print the result as one line of JSON at the end')
    .option('--profile', 'print how long each stage took')
    .action(async (options: LipsyncCommandOptions, command: Command) => {
      requireOptions(command, 'face', 'audio');
      const sides = {
        pads: fourSides(command, '--pads', options.pads, [0, 10, 0, 0]),
        box: fourSides(command, '--box', options.box, [-1, -1, -1, -1]),
        crop: fourSides(command, '--crop', options.crop, [0, -1, 0, -1]),
      };
      if (options.detector === 's3fd' && options.s3fdWeights === undefined) {
        command.error('error: --detector s3fd needs its weights: add --s3fd-weights FILE.');
      }
      const { runLipsync } = await import('../run_lipsync.ts');
      await runLipsync(options, sides);
    });
}

function fourSides(command: Command, name: string, values: number[] | undefined, otherwise: Sides): Sides {
  if (values === undefined) return otherwise;
  const [top, bottom, left, right, ...more] = values;
  if (right !== undefined && more.length === 0) return [top, bottom, left, right];
  command.error(`error: option '${name}' needs four numbers (top, bottom, left, right) and got ${values.join(' ')}.`);
}
