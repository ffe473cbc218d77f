/**
 * Takes the place of web/worker/python.js in the page it is compared with: Pyodide as it comes, NumPy's wheel loaded by it, and
 * Sayso's installed by micropip.
 */
import { loadPyodide } from '../runtime/pyodide.mjs';

/** @param {{runtime: string, snapshot: {wheel: string}}} options */
export async function startPython({ runtime, snapshot }) {
  const packages = ['numpy', 'micropip']; // fetched while the interpreter starts
  const pyodide = await loadPyodide({ indexURL: runtime, packageBaseUrl: runtime, packages });
  performance.mark('Pyodide ready, NumPy and micropip unpacked');
  await pyodide.pyimport('micropip').install(runtime + snapshot.wheel);
  performance.mark('Sayso installed');
  return pyodide;
}
