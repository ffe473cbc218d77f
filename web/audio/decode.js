/**
 * Sprite packs, and audio files that the browser decodes at 16 kHz. Page only.
 *
 * A sprite pack is an index (sprites.json) and audio files that hold many clips each. What the index means is Python's
 * business; the page reads from it which files to decode, and nothing else.
 *
 * @import {PickedFile} from '../types.d.ts'
 * @import {Pack} from '../worker/wire.d.ts'
 *
 * `open` returns the bytes of one of the pack's files.
 * @typedef {{index: string, files: string[], open: (file: string) => Promise<ArrayBuffer>}} SpritePack
 */
import { SaysoError } from '../util/failure.js';

const SAMPLE_RATE_HZ = 16_000;
const VOICES = new URL('../voices/', import.meta.url);

/**
 * The pack that comes with the page.
 * @param {AbortSignal} signal ends the downloads
 * @returns {Promise<SpritePack>}
 * @throws {SaysoError} voices_missing, bad_sprites
 */
export async function builtInVoices(signal) {
  const get = async (/** @type {string} */ file) => {
    const response = await fetch(new URL(file, VOICES), { signal });
    if (!response.ok)
      throw new SaysoError('voices_missing', `voices/${file}: ${response.status} ${response.statusText}`);
    return response;
  };
  const index = await (await get('sprites.json')).text();
  return { index, files: filesOf(index), open: async (file) => (await get(file)).arrayBuffer() };
}

/**
 * A pack of picked files: sprites.json and the audio files beside it.
 * @param {PickedFile[]} picked
 * @returns {Promise<SpritePack>}
 * @throws {SaysoError} bad_sprites
 */
export async function pickedPack(picked) {
  const indexFile = picked.find(({ path }) => /(^|\/)sprites\.json$/i.test(path));
  if (!indexFile) throw new SaysoError('bad_sprites', 'There is no sprites.json among the files.');
  const folder = indexFile.path.slice(0, -'sprites.json'.length);
  const index = await indexFile.file.text();
  return {
    index,
    files: filesOf(index),
    async open(file) {
      const found = picked.find(({ path }) => path === folder + file);
      if (!found) throw new SaysoError('bad_sprites', `sprites.json names “${file}”, which is not among the files.`);
      return found.file.arrayBuffer();
    },
  };
}

/** A pack that Python took from a zip. @param {Pack} pack @returns {SpritePack} */
export function unpackedPack({ index, files }) {
  const contents = new Map(files.map(({ file, bytes }) => [file, bytes]));
  return {
    index,
    files: [...contents.keys()],
    async open(file) {
      const bytes = contents.get(file);
      contents.delete(file); // the decoder takes the bytes over, so a file opens once
      if (!bytes) throw new SaysoError('bad_sprites', `“${file}” is not in the zip.`);
      return bytes.buffer;
    },
  };
}

/**
 * The audio of one file: one Float32Array a channel.
 * @param {ArrayBuffer} bytes detached, since the decoder takes them over
 * @param {string} name names the file in the error
 * @returns {Promise<{channels: Float32Array[], sampleRateHz: number}>} samples from -1 to 1
 * @throws {SaysoError} bad_audio
 */
export async function decodeAudio(bytes, name) {
  const nBytes = bytes.byteLength;
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE_HZ); // decodeAudioData resamples to its context's rate
  const audio = await context.decodeAudioData(bytes).catch((error) => {
    throw new SaysoError('bad_audio', `“${name}” (${nBytes} bytes) could not be decoded. (${error.message})`);
  });
  const channels = Array.from({ length: audio.numberOfChannels }, (_, i) => audio.getChannelData(i).slice());
  return { channels, sampleRateHz: audio.sampleRate };
}

/** The audio files an index names, each once. @param {string} index */
function filesOf(index) {
  try {
    /** @type {{sprites: {file: string}[]}} */
    const { sprites } = JSON.parse(index);
    return [...new Set(sprites.map(({ file }) => String(file)))];
  } catch (error) {
    throw new SaysoError('bad_sprites', `sprites.json could not be read. (${error})`);
  }
}
