/** Sayso as a contestant: Python as worker.js boots it, and contestant.py in it. */
import { loadPyodide } from '../runtime/pyodide.mjs';
import { WHEEL } from '../assets.js';
import { serve } from './serve.js';

const SITE = new URL('..', import.meta.url).href;
const RUNTIME = `${SITE}runtime/`;
const RACES = new URL('races/', import.meta.url).href;

/** @type {any} */
let contestant;

async function boot() {
  const pyodide = /** @type {any} */ (await loadPyodide({ indexURL: RUNTIME, packageBaseUrl: RUNTIME }));
  await pyodide.loadPackage(['numpy', 'micropip'], { messageCallback: () => {} });
  await pyodide.pyimport('micropip').install(`${SITE}${WHEEL}`);
  return pyodide;
}
const booted = boot();

/** @param {any} pyodide @param {string} name */
async function download(pyodide, name) {
  pyodide.FS.writeFile(`/${name}`, new Uint8Array(await (await fetch(RACES + name)).arrayBuffer()));
}

serve({
  async load(network) {
    const pyodide = await booted;
    for (const kind of ['model', 'batch', 'expected']) await download(pyodide, `${network}.${kind}.safetensors`);
    await download(pyodide, 'contestant.py');
    pyodide.runPython('import sys; sys.path.insert(0, "/")');
    contestant?.destroy();
    contestant = pyodide.pyimport('contestant').Contestant('/', network);
  },
  deviations: () => contestant.deviations().toJs({ dict_converter: Object.fromEntries }),
  train: (nSteps) => contestant.train(nSteps),
  infer: (nWindows) => contestant.infer(nWindows),
});
