import type { Plugin } from 'rolldown';

/** Where the loaders of TensorFlow.js's WebAssembly look for their own address, which a page always gives them. */
const lookups = {
  "if (typeof __filename !== 'undefined') _scriptDir = _scriptDir || __filename;": '',
  'if(typeof _scriptDir !== "undefined" && _scriptDir){scriptDirectory=_scriptDir}': '',
  '||_scriptDir': '',
};

/**
 * Makes the loaders of TensorFlow.js's WebAssembly stand any bundler. It hands the threads the text of a function, which
 * once minified names a variable that they do not have; and webpack takes `__filename` for a name that is there.
 */
export const portableWasm: Plugin = {
  name: 'portable-wasm',
  transform: {
    filter: { id: /wasm-out\/tfjs-backend-wasm(-threaded-simd)?\.js$/ },
    handler(code, id) {
      const portable = Object.entries(lookups).reduce((text, [lookup, instead]) => text.replace(lookup, instead), code);
      // What is left is its declaration.
      if (/__filename|\|\|\s*_scriptDir/.test(portable))
        throw new Error(`${id} is not as it was; see portable_wasm.ts.`);
      return portable;
    },
  },
};
