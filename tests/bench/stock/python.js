/**
 * Starts Pyodide as it comes, which loads NumPy's wheel itself, and installs Sayso's by micropip. It takes the place of
 * web/worker/python.js in the page that Sayso's own start is compared with.
 */
import { loadPyodide } from '../runtime/pyodide.mjs';

/** @param {{runtime: string, snapshot: {wheel: string}}} options */
export async function startPython({ runtime, snapshot }) {
  const packages = ['numpy', 'micropip']; // Pyodide fetches them while its interpreter starts
  const pyodide = await loadPyodide({ indexURL: runtime, packageBaseUrl: runtime, packages });
  performance.mark('Pyodide ready, NumPy and micropip unpacked');
  await pyodide.pyimport('micropip').install(runtime + snapshot.wheel);
  performance.mark('Sayso installed');
  return pyodide;
}
