/**
 * The words that were recorded here: kept in the browser, and given to a training like files that were picked. Page only.
 *
 * @import {AudioSource, Failure} from '../types.d.ts'
 * @import {SavedRecording} from '../storage/database.js'
 * @import {Store} from '../storage/store.js'
 *
 * @typedef {{saved: SavedRecording, source: AudioSource}} Recording a source each: audio that holds some is sent only the rest
 */
import { asFailure } from '../util/failure.js';
import { newId } from '../util/ids.js';
import { Observable } from '../util/observable.js';

/** Who speaks in them, in the naming of Speech Commands; one speaker, so nobody is trained and tested on. */
const SPEAKER = 'me';

export class Recordings {
  /**
   * In the order they were made. Changes once the browser keeps the change, so that a reload shows what was shown.
   * @type {Observable<Recording[]>}
   */
  all = new Observable(/** @type {Recording[]} */ ([]));
  #store;
  #warn;

  /** @param {Store} store @param {(failure: Failure) => void} warn */
  constructor(store, warn) {
    this.#store = store;
    this.#warn = warn;
  }

  /** Reads those of earlier visits. */
  async open() {
    const saved = await this.#store.recordings().catch(() => []); // the Models view tells what is wrong with the storage
    this.all.value = inOrder([...saved.map(withSource), ...this.all.value]);
  }

  /** @param {string} word @returns {Recording[]} */
  of(word) {
    return this.all.value.filter(({ saved }) => saved.word === word);
  }

  /** The words there are recordings of. @returns {string[]} */
  get words() {
    return [...new Set(this.all.value.map(({ saved }) => saved.word))];
  }

  /** @returns {AudioSource[]} */
  get sources() {
    return this.all.value.map(({ source }) => source);
  }

  /**
   * Keeps a recording; where the browser has no room for it, as long as the page is open.
   * @param {string} word
   * @param {Pick<SavedRecording, 'bytes' | 'durationS' | 'picture'>} encoded
   */
  async add(word, { bytes, durationS, picture }) {
    const take = Math.max(-1, ...this.of(word).map(({ saved }) => saved.take)) + 1;
    await this.#put([{ id: newId(), word, take, created: Date.now(), bytes, durationS, picture }]);
    this.#store.persist().catch(() => {}); // a favour, which the browser may ask the person for
  }

  /** @param {Recording[]} unwanted @returns {Promise<() => Promise<void>>} brings them back */
  async remove(unwanted) {
    await this.#try(() => this.#store.deleteRecordings(unwanted.map(({ saved }) => saved.id)));
    this.all.value = this.all.value.filter((recording) => !unwanted.includes(recording));
    return () => this.#put(unwanted.map(({ saved }) => saved));
  }

  /** @param {SavedRecording[]} saved */
  async #put(saved) {
    await this.#try(() => this.#store.putRecordings(saved));
    const here = new Set(this.all.value.map((recording) => recording.saved.id)); // brought back twice, if deleted twice
    this.all.value = inOrder([...this.all.value, ...saved.filter(({ id }) => !here.has(id)).map(withSource)]);
  }

  /** @param {() => Promise<void>} write */
  async #try(write) {
    try {
      await write();
    } catch (error) {
      this.#warn(asFailure(error));
    }
  }
}

/** @param {SavedRecording} saved @returns {Recording} */
function withSource(saved) {
  const name = `${SPEAKER}_nohash_${saved.take}.wav`;
  const file = new File([saved.bytes], name, { type: 'audio/wav' });
  const files = [{ path: `${saved.word}/${name}`, file }];
  return { saved, source: { kind: 'files', name: `“${saved.word}”`, files, isRecorded: true } };
}

/** @param {Recording[]} recordings */
function inOrder(recordings) {
  return recordings.sort((a, b) => a.saved.created - b.saved.created);
}
