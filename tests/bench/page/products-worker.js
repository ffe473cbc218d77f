/** Sayso with its matrix products watched: its package is shadowed by a copy that counts and times them. */
import { bootPython, download, loadContestant } from './python.js';
import { serve } from './serve.js';

const SHADOW = `
import sys
for name in [name for name in sys.modules if name.partition('.')[0] == 'sayso']:
    del sys.modules[name]  # the snapshot holds them already imported
sys.path.insert(0, '/watched.zip')
`;

async function boot() {
  const pyodide = await bootPython();
  await download(pyodide, 'watch.py', 'races/watched.zip');
  pyodide.runPython(SHADOW);
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
  async peak(...layout) {
    return (await booted).watch.peak_s(...layout);
  },
});
