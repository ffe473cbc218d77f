// usage: node run.mjs JOB    runs tests/unit inside Pyodide, on the runtime and the wheel of the built page
// JOB is JSON: {runtime: the built runtime's folder, mounts: {folder inside: folder of this machine}}
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { runtime, mounts } = JSON.parse(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(join(runtime, 'pyodide.mjs')));
const pyodide = await loadPyodide({ indexURL: runtime + '/', packageBaseUrl: runtime + '/' });
await pyodide.loadPackage(['numpy', 'micropip'], { messageCallback: () => {} });
for (const [inside, root] of Object.entries(mounts)) {
  pyodide.FS.mkdirTree(inside);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, inside);
}
const wheel = readdirSync(runtime).find((name) => name.startsWith('sayso-'));
pyodide.FS.writeFile(`/tmp/${wheel}`, readFileSync(join(runtime, wheel)));
pyodide.globals.set('wheel', `emfs:/tmp/${wheel}`);
process.exitCode = await pyodide.runPythonAsync(
  readFileSync(new URL('run_pytest.py', import.meta.url), 'utf8'));
