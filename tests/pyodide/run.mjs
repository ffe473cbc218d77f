// usage: node run.mjs JOB    runs pytest inside Pyodide, which is started from the snapshot as the page starts it
// JOB is JSON: {page: the built page's folder, mounts: {folder inside: folder of this machine}, arguments: pytest's}
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { page, mounts, arguments: given } = JSON.parse(process.argv[2]);
const load = (file) => import(pathToFileURL(join(page, file)));
const { startPython } = await load('worker/python.js');
const { SNAPSHOT } = await load('runtime/snapshot.js');
const runtime = join(page, 'runtime') + '/';
const readSync = (file) => new Uint8Array(readFileSync(runtime + file));
const open = async (file) => new Response(readSync(file), { headers: { 'Content-Type': 'application/wasm' } });
const pyodide = await startPython({ runtime, open, readSync, snapshot: SNAPSHOT });
for (const [inside, root] of Object.entries(mounts)) {
  pyodide.FS.mkdirTree(inside);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, inside);
}
pyodide.FS.writeFile('/arguments.json', JSON.stringify(given));
process.exitCode = await pyodide.runPythonAsync(readFileSync(new URL('run_pytest.py', import.meta.url), 'utf8'));
