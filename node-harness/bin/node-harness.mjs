#!/usr/bin/env node
// Plain JavaScript without syntax newer than old Node releases, so that they can print the sentence below.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `The toolkit needs Node 20.19 or newer and this is ${process.versions.node}; get one from https://nodejs.org.`,
  );
  process.exit(1);
}
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../main.ts');
process.exit(await main(process.argv.slice(2)));
