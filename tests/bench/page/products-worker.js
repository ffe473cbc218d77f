/** Sayso with its matrix products watched: its package is shadowed by a copy that counts and times them. */
import { bootPython, download, loadContestant } from './python.js';
import { serve } from './serve.js';

async function boot() {
  const pyodide = await bootPython();
  await download(pyodide, 'watch.py', 'watched.zip');
  pyodide.runPython('import sys; sys.path.insert(0, "/watched.zip")');
  return { pyodide, watch: pyodide.pyimport('watch') };
}
const booted = boot();
/** @type {any} */
let contestant;

serve({
  async load(network) {
    const { pyodide } = await booted;
    contestant?.destroy();
    contestant = await loadContestant(pyodide, network);
  },
  train: (nSteps) => contestant.train(nSteps),
  async watch(nSteps) {
    const { watch } = await booted;
    return watch.watch(contestant.train, nSteps).toJs({ dict_converter: Object.fromEntries });
  },
  async peak(m, k, n) {
    return (await booted).watch.peak_s(m, k, n);
  },
});
