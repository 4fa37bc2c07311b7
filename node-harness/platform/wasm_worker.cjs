// A thread of the wasm backend in Node. TensorFlow.js carries the worker's program as a string, for browsers to
// start from a Blob, which Node's workers cannot.
const name = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js';
const { wasmWorkerContents } = require(name);
// The escapes in its strings were lost when it was put into one itself.
new Function('require', '__filename', wasmWorkerContents.replace(/\n/g, '\\n'))(require, __filename);
