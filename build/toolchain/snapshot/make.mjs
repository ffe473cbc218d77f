// usage: node make.mjs JOB_FOLDER
// Saves the memory of an interpreter that has imported NumPy and Sayso.
// JOB_FOLDER holds worker/python.js of web/ and runtime/ with Pyodide, library.zip, nothing.zip and compiled parts of
// NumPy and Sayso, each a .wasm file named after its module. Writes to runtime/ memory.wasm, a WebAssembly module whose
// data segments are the memory; libraries.wasm, which holds the smaller of the compiled parts; and snapshot.js, what
// worker/python.js needs to know. Removes the compiled parts that are in libraries.wasm, or that nothing needs.
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dataModule } from './data-module.mjs';
import { packedModule } from './packed-module.mjs';
import '../bytecode/tell-why.mjs';

const [jobFolder] = process.argv.slice(2);
const runtime = join(jobFolder, 'runtime') + '/';
const load = (path) => import(pathToFileURL(join(jobFolder, path)));
const { link } = await load('worker/python.js');
const { loadPyodide } = await load('runtime/pyodide.mjs');
const { default: createInterpreter } = await load('runtime/pyodide.asm.mjs');
const PACK = 'libraries.wasm';
const script = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

let libraries = readdirSync(runtime)
  .filter((file) => file.endsWith('.wasm') && file !== 'pyodide.asm.wasm')
  .sort()
  .map((file) => {
    const module = file.replace(/\.wasm$/, '');
    const path = `/lib/python3.14/site-packages/${module.replaceAll('.', '/')}.cpython-314-wasm32-emscripten.so`;
    return { file, module, path, compiled: WebAssembly.compile(readFileSync(runtime + file)) };
  });
const { info } = JSON.parse(readFileSync(runtime + 'pyodide-lock.json', 'utf8'));
const lockFile = { info, packages: {} };
const common = { indexURL: runtime, packageBaseUrl: runtime, lockFileContents: lockFile };
/** A compiled part of this size has a file to itself: the browser compiles it while it arrives. */
const LARGE_BYTES = 1_000_000;
const [LARGEST_PIECE_BYTES, SMALLEST_PIECE_BYTES] = [65_536, 16];

/** An interpreter with the libraries linked and the whole standard library; calls `linked` with their place. */
async function start(options, linked = () => {}) {
  const createPyodideModule = (settings) => {
    link(
      settings,
      libraries.map(({ path, compiled }) => ({ path, module: compiled })),
    ).then(linked);
    return createInterpreter(settings);
  };
  const stdLibURL = runtime + 'library.zip';
  const pyodide = await loadPyodide({
    ...common,
    stdLibURL,
    createPyodideModule,
    env: { PYTHONHASHSEED: '0' },
    ...options,
  });
  pyodide.FS.writeFile(
    '/libraries.json',
    JSON.stringify(Object.fromEntries(libraries.map(({ module, path }) => [module, path]))),
  );
  pyodide.runPython(script('find_linked.py'));
  return pyodide;
}

/** The memory of a new interpreter with the libraries linked, before and after it has initialised itself. */
async function freshMemory(header) {
  let before, after;
  const createPyodideModule = async (settings) => {
    const { instantiateWasm } = settings;
    settings.instantiateWasm = (imports, done) =>
      instantiateWasm(imports, (instance, module) => {
        before = new Uint8Array(instance.exports.memory.buffer).slice();
        done(instance, module);
      });
    link(
      settings,
      libraries.map(({ path, compiled }) => ({ path, module: compiled })),
    );
    const interpreter = await createInterpreter(settings);
    after = interpreter.HEAPU8.slice();
    throw new Error('seen enough');
  };
  await loadPyodide({
    ...common,
    stdLibURL: runtime + 'nothing.zip',
    createPyodideModule,
    _loadSnapshot: header,
  }).catch((error) => {
    if (!after) throw error;
  });
  return { before, after };
}

const stage = (n, text) => console.log(`[${n}/4] ${text}`);
stage(0, 'rehearsing what the page asks for');
const rehearsal = await start({});
const modules = rehearsal.runPython(script('rehearse.py'));
const isNeeded = ({ path }) => path in rehearsal._module.LDSO.loadedLibsByName;
for (const { file } of libraries.filter((library) => !isNeeded(library))) rmSync(runtime + file);
libraries = libraries.filter(isNeeded);

stage(1, 'importing it into a new interpreter');
let place;
const pyodide = await start({ _makeSnapshot: true }, (found) => (place = found));
const { _module: interpreter } = pyodide;
pyodide.FS.writeFile('/modules.json', modules);
pyodide.runPython(script('import_all.py'));
const opened = Object.entries(interpreter.LDSO.loadedLibsByHandle).filter(([, { name }]) => name.endsWith('.so'));
for (let at = place.tableEnd; at < interpreter.wasmTable.length; at += 1) {
  // A function that was put there after the start would be missing when the memory is put back.
  if (interpreter.wasmTable.get(at)) throw new Error(`importing put a function into the table, at ${at}`);
}
const handles = Object.fromEntries(opened.map(([handle, { name }]) => [handle, name]));

/** Zeros the memory that is free, which is saved too: takes all of it below `end`, in ever smaller pieces. */
function clearFreeMemory(interpreter, end) {
  const taken = [];
  for (let size = LARGEST_PIECE_BYTES; size >= SMALLEST_PIECE_BYTES; size /= 2) {
    for (let at = 0; at < end;) {
      taken.push((at = interpreter._malloc(size) >>> 0));
      interpreter.HEAPU8.fill(0, at, at + size);
    }
  }
  taken.forEach((at) => interpreter._free(at));
}

stage(2, 'saving its memory');
clearFreeMemory(interpreter, interpreter._sbrk(0));
const [stackEnd, stackTop] = [interpreter._emscripten_stack_get_end(), interpreter.stackSave()];
interpreter.HEAPU8.fill(0, stackEnd, stackTop); // what earlier calls left on the stack
const saved = pyodide.makeMemorySnapshot();
const [, headerBytes] = new Uint32Array(saved.buffer, 0, 2);
const header = saved.slice(0, headerBytes);
const end = interpreter._sbrk(0);
const memory = saved.subarray(headerBytes, headerBytes + end);

stage(3, 'comparing it with a new one');
const { before, after } = await freshMemory(header);
writeFileSync(runtime + 'memory.wasm', dataModule(memory, { before, after, place }));

const small = libraries.filter(({ file }) => statSync(runtime + file).size < LARGE_BYTES);
const packed = packedModule(small.map(({ file, module }) => ({ name: module, content: readFileSync(runtime + file) })));
writeFileSync(runtime + PACK, packed.module);
for (const { file } of small) rmSync(runtime + file);
const sourceOf = (library) => {
  const n = small.indexOf(library);
  return n < 0 ? { file: library.file } : { file: PACK, packed: packed.places[n] };
};

const snapshot = {
  libraries: libraries.map((library) => ({ path: library.path, ...sourceOf(library) })),
  place,
  handles,
  size: { bytes: end, table: interpreter.wasmTable.length },
  header: [...header],
  lockFile,
};
writeFileSync(
  runtime + 'snapshot.js',
  `// Written by the build: see worker/python.js.\nexport const SNAPSHOT = ${JSON.stringify(snapshot, null, 1)};\n`,
);
stage(4, 'done');
