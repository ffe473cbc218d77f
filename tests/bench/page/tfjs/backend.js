/** TensorFlow.js on one of its backends. */
import '../vendor/tf.es2017.min.js';
import '../vendor/tf-backend-wasm.es2017.min.js';
import '../vendor/tf-backend-webgpu.es2017.min.js';
import { patchKernels } from './kernels.js';

/** @param {string} backend @param {'missing' | 'all'} patches of the wasm backend */
export async function startBackend(backend, patches) {
  const { tf } = /** @type {any} */ (globalThis);
  if (backend === 'wasm') tf.wasm.setWasmPaths(new URL('../vendor/', import.meta.url).href);
  if (!(await tf.setBackend(backend))) throw new Error(`${backend} does not start`);
  await tf.ready();
  if (backend === 'wasm') patchKernels(tf, patches);
  return tf;
}
