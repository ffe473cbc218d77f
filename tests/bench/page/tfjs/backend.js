/** TensorFlow.js on one of its backends. */
import '../vendor/tf.es2017.min.js';
import '../vendor/tf-backend-wasm.es2017.min.js';
import '../vendor/tf-backend-webgpu.es2017.min.js';
import { patchKernels } from './kernels.js';

/**
 * @param {string} backend
 * @param {'none' | 'missing' | 'all'} patches the kernels to add: those that the wasm backend lacks, or slow ones too
 * @returns {Promise<{tf: any, kernels: Record<string, string>}>} and the kernels that were patched
 */
export async function startBackend(backend, patches) {
  const { tf } = /** @type {any} */ (globalThis);
  if (backend === 'wasm') tf.wasm.setWasmPaths(new URL('../vendor/', import.meta.url).href);
  if (!(await tf.setBackend(backend))) throw new Error(`${backend} does not start`);
  await tf.ready();
  return { tf, kernels: patches === 'none' ? {} : patchKernels(tf, patches) };
}
