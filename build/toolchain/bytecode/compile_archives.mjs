// usage: node compile_archives.mjs PYODIDE.mjs JOB_FOLDER    runs compile_archives.py on the folder inside Pyodide,
// so that the bytecode is that of the very interpreter which will load it
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import './tell-why.mjs';

const [pyodidePath, jobFolder] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodidePath));
const pyodide = await loadPyodide();
pyodide.FS.mkdirTree('/job');
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: jobFolder }, '/job');
pyodide.runPython(readFileSync(new URL('compile_archives.py', import.meta.url), 'utf8'));
