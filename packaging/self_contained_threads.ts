import type { Plugin } from 'rolldown';

/** What the function names from outside itself, and what that amounts to where an address is always given. */
const outside = {
  'if(typeof _scriptDir !== "undefined" && _scriptDir){scriptDirectory=_scriptDir}': '',
  '||_scriptDir': '',
};

/**
 * TensorFlow.js hands WebAssembly's threads the text of a function. Once minified, that text names a variable that the
 * threads do not have; without the name it is the same under every minifier.
 */
export const selfContainedThreads: Plugin = {
  name: 'self-contained-threads',
  transform: {
    filter: { id: /tfjs-backend-wasm-threaded-simd\.js$/ },
    handler(code) {
      return Object.entries(outside).reduce((text, [part, instead]) => {
        if (!text.includes(part)) throw new Error(`The threads of TensorFlow.js have changed: there is no ${part}.`);
        return text.replace(part, instead);
      }, code);
    },
  },
};
