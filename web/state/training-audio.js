/**
 * The training audio chosen so far: where it came from, and what the worker counted in it. Page only.
 *
 * @import {AudioSource, Failure, PickedFile, Progress} from '../types.d.ts'
 * @import {ClipCounts} from '../worker/protocol.js'
 * @import {Client} from '../worker/client.js'
 *
 * `failure` is what went wrong with the last addition; what was there before is still there. While audio is added,
 * `counts` tell of what has arrived so far.
 * @typedef {{kind: 'empty', failure?: Failure}
 *   | {kind: 'adding', progress: Progress, counts: ClipCounts | null, canCancel: boolean}
 *   | {kind: 'loaded', counts: ClipCounts, sources: AudioSource[], failure?: Failure}} AudioState
 */
import { asFailure, SaysoError } from '../util/failure.js';
import { Observable } from '../util/observable.js';
import { REQUESTS } from '../worker/protocol.js';
import { builtInVoices, decodeAudio, pickedPack, unpackedPack } from '../audio/decode.js';

/** WAV files cross to the worker in parcels, so that memory holds them once and progress shows. */
const PARCEL_BYTES = 8e6;
const PARCEL_FILES = 500;

export class TrainingAudio {
  /** @type {Observable<AudioState>} */
  state = new Observable(/** @type {AudioState} */ ({ kind: 'empty' }));
  /** The generation (see client.js) of the worker that holds the audio. */
  generation = 0;
  #client;
  /** Ends the addition under way; null when there is none. @type {AbortController | null} */
  #abort = null;
  /** What has arrived so far of the audio being added. @type {ClipCounts | null} */
  #counts = null;

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  /** @returns {AudioSource[]} */
  get sources() {
    return this.state.value.kind === 'loaded' ? this.state.value.sources : [];
  }

  /** Adds a source to what is there; does nothing while another is being added. @param {AudioSource} source */
  async add(source) {
    if (this.state.value.kind === 'adding') return;
    try {
      if (!this.#isHere) await this.load(this.sources);
      const { signal } = (this.#abort = new AbortController());
      await this.#append(source, signal);
    } catch (error) {
      const failure = asFailure(error);
      if (failure.code !== 'cancelled') this.state.value = { ...this.state.value, failure };
    } finally {
      this.#abort = null;
    }
  }

  /**
   * Sees to it that the worker has these sources and no others; those it has already are not sent again.
   * @param {AudioSource[]} sources
   * @param {AbortSignal} signal
   * @throws {SaysoError}
   */
  async hold(sources, signal) {
    const present = this.#isHere ? this.sources : [];
    if (!present.length || present.some((source, i) => source !== sources[i])) return this.load(sources, signal);
    for (const source of sources.slice(present.length)) await this.#append(source, signal);
  }

  /** Whether the worker is the one that was given the audio. */
  get #isHere() {
    return this.generation === this.#client.state.value.generation;
  }

  /**
   * Adds a source to what is there, which is left as it was if that fails.
   * @param {AudioSource} source
   * @param {AbortSignal} signal
   * @throws {SaysoError}
   */
  async #append(source, signal) {
    const before = this.state.value;
    try {
      this.#counts = before.kind === 'loaded' ? before.counts : null;
      this.#show('Opening', 0, 1);
      await this.#client.request(REQUESTS.CLIPS_MARK, {});
      const counts = await this.#send(source, signal);
      requireMore(counts, before.kind === 'loaded' ? before.counts : null, source);
      this.state.value = { kind: 'loaded', counts, sources: [...sourcesOf(before), source] };
    } catch (error) {
      await this.#goBack(before);
      throw error;
    }
  }

