/** Names that Wav2Lip's own script gives to options, where ours differ in more than `_` for `-`. */
const referenceNames: Readonly<Record<string, string>> = {
  '--checkpoint-path': '--weights',
  '--outfile': '--out',
};

/**
 * Lets a command line written for Wav2Lip's script work with the `lipsync` command: `--resize_factor` is
 * `--resize-factor`. Other commands' arguments pass unchanged.
 */
export function normaliseArguments(args: readonly string[]): string[] {
  if (args.find((argument) => !argument.startsWith('-')) !== 'lipsync') return [...args];
  return args.map((argument) => {
    if (!argument.startsWith('--')) return argument;
    const [name, ...value] = argument.split('=');
    const ours = name.replaceAll('_', '-');
    return [referenceNames[ours] ?? ours, ...value].join('=');
  });
}
