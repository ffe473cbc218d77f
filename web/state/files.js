/**
 * Files in and out: what a person picked or dropped, sorted into models and training audio. Page only.
 *
 * @import {AudioSource, PickedFile} from '../types.d.ts'
 * @typedef {{kind: 'model', file: File} | {kind: 'audio', source: AudioSource}} Picked
 */
import { SaysoError } from '../util/failure.js';
import { ARCHIVE_SUFFIXES, JSON_SUFFIXES, MODEL_SUFFIXES, RECORDING_SUFFIXES, endsWith } from '../util/file-kinds.js';
import { formatBytes } from '../util/format.js';

const MAX_MODEL_BYTES = 64e6;
/** The features of a larger zip would hardly fit into Python's memory. */
const MAX_ZIP_BYTES = 500e6;
/** Beside recordings, the lists of Speech Commands tell who is a test speaker. */
const TEST_LISTS = /(^|\/)(validation|testing)_list\.txt$/i;

/** The files that were chosen in a file input. @param {HTMLInputElement} input @returns {PickedFile[]} */
export function pickedFiles(input) {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * Everything dropped, folders opened to any depth. Call within the drop event, after which `transfer` is empty.
 * @param {DataTransfer} transfer
 * @returns {Promise<PickedFile[]>}
 */
export async function droppedFiles(transfer) {
  const found = [...transfer.items].map((item) => {
    const entry = item.webkitGetAsEntry();
    if (entry) return filesOf(entry);
    const file = item.getAsFile(); // an item that a script made has no entry
    return file ? [{ path: file.name, file }] : [];
  });
  return (await Promise.all(found)).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<PickedFile[]>} */
async function filesOf(entry) {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    // instanceof cannot tell: Chromium offers these classes under no name
    const fileEntry = /** @type {FileSystemFileEntry} */ (entry);
    return [{ path, file: await new Promise((resolve, reject) => fileEntry.file(resolve, reject)) }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // about 100 at each call
    if (!some.length) return found;
    for (const child of some) found.push(...(await filesOf(child)));
  }
}

/**
 * Tells what files are for by their names; what is inside them is checked where it is read.
 * @param {PickedFile[]} files
 * @returns {Picked}
 * @throws {SaysoError} files_unknown, files_several, file_too_large, zip_too_large
 */
export function classify(files) {
  const ending = (/** @type {readonly string[]} */ suffixes) => files.filter(({ path }) => endsWith(path, suffixes));
  const name = nameOf(files);
  if (files.some(({ path }) => /(^|\/)sprites\.json$/i.test(path)))
    return { kind: 'audio', source: { kind: 'sprites', name, files } };
  const [first, second] = ending([...ARCHIVE_SUFFIXES, ...MODEL_SUFFIXES]);
  if (second) throw new SaysoError('files_several', `“${first.path}” and “${second.path}” came together.`);
  if (ending(RECORDING_SUFFIXES).length) {
    const wanted = files.filter(({ path }) => endsWith(path, RECORDING_SUFFIXES) || TEST_LISTS.test(path));
    return { kind: 'audio', source: { kind: 'files', name, files: wanted } };
  }
  const file = first?.file ?? (files.length === 1 && ending(JSON_SUFFIXES)[0]?.file); // the 2017 demo's weights are JSON
  if (file && endsWith(file.name, ARCHIVE_SUFFIXES)) {
    requireSize(file, MAX_ZIP_BYTES, 'zip_too_large');
    return { kind: 'audio', source: { kind: 'zip', name: file.name, file } };
  }
  if (file) {
    requireSize(file, MAX_MODEL_BYTES, 'file_too_large');
    return { kind: 'model', file };
  }
  const example = files[0] ? `“${files[0].path}”` : 'nothing';
  throw new SaysoError(
    'files_unknown',
    `Found ${files.length ? example : 'no files'}${files.length > 1 ? ` and ${files.length - 1} more` : ''}.`,
  );
}

/** @param {File} file @param {number} maxBytes @param {string} code @throws {SaysoError} */
function requireSize({ name, size }, maxBytes, code) {
  if (size > maxBytes)
    throw new SaysoError(code, `${name} is ${formatBytes(size)}: expected at most ${formatBytes(maxBytes)}.`);
}

/** What a set of files is called: its folder, or its only file. @param {PickedFile[]} files */
function nameOf(files) {
  const [first] = files;
  if (!first) return 'nothing';
  const folder = first.path.split('/').slice(0, -1)[0];
  if (folder) return folder;
  return files.length === 1 ? first.path : `${first.path} and ${files.length - 1} more`;
}

/** Offers bytes as a download. @param {Uint8Array} bytes @param {string} name */
export function download(bytes, name) {
  const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A file name for a model. @param {string} name @param {Uint8Array} bytes the model file; JSON for the 2017 demo's */
export function modelFileName(name, bytes) {
  const stem = name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `${stem || 'model'}.${bytes[0] === '{'.charCodeAt(0) ? 'json' : 'safetensors'}`;
}
