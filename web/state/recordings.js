/**
 * The words that were recorded on the page. The browser keeps them, and a training takes them like files that were
 * picked. Page only.
 *
 * @import {AudioSource, Failure} from '../types.d.ts'
 * @import {SavedRecording} from '../storage/database.js'
 * @import {Store} from '../storage/store.js'
 *
 * Each recording is an audio source of its own, so that a worker that has some of them is sent the others only.
 * @typedef {{saved: SavedRecording, source: AudioSource}} Recording
 */
import { asFailure } from '../util/failure.js';
import { newId } from '../util/ids.js';
import { Observable } from '../util/observable.js';

/** The speaker in file names as of Speech Commands: one for all, so that nobody is both trained and tested on. */
const SPEAKER = 'me';

export class Recordings {
  /**
   * The recordings in the order they were made. A change shows once the browser keeps it, so a reload shows it too.
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

  /** Reads the recordings of earlier visits. */
  async open() {
    // Without storage there are none; the Models view tells what is wrong with it.
    const saved = await this.#store.recordings().catch(() => []);
    this.all.value = inOrder([...saved.map(withSource), ...this.all.value]);
  }

  /** The recordings of a word. @param {string} word @returns {Recording[]} */
  of(word) {
    return this.all.value.filter(({ saved }) => saved.word === word);
  }

  /** The words there are recordings of. @returns {string[]} */
  get words() {
    return [...new Set(this.all.value.map(({ saved }) => saved.word))];
  }

  /** The recordings as training audio. @returns {AudioSource[]} */
  get sources() {
    return this.all.value.map(({ source }) => source);
  }

  /**
   * Keeps a recording; one that the browser has no room for stays as long as the page is open.
   * @param {string} word
   * @param {Pick<SavedRecording, 'bytes' | 'durationS' | 'picture'>} encoded
   */
  async add(word, { bytes, durationS, picture }) {
    const take = Math.max(-1, ...this.of(word).map(({ saved }) => saved.take)) + 1;
    await this.#put([{ id: newId(), word, take, created: Date.now(), bytes, durationS, picture }]);
    this.#store.persist().catch(() => {}); // nothing depends on it, and the browser may ask the person first
  }

  /**
   * Deletes recordings.
   * @param {Recording[]} unwanted
   * @returns {Promise<() => Promise<void>>} a function that brings them back
   */
  async remove(unwanted) {
    await this.#try(() => this.#store.deleteRecordings(unwanted.map(({ saved }) => saved.id)));
    this.all.value = this.all.value.filter((recording) => !unwanted.includes(recording));
    return () => this.#put(unwanted.map(({ saved }) => saved));
  }

  /** @param {SavedRecording[]} saved */
  async #put(saved) {
    await this.#try(() => this.#store.putRecordings(saved));
    // A recording that was deleted twice is brought back twice, and must not be listed twice.
    const here = new Set(this.all.value.map((recording) => recording.saved.id));
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