  /** Takes back what has arrived of a source that failed. @param {AudioState} before */
  async #goBack(before) {
    try {
      await this.#client.request(REQUESTS.CLIPS_RESTORE, {});
      this.state.value = before.kind === 'loaded' ? { ...before, failure: undefined } : { kind: 'empty' };
    } catch {
      // gives the earlier audio to a worker that was started meanwhile
      await this.load(sourcesOf(before)).catch(() => {});
    }
  }

  /**
   * Replaces everything by these sources.
   * @param {AudioSource[]} sources
   * @param {AbortSignal} [signal] ends the loading, which `cancel` does not
   * @throws {SaysoError}
   */
  async load(sources, signal = new AbortController().signal) {
    this.#abort = null;
    this.#counts = null;
    this.#show('Loading', 0, 1);
    this.generation = this.#client.state.value.generation;
    try {
      await this.#client.request(REQUESTS.CLIPS_CLEAR, {});
      /** @type {ClipCounts | undefined} */
      let counts;
      for (const source of sources) counts = await this.#send(source, signal);
      this.state.value = counts ? { kind: 'loaded', counts, sources } : { kind: 'empty' };
    } catch (error) {
      this.state.value = { kind: 'empty' };
      throw error;
    }
  }

  /** Ends the addition under way, if there is one. */
  cancel() {
    this.#abort?.abort();
  }

  /** @param {AudioSource} source @param {AbortSignal} signal @returns {Promise<ClipCounts>} */
  async #send(source, signal) {
    switch (source.kind) {
      case 'voices':
        this.#show('Opening the built-in voices', 0, 1);
        return this.#sendPack(await builtInVoices(signal), signal);
      case 'sprites':
        return this.#sendPack(await pickedPack(source.files), signal);
      case 'zip':
        return this.#sendZip(source, signal);
      case 'files':
        return this.#sendFiles(source.files, signal);
    }
  }

  /** @param {import('../audio/decode.js').SpritePack} pack @param {AbortSignal} signal */
  async #sendPack({ index, files, open }, signal) {
    if (!files.length) throw new SaysoError('bad_sprites', 'sprites.json lists no audio files.');
    /** @type {ClipCounts | undefined} */
    let counts;
    const decode = async (/** @type {string} */ sprite) => decodeAudio(await open(sprite), sprite);
    let next = decode(files[0]);
    for (const [i, sprite] of files.entries()) {
      this.#show(`Decoding ${sprite}`, i, files.length);
      const { channels, sampleRateHz } = await next;
      if (i + 1 < files.length) next = decode(files[i + 1]); // decoded while the worker takes this one
      next.catch(() => {}); // a failure is told when its turn comes, unless an earlier one was told
      const transfer = channels.map(({ buffer }) => buffer);
      this.#counts = counts = await this.#client.request(
        REQUESTS.CLIPS_ADD_SPRITE,
        { index, sprite, channels, sampleRateHz },
        { transfer, signal },
      );
    }
    return /** @type {ClipCounts} */ (counts);
  }

  /** @param {{name: string, file: File}} zip @param {AbortSignal} signal */
  async #sendZip({ name, file }, signal) {
    this.#show(`Opening ${name}`, 0, 1);
    const { pack, ...counts } = await this.#client.request(
      REQUESTS.CLIPS_ADD_ZIP,
      { name, file },
      {
        signal,
        onProgress: ({ label, done, total }) => this.#show(label, done, total),
      },
    );
    return pack ? this.#sendPack(unpackedPack(pack), signal) : counts;
  }

  /** @param {PickedFile[]} picked @param {AbortSignal} signal */
  async #sendFiles(picked, signal) {
    /** @type {ClipCounts | undefined} */
    let counts;
    for (let at = 0; at < picked.length;) {
      const files = [];
      for (let nBytes = 0; at < picked.length && files.length < PARCEL_FILES && nBytes < PARCEL_BYTES; at += 1) {
        const { path, file } = picked[at];
        files.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) });
        nBytes += file.size;
      }
      const transfer = files.map(({ bytes }) => bytes.buffer);
      this.#show('Reading WAV files', at, picked.length);
      this.#counts = counts = await this.#client.request(REQUESTS.CLIPS_ADD_FILES, { files }, { transfer, signal });
    }
    if (!counts) throw new SaysoError('files_unknown', 'There are no WAV files among the files.');
    return counts;
  }

  /** @param {string} label @param {number} done @param {number} total */
  #show(label, done, total) {
    this.state.value = {
      kind: 'adding',
      progress: { label, done, total },
      counts: this.#counts,
      canCancel: this.#abort !== null,
    };
  }
}

/** @param {AudioState} state */
function sourcesOf(state) {
  return state.kind === 'loaded' ? state.sources : [];
}

/**
 * @param {ClipCounts} counts of the audio with the source
 * @param {ClipCounts | null} before of the audio without it
 * @param {AudioSource} source
 * @throws {SaysoError} no_clips, when nothing of the source could be used
 */
function requireMore(counts, before, source) {
  if (counts.durationS > (before?.durationS ?? 0)) return;
  const name = source.kind === 'voices' ? 'The built-in voices' : source.name;
  const first = counts.rejected[before?.rejected.length ?? 0];
  const why = first ? `; the first, “${first.path}”: ${first.message}` : '';
  throw new SaysoError('no_clips', `${name}: none of its files could be used${why}.`);
}
