/**
 * A worker that measures inside Python what no message tells: one inference, and the hand-over of a microphone block.
 * It boots as worker.js does. Served beside it for the time of the benchmark.
 */
import { startPython } from './python.js';
import { SNAPSHOT } from './runtime/snapshot.js';

const RUNTIME = new URL('runtime/', import.meta.url).href;

const INFERENCE = `
import statistics, time
import numpy as np
from sayso.weights import load_model

def inference_ms(content, rounds=20, calls=50):
    model, _ = load_model(content.to_bytes())
    window = np.random.default_rng(0).standard_normal((1, *model.features.image_shape)).astype(np.float32)
    def once():
        started = time.perf_counter()
        for _ in range(calls):
            model.posteriors(window)
        return 1000 * (time.perf_counter() - started) / calls
    return statistics.median(once() for _ in range(rounds))
inference_ms
`;

/** @param {any} pyodide @param {number} nBlocks @param {number} nSamples @returns {number} microseconds a block */
function handOverUs(pyodide, nBlocks, nSamples) {
  const { inbox, push_audio: pushAudio } = pyodide.pyimport('sayso.session').Session(() => {});
  const samples = new Float32Array(nSamples);
  const began = performance.now();
  for (let sequence = 0; sequence < nBlocks; sequence += 1) {
    const address = inbox(samples.length);
    pyodide._module.HEAPF32.set(samples, address / samples.BYTES_PER_ELEMENT);
    pushAudio(samples.length, sequence);
  }
  return (1000 * (performance.now() - began)) / nBlocks;
}

async function measure() {
  const readSync = () => { throw new Error('the snapshot lacks a module'); };
  const pyodide = await startPython({ runtime: RUNTIME, open: (file) => fetch(RUNTIME + file), readSync, snapshot: SNAPSHOT });
  const heapBytes = pyodide._module.HEAPF32.byteLength;
  const model = await (await fetch(new URL('bench.safetensors', import.meta.url))).arrayBuffer();
  const inferenceMs = pyodide.runPython(INFERENCE)(new Uint8Array(model));
  handOverUs(pyodide, 500, 1024); // warm
  return { inferenceMs, handOverUs: handOverUs(pyodide, 5000, 1024), heapBytes };
}

measure().then(
  (measured) => self.postMessage(measured),
  (error) => self.postMessage({ failure: String(error) }),
);
