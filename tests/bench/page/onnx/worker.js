/** onnxruntime-web as a contestant, for inference alone: its wasm backend on one thread. */
import { serve } from '../serve.js';
import { deviation, fetchTensors, firstRows } from '../tensors.js';
import * as ort from '../vendor/ort.wasm.min.mjs';

/** @typedef {import('../tensors.js').Tensors} Tensors by name */

const RACES = new URL('../races/', import.meta.url);
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = new URL('../vendor/', import.meta.url).href;

/** @type {any} */
let session;
/** @type {{expected: Float32Array, checked: Tensors, first: Tensors}} */
let race;

/** @param {Tensors} batch @returns {Promise<Float32Array>} posteriors of its windows */
async function run({ frames: { shape, values } }) {
  const { posteriors } = await session.run({ frames: new ort.Tensor('float32', values, shape) });
  return posteriors.data;
}

serve({
  version: () => ort.env.versions.web,
  async load(network, { nChecked }) {
    const tensors = (kind) => fetchTensors(new URL(`${network}.${kind}.safetensors`, RACES));
    const [batch, { posteriors }] = await Promise.all([tensors('batch'), tensors('expected')]);
    race = { expected: posteriors.values, checked: firstRows(batch, nChecked), first: firstRows(batch, 1) };
    await session?.release();
    session = await ort.InferenceSession.create(new URL(`${network}.onnx`, RACES).href, {
      executionProviders: ['wasm'],
    });
  },
  async deviations() {
    return { posteriors: deviation(await run(race.checked), race.expected) };
  },
  async infer(nWindows) {
    const began = performance.now();
    for (let i = 0; i < nWindows; i += 1) await run(race.first);
    return (performance.now() - began) / 1000;
  },
});
