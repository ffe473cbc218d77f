/**
 * Starts Python from a snapshot: the memory of an interpreter in which NumPy and Sayso are imported already, saved when
 * the page was built. Nothing is unpacked, read or imported then. Any worker; in Node the build and the tests use it.
 *
 * The memory holds addresses of functions and of data, so everything it points to must lie where it lay when the memory
 * was saved: compiled parts of NumPy and Sayso are linked before the interpreter's own start, in a fixed order, from a
 * fixed place.
 *
 * @import {PyodideInterface} from '../runtime/pyodide.mjs'
 *
 * What is used here of Emscripten's module:
 * @typedef {{HEAPU8: Uint8Array, HEAPU32: Uint32Array, HEAPF32: Float32Array, memory: WebAssembly.Memory,
 *   wasmTable: WebAssembly.Table, FS: any, LDSO: any, preloadedWasm: Record<string, object>, __PyRuntime: number,
 *   __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: number, _sbrk: (by: number) => number, growMemory: (bytes: number) => void,
 *   addRunDependency: (name: string) => void, removeRunDependency: (name: string) => void,
 *   loadWebAssemblyModule: (module: WebAssembly.Module, flags: object, name: string, scope: object) => Promise<object>
 * }} Interpreter
 *
 * A compiled part of NumPy or Sayso: its path for the interpreter, its file, and its place in one that holds several:
 * @typedef {{path: string, file: string, packed?: {start: number, end: number}}} Library
 *
 * What Emscripten is started with:
 * @typedef {{preRun: ((interpreter: Interpreter) => void)[]}} Settings
 *
 * Where the libraries' functions and data lie:
 * @typedef {{tableStart: number, tableEnd: number, memoryStart: number, memoryEnd: number}} Place
 *
 * What the memory was saved with:
 * @typedef {object} Snapshot
 * @property {Library[]} libraries in the order they are linked
 * @property {Place} place where they were linked
 * @property {Record<string, string>} handles paths of the libraries that Python has opened, by handle
 * @property {{bytes: number, table: number}} size bytes of the memory, and entries of the table of functions
 * @property {number[]} header what Pyodide keeps beside the memory, in its own format
 * @property {object} lockFile the lock file that Pyodide came with, without its packages
 */
import { loadPyodide } from '../runtime/pyodide.mjs';

/**
 * The libraries' part of the table of functions starts at a multiple of this. Before it lie Emscripten's own functions,
 * whose number differs from browser to browser.
 */
const TABLE_ALIGNMENT = 1024;
/** The length of the header of WebAssembly's binary format, and the number of its data section. */
const [MODULE_HEADER_BYTES, DATA_SECTION] = [8, 11];

/**
 * Links libraries when the interpreter is there but has not started.
 * @param {Settings} settings
 * @param {{path: string, module: Promise<WebAssembly.Module>}[]} libraries
 * @returns {Promise<Place>}
 */
export function link(settings, libraries) {
  return new Promise((resolve, reject) => {
    settings.preRun.push(async (interpreter) => {
      const { wasmTable: table, preloadedWasm, _sbrk: sbrk } = interpreter;
      interpreter.addRunDependency('libraries');
      try {
        table.grow(TABLE_ALIGNMENT - (table.length % TABLE_ALIGNMENT));
        const [tableStart, memoryStart] = [table.length, sbrk(0)];
        for (const [n, { path, module }] of libraries.entries()) {
          // Looking up undefined symbols goes through all libraries: it is done once, when the last one is linked.
          const flags = { loadAsync: true, nodelete: true, allowUndefined: n + 1 < libraries.length };
          preloadedWasm[path] = await interpreter.loadWebAssemblyModule(await module, flags, path, {});
        }
        resolve({ tableStart, tableEnd: table.length, memoryStart, memoryEnd: sbrk(0) });
        interpreter.removeRunDependency('libraries');
      } catch (error) {
        reject(error);
      }
    });
  });
}

/**
 * @param {object} options
 * @param {string} options.runtime address of the runtime's folder, in Node its path
 * @param {(file: string) => Promise<Response>} options.open fetches a file of it
 * @param {(file: string) => Uint8Array} options.readSync reads a file of it
 * @param {Snapshot} options.snapshot
 * @returns {Promise<PyodideInterface>}
 */
