/** Names the reference scripts give to options, where ours differ in more than `_` for `-`. */
const referenceNames: Record<string, string> = {
  '--checkpoint-path': '--weights',
  '--outfile': '--out',
};

/** Lets command lines written for the reference scripts work: `--resize_factor` is `--resize-factor`. */
export function normaliseArguments(args: readonly string[]): string[] {
  return args.map((argument) => {
    if (!argument.startsWith('--')) return argument;
    const [name, ...value] = argument.split('=');
    const ours = name.replaceAll('_', '-');
    return [referenceNames[ours] ?? ours, ...value].join('=');
  });
}
