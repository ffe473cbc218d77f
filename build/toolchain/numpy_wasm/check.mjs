// usage: node check.mjs PYODIDE.mjs WHEEL    loads the wheel into Pyodide and runs check.py there
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [pyodidePath, wheelPath] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodidePath));
const pyodide = await loadPyodide();
pyodide.unpackArchive(new Uint8Array(readFileSync(wheelPath)), 'wheel');
console.log(pyodide.runPython(readFileSync(new URL('check.py', import.meta.url), 'utf8')));
