/** Measures parts of Sayso inside Python, for which the page's messages have no request. */
import { bootPython, download } from './python.js';
import { serve } from './serve.js';

const booted = bootPython();

serve({
  async inferenceMs(model) {
    const file = await (await fetch(new URL(`../${model}`, import.meta.url))).arrayBuffer();
    const inside = await python();
    return inside.inference_ms((await booted).pyimport('builtins').bytes(new Uint8Array(file)));
  },
  columnUs: async (preset) => (await python()).column_us(preset),
  /** Microseconds to hand one block over to Python: the mean of many. */
  async handOverUs(nSamples, nBlocks) {
    const pyodide = await booted;
    const { inbox, push_audio: pushAudio } = pyodide.pyimport('sayso.worker.session').Session(() => {});
    const samples = new Float32Array(nSamples);
    const address = inbox(nSamples);
    const hear = (position) => {
      pyodide._module.HEAPF32.set(samples, address / samples.BYTES_PER_ELEMENT);
      pushAudio(samples.length, position);
    };
    for (let n = 0; n < nBlocks / 10; n += 1) hear(n * nSamples); // warms up
    const began = performance.now();
    for (let n = 0; n < nBlocks; n += 1) hear(n * nSamples);
    return (1000 * (performance.now() - began)) / nBlocks;
  },
});

async function python() {
  const pyodide = await booted;
  await download(pyodide, 'inside.py');
  return pyodide.pyimport('inside');
}
