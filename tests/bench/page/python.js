/** Python in a worker of the arena, as worker.js boots it. */
import { startPython } from '../worker/python.js';
import { SNAPSHOT } from '../runtime/snapshot.js';

const RUNTIME = new URL('../runtime/', import.meta.url).href;

/** @returns {Promise<any>} Pyodide with Sayso imported, which imports from its root folder first */
export async function bootPython() {
  const library = new Uint8Array(await (await fetch(`${RUNTIME}library.zip`)).arrayBuffer());
  const pyodide = /** @type {any} */ (
    await startPython({
      runtime: RUNTIME,
      open: (file) => fetch(RUNTIME + file),
      readSync: () => library,
      snapshot: SNAPSHOT,
    })
  );
  pyodide.runPython('import sys; sys.path.insert(0, "/")');
  return pyodide;
}

/** Puts files beside this one into Python's root folder. @param {any} pyodide @param {...string} paths */
export async function download(pyodide, ...paths) {
  for (const path of paths) {
    const content = await (await fetch(new URL(path, import.meta.url))).arrayBuffer();
    pyodide.FS.writeFile(`/${path.split('/').at(-1)}`, new Uint8Array(content));
  }
}

/** @param {any} pyodide @param {string} network @returns {Promise<any>} Sayso as a contestant */
export async function loadContestant(pyodide, network) {
  const files = ['model', 'batch', 'expected'].map((kind) => `races/${network}.${kind}.safetensors`);
  await download(pyodide, 'contestant.py', ...files);
  return pyodide.pyimport('contestant').Contestant('/', network);
}
