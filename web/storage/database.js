/**
 * The browser's database: its layout, its upgrades, and its failures in words. Page only.
 *
 * @import {DBSchema, IDBPDatabase} from 'idb'
 * @import {ModelCard, Picture, TrainSettings} from '../worker/protocol.js'
 * @import {AudioSource, History} from '../types.d.ts'
 *
 * `draft` marks a training's result that nobody has saved; `deletedAt` marks a model that can still be brought back.
 * Times are in milliseconds since 1970.
 * @typedef {{id: string, name: string, created: number, bytes: Uint8Array, card: ModelCard, draft?: boolean,
 *   deletedAt?: number}} SavedModel
 *
 * What a training needs to go on after a reload; its audio is in the store `audio` under the same run.
 * @typedef {{runId: string, bytes: Uint8Array, iteration: number, settings: TrainSettings, preset: string,
 *   commands: string[], history: History, saved: number}} SavedCheckpoint
 *
 * @typedef {{runId: string, sources: AudioSource[]}} SavedAudio
 *
 * A word that was recorded on the page: `bytes` are a WAV file, `take` counts the recordings of the word from 0.
 * @typedef {{id: string, word: string, take: number, created: number, bytes: Uint8Array<ArrayBuffer>,
 *   durationS: number, picture: Picture}} SavedRecording
 *
 * @typedef {DBSchema & {
 *   models: {key: string, value: SavedModel},
 *   checkpoints: {key: string, value: SavedCheckpoint},
 *   audio: {key: string, value: SavedAudio},
 *   recordings: {key: string, value: SavedRecording},
 *   settings: {key: string, value: {key: string, value: unknown}},
 * }} Schema
 */
import { SaysoError } from '../util/failure.js';
import { openDB } from '../vendor/idb.js';

const NAME = 'sayso';

/** One step a version: the steps from n on bring a database of version n up to date. Append, never edit. */
const UPGRADES = [
  /** @param {IDBPDatabase<Schema>} database */
  (database) => {
    database.createObjectStore('models', { keyPath: 'id' });
    database.createObjectStore('checkpoints', { keyPath: 'runId' });
    database.createObjectStore('audio', { keyPath: 'runId' });
    database.createObjectStore('settings', { keyPath: 'key' });
  },
  /** @param {IDBPDatabase<Schema>} database */
  (database) => {
    database.createObjectStore('recordings', { keyPath: 'id' });
  },
];

export class Database {
  /** @type {Promise<IDBPDatabase<Schema>> | null} */
  #opening = null;
  #warn;

  /** @param {(failure: SaysoError) => void} warn told when another tab holds up, or is held up by, an upgrade */
  constructor(warn) {
    this.#warn = warn;
  }

  /**
   * Runs `use` on the open database, opening it first where needed.
   * @template T
   * @param {(database: IDBPDatabase<Schema>) => Promise<T>} use
   * @returns {Promise<T>}
   * @throws {SaysoError} storage_full, storage_newer, storage_unavailable
   */
  async run(use) {
    try {
      this.#opening ??= this.#open();
      return await use(await this.#opening);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') this.#opening = null;
      throw asStorageError(error);
    }
  }

  #open() {
    return /** @type {typeof openDB<Schema>} */ (openDB)(NAME, UPGRADES.length, {
      upgrade: (database, oldVersion) => {
        for (const upgrade of UPGRADES.slice(oldVersion)) upgrade(database);
      },
      blocked: () =>
        this.#warn(new SaysoError('storage_blocked', 'Another tab holds an older version of the saved models open.')),
      blocking: (_old, _new, event) => {
        /** @type {IDBDatabase} */ (event.target).close();
        this.#opening = null;
        this.#warn(new SaysoError('storage_newer', 'Another tab opened a newer version of Sayso.'));
      },
      terminated: () => {
        this.#opening = null;
      },
    });
  }
}

/** @param {unknown} error */
function asStorageError(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  const reason = error instanceof Error ? error.message : String(error);
  if (name === 'QuotaExceededError')
    return new SaysoError('storage_full', `The browser has no room left for this. (${reason})`);
  if (name === 'VersionError')
    return new SaysoError('storage_newer', `The saved models are of a newer Sayso than this page. (${reason})`);
  return new SaysoError('storage_unavailable', `The browser's storage could not be used. (${name}: ${reason})`);
}
