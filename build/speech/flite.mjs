/**
 * Flite in Node.js: `node flite.mjs flite.wasm`. A line of standard input is one utterance, a JSON list of Flite's
 * arguments; each is answered on standard output with the length of a WAV file, 4 bytes little-endian, and the file.
 *
 * The program is a WASI command. It meets here a system with no clock and no files but the one it writes, so that the
 * same arguments give the same bytes everywhere; and a new one for every utterance, so that none depends on another.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

// constants of wasi_snapshot_preview1
const SUCCESS = 0,
  BAD_DESCRIPTOR = 8,
  NOT_SEEKABLE = 70;
const DIRECTORY = 3,
  REGULAR_FILE = 4; // file types
const ROOT_FD = 3,
  WAV_FD = 4;
const ALL_RIGHTS = ~0n;
const ROOT = '/';

const STDOUT_FD = 1; // written to directly: through process.stdout, a pipe would refuse what does not fit at once

class Exit extends Error {
  /** @param {number} code */
  constructor(code) {
    super(`exit code ${code}`);
    this.code = code;
  }
}

/**
 * Run the program once.
 *
 * @param {WebAssembly.Module} program
 * @param {string[]} given its arguments
 * @returns {Buffer} what it wrote to the one file it opened
 */
function run(program, given) {
  /** @type {WebAssembly.Memory} */
  let memory;
  const bytes = () => new Uint8Array(memory.buffer);
  const view = () => new DataView(memory.buffer); // anew every time: memory that grows leaves its old views behind
  const words = given.map((word) => Buffer.from(`${word}\0`));
  /** @type {Buffer[]} */
  const wav = [];

  const system = {
    args_sizes_get(nWordsAt, nBytesAt) {
      view().setUint32(nWordsAt, words.length, true);
      view().setUint32(nBytesAt, Buffer.concat(words).length, true);
      return SUCCESS;
    },
    args_get(pointersAt, wordsAt) {
      for (const word of words) {
        view().setUint32(pointersAt, wordsAt, true);
        bytes().set(word, wordsAt);
        pointersAt += 4;
        wordsAt += word.length;
      }
      return SUCCESS;
    },
    clock_time_get(_clock, _precision, timeAt) {
      view().setBigUint64(timeAt, 0n, true);
      return SUCCESS;
    },
    fd_prestat_get(fd, at) {
      if (fd !== ROOT_FD) return BAD_DESCRIPTOR;
      view().setUint32(at, 0, true); // a directory,
      view().setUint32(at + 4, ROOT.length, true); // and the length of its name
      return SUCCESS;
    },
    fd_prestat_dir_name(_fd, at) {
      bytes().set(Buffer.from(ROOT), at);
      return SUCCESS;
    },
    fd_fdstat_get(fd, at) {
      bytes().fill(0, at, at + 24);
      view().setUint8(at, fd === ROOT_FD ? DIRECTORY : REGULAR_FILE);
      view().setBigUint64(at + 8, ALL_RIGHTS, true);
      view().setBigUint64(at + 16, ALL_RIGHTS, true);
      return SUCCESS;
    },
    path_open(_fd, _lookup, _path, _length, _open, _rights, _inherited, _flags, fdAt) {
      view().setUint32(fdAt, WAV_FD, true);
      return SUCCESS;
    },
    fd_write(fd, partsAt, nParts, nWrittenAt) {
      let nWritten = 0;
      for (let i = 0; i < nParts; i++) {
        const at = view().getUint32(partsAt + 8 * i, true),
          length = view().getUint32(partsAt + 8 * i + 4, true);
        const part = Buffer.from(bytes().slice(at, at + length));
        if (fd === WAV_FD) wav.push(part);
        else process.stderr.write(part);
        nWritten += length;
      }
      view().setUint32(nWrittenAt, nWritten, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    fd_fdstat_set_flags: () => SUCCESS,
    fd_read: () => BAD_DESCRIPTOR,
    fd_seek: () => NOT_SEEKABLE,
    proc_exit(code) {
      throw new Exit(code);
    },
  };

  const { exports } = new WebAssembly.Instance(program, { wasi_snapshot_preview1: system });
  memory = exports.memory;
  try {
    exports._start();
  } catch (error) {
    if (!(error instanceof Exit && error.code === 0)) throw error;
  }
  return Buffer.concat(wav);
}

/** @param {Buffer} buffer to standard output, all of it: a pipe may take a part at a time */
function write(buffer) {
  for (let n = 0; n < buffer.length;) n += writeSync(STDOUT_FD, buffer, n);
}

const program = new WebAssembly.Module(readFileSync(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const wav = run(program, ['flite', ...JSON.parse(line), '-o', 'spoken.wav']);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(wav.length);
  write(length);
  write(wav);
}
