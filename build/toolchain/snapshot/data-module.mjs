/**
 * A memory as a WebAssembly module: it imports a memory, and its data segments are the bytes to put there, as
 * web/worker/python.js does. Tools can read such files, and servers know to compress them.
 */
import { HEADER, leb128, name, section } from './wasm-format.mjs';

const PAGE_BYTES = 65_536;
/** Memory is stored or left out in pieces of this size; a segment costs some ten bytes. */
const GRAIN_BYTES = 64;
const MAX_SEGMENTS = 100_000; // engines refuse more
const [IMPORT, DATA] = [2, 11]; // numbers of sections

/**
 * @param {Uint8Array} memory
 * @param {{before: Uint8Array, after: Uint8Array, place: {memoryStart: number, memoryEnd: number}}} fresh
 *   memory of a new interpreter before and after it has initialised itself, and where in it the data of libraries are
 * @returns {Buffer} the module
 */
export function dataModule(memory, fresh) {
  const segments = [];
  for (const [start, end] of differences(memory, fresh)) {
    segments.push(
      Buffer.from([0, 0x41, ...leb128(start, true), 0x0b, ...leb128(end - start)]),
      memory.subarray(start, end),
    );
  }
  const n = segments.length / 2;
  if (n > MAX_SEGMENTS) throw new Error(`${n} segments: engines take ${MAX_SEGMENTS}`);
  const nPages = Math.ceil(memory.length / PAGE_BYTES);
  const imported = [1, ...name('interpreter'), ...name('memory'), 2, 0, ...leb128(nPages)];
  const data = section(DATA, [Buffer.from(leb128(n)), ...segments]);
  return Buffer.concat([HEADER, ...section(IMPORT, [Buffer.from(imported)]), ...data]);
}

/** Yields [start, end) of every part of the memory that must be stored. */
function* differences(memory, fresh) {
  let start = -1;
  for (let at = 0; at < memory.length; at += GRAIN_BYTES) {
    const end = Math.min(at + GRAIN_BYTES, memory.length);
    const same = isFresh(memory, fresh, at, end);
    if (same && start >= 0) {
      yield [start, at];
      start = -1;
    } else if (!same && start < 0) {
      start = at;
    }
  }
  if (start >= 0) yield [start, memory.length];
}

/**
 * Whether every new interpreter has these bytes by itself. First come its own data: those that it changes while it
 * starts may differ in another browser and do not count. Then come the data of libraries, then zeros.
 */
function isFresh(memory, { before, after, place }, start, end) {
  for (let at = start; at < end; at += 1) {
    const expected = at < place.memoryEnd ? after[at] : 0;
    if (memory[at] !== expected || (at < place.memoryStart && before[at] !== expected)) return false;
  }
  return true;
}