export async function startPython({ runtime, open, readSync, snapshot }) {
  const interpreterModule = import('../runtime/pyodide.asm.mjs');

  /** @param {Settings} settings */
  const createRestored = async (settings) => {
    // By now Pyodide has asked for the interpreter, which is the largest file and needed first: the rest follows it.
    const memory = fetchBytes(open, 'memory.wasm');
    /** @type {Record<string, ReturnType<typeof fetchBytes>>} */
    const packs = {};
    const libraries = snapshot.libraries.map(({ path, file, packed }) => {
      if (!packed) return { path, module: WebAssembly.compileStreaming(open(file)) };
      const pack = (packs[file] ??= fetchBytes(open, file));
      return { path, module: pack.then((bytes) => WebAssembly.compile(bytes.subarray(packed.start, packed.end))) };
    });
    const { default: createInterpreter } = await interpreterModule;
    performance.mark("interpreter's script ready");
    const linked = link(settings, libraries);
    const [interpreter, place] = await Promise.all([createInterpreter(settings), linked]);
    if (JSON.stringify(place) !== JSON.stringify(snapshot.place)) {
      throw new Error(
        `the snapshot does not fit: linked at ${JSON.stringify(place)}, expected ${JSON.stringify(snapshot.place)}`,
      );
    }
    performance.mark('interpreter compiled, libraries linked');
    restore(interpreter, await memory, snapshot);
    performance.mark('memory restored');
    return interpreter;
  };
  const pyodide = await loadPyodide(
    /** @type {any} */ ({
      indexURL: runtime,
      packageBaseUrl: runtime,
      stdLibURL: `${runtime}nothing.zip`, // Pyodide does not start without one; `library.zip` takes its place below
      lockFileContents: snapshot.lockFile,
      createPyodideModule: createRestored,
      _loadSnapshot: Uint8Array.from(snapshot.header),
    }),
  );
  performance.mark('Pyodide ready');
  readLate(pyodide.FS, '/lib/python314.zip', () => readSync('library.zip'));
  // The snapshot holds the state of both generators: left so, every visit would draw the same numbers.
  for (const name of ['random', 'numpy.random']) pyodide.pyimport(name).seed();
  return pyodide;
}

/**
 * Puts the saved memory in the place of the interpreter's.
 * @param {Interpreter} interpreter
 * @param {Uint8Array} memory a module; its data segments are the saved memory where a new interpreter's differs from it
 * @param {Snapshot} snapshot
 */
function restore(interpreter, memory, { place, size, libraries, handles }) {
  const { HEAPU32, wasmTable: table, LDSO, preloadedWasm } = interpreter;
  // The address of Emscripten's trampoline is the only one that differs between browsers: the new interpreter's is kept.
  const trampoline = (interpreter.__PyRuntime + HEAPU32[interpreter.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]) / 4;
  const ownTrampoline = HEAPU32[trampoline];
  interpreter.HEAPU8.fill(0, place.memoryEnd, interpreter._sbrk(0));
  if (size.bytes > HEAPU32.byteLength) interpreter.growMemory(size.bytes);
  placeSegments(memory, interpreter.HEAPU8);
  interpreter.HEAPU32[trampoline] = ownTrampoline;

  // What is linked later must not take the places of the saved functions.
  if (size.table > table.length) table.grow(size.table - table.length);
  const opened = Object.fromEntries(
    libraries.map(({ path }) => [
      path,
      { name: path, exports: preloadedWasm[path], refcount: Infinity, global: false },
    ]),
  );
  Object.assign(LDSO.loadedLibsByName, opened);
  for (const [handle, path] of Object.entries(handles)) LDSO.loadedLibsByHandle[handle] = opened[path];
}

/** @param {(file: string) => Promise<Response>} open @param {string} file */
async function fetchBytes(open, file) {
  const response = await open(file);
  if (!response.ok) throw new Error(`${file}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Puts a module's data segments in their places, as instantiating it would do, without the engine's copy of the module.
 * @param {Uint8Array} module @param {Uint8Array} memory
 */
export function placeSegments(module, memory) {
  let at = MODULE_HEADER_BYTES;
  const readNumber = () => {
    // WebAssembly writes its numbers in LEB128
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = module[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const nextSection = () => ({ id: module[at++], size: readNumber() });
  for (let section = nextSection(); section.id !== DATA_SECTION; section = nextSection()) at += section.size;
  for (let left = readNumber(); left; left -= 1) {
    at += 2; // one byte says "active, in memory 0", one is the instruction i32.const
    const start = readNumber();
    at += 1; // the instruction `end`
    const size = readNumber();
    memory.set(module.subarray(at, at + size), start);
    at += size;
  }
}

/**
 * Has a file read when it is first opened: modules that the snapshot does not hold are rarely asked for.
 * @param {any} FS @param {string} path of a file that is there @param {() => Uint8Array} read
 */
function readLate(FS, path, read) {
  const { node } = FS.lookupPath(path);
  const operations = node.stream_ops;
  node.stream_ops = {
    ...operations,
    open() {
      node.stream_ops = operations;
      node.contents = read();
      node.usedBytes = node.contents.length;
    },
  };
}
