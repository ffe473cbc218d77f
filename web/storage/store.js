/**
 * Everything the page keeps between visits. Page only; every method may throw the storage errors of database.js.
 *
 * @import {ModelCard} from '../worker/protocol.js'
 * @import {SavedModel, SavedCheckpoint, SavedAudio, SavedRecording} from './database.js'
 */
import { Database } from './database.js';
import { newId } from '../util/ids.js';
import { Observable } from '../util/observable.js';

/** How long a deleted model, or recording, can be brought back. */
export const UNDO_MS = 20_000;
/** So many results of trainings that nobody has saved are kept, the newest. */
const MAX_DRAFTS = 5;

export class Store {
  /** Counts changes to the saved models, in this tab or another. */
  modelChanges = new Observable(0);
  #database;
  #channel = new BroadcastChannel('sayso-models');

  /** @param {(failure: import('../util/failure.js').SaysoError) => void} warn */
  constructor(warn) {
    this.#database = new Database(warn);
    this.#channel.onmessage = () => (this.modelChanges.value += 1);
  }

  /** Saved models, newest first, without those deleted. @returns {Promise<SavedModel[]>} */
  async models() {
    const models = await this.#database.run((database) => database.getAll('models'));
    return models.filter(({ deletedAt }) => deletedAt === undefined).sort((a, b) => b.created - a.created);
  }

  /** The saved model with this id; undefined once it is deleted. @param {string} id */
  async model(id) {
    const model = await this.#database.run((database) => database.get('models', id));
    return model?.deletedAt === undefined ? model : undefined;
  }

  /** The saved model with the same bytes, if there is one. @param {Uint8Array} bytes */
  async twinOf(bytes) {
    return (await this.models()).find((model) => !model.draft && sameBytes(model.bytes, bytes));
  }

  /**
   * Keeps a model.
   * @param {{name: string, bytes: Uint8Array, card: ModelCard}} model
   * @returns {Promise<SavedModel>}
   */
  addModel({ name, bytes, card }) {
    return this.#putModel({ id: newId(), name, created: Date.now(), bytes, card });
  }

  /**
   * Keeps a training's result that nobody has saved yet, as a draft; the newest few drafts stay.
   * @param {{name: string, bytes: Uint8Array, card: ModelCard}} model
   * @returns {Promise<SavedModel>}
   */
  async addDraft({ name, bytes, card }) {
    const model = { id: newId(), name, created: Date.now(), bytes, card, draft: true };
    await this.#database.run(async (database) => {
      const transaction = database.transaction('models', 'readwrite');
      const drafts = (await transaction.store.getAll()).filter(
        ({ draft, deletedAt }) => draft && deletedAt === undefined,
      );
      const older = drafts.sort((a, b) => b.created - a.created).slice(MAX_DRAFTS - 1);
      const deleted = older.map(({ id }) => transaction.store.delete(id));
      await Promise.all([...deleted, transaction.store.put(model), transaction.done]);
    });
    this.#announceModels();
    return model;
  }

  /** Makes a draft a saved model; resolves to false when the draft is gone. @param {string} id @param {string} name */
  keepDraft(id, name) {
    return this.#changeModel(id, ({ draft, ...model }) => ({ ...model, name }));
  }

  /** Gives a model a name; resolves to false when the model is gone. @param {string} id @param {string} name */
  renameModel(id, name) {
    return this.#changeModel(id, (model) => ({ ...model, name }));
  }

  /** Hides the model; it is gone for good at the first `purge` after UNDO_MS. @param {string} id */
  deleteModel(id) {
    return this.#changeModel(id, (model) => ({ ...model, deletedAt: Date.now() }));
  }

  /** Brings a deleted model back, even one that is gone for good already. @param {SavedModel} model as it was before */
  undeleteModel(model) {
    return this.#putModel(model);
  }

  /** Removes for good the models that were deleted UNDO_MS ago or earlier. */
  async purge() {
    await this.#database.run(async (database) => {
      const transaction = database.transaction('models', 'readwrite');
      const gone = (await transaction.store.getAll()).filter(
        ({ deletedAt }) => deletedAt !== undefined && Date.now() - deletedAt >= UNDO_MS,
      );
      await Promise.all([...gone.map(({ id }) => transaction.store.delete(id)), transaction.done]);
    });
  }

  /** Trainings that were cut short, newest first. @returns {Promise<SavedCheckpoint[]>} */
  async checkpoints() {
    const all = await this.#database.run((database) => database.getAll('checkpoints'));
    return all.sort((a, b) => b.saved - a.saved);
  }

  /** @param {string} runId */
  checkpoint(runId) {
    return this.#database.run((database) => database.get('checkpoints', runId));
  }

  /** @param {SavedCheckpoint} checkpoint replaces the run's earlier one */
  async putCheckpoint(checkpoint) {
    await this.#database.run((database) => database.put('checkpoints', checkpoint));
  }

  /** @param {SavedAudio} audio */
  async putAudio(audio) {
    await this.#database.run((database) => database.put('audio', audio));
  }

  /** @param {string} runId */
  audio(runId) {
    return this.#database.run((database) => database.get('audio', runId));
  }

  /** @returns {Promise<string[]>} the runs whose audio is kept */
  audioRuns() {
    return this.#database.run((database) => database.getAllKeys('audio'));
  }

  /** Forgets a run: its checkpoint and its audio. @param {string} runId */
  async deleteRun(runId) {
    await this.#database.run(async (database) => {
      const transaction = database.transaction(['checkpoints', 'audio'], 'readwrite');
      const [checkpoints, audio] = [transaction.objectStore('checkpoints'), transaction.objectStore('audio')];
      await Promise.all([checkpoints.delete(runId), audio.delete(runId), transaction.done]);
    });
  }

  /** @returns {Promise<SavedRecording[]>} */
  recordings() {
    return this.#database.run((database) => database.getAll('recordings'));
  }

  /** @param {SavedRecording[]} recordings */
  async putRecordings(recordings) {
    await this.#database.run(async (database) => {
      const transaction = database.transaction('recordings', 'readwrite');
      // Each write is awaited too: a refused one tells why, and the transaction it ends does not always.
      await Promise.all([...recordings.map((recording) => transaction.store.put(recording)), transaction.done]);
    });
  }

  /** @param {string[]} ids */
  async deleteRecordings(ids) {
    await this.#database.run(async (database) => {
      const transaction = database.transaction('recordings', 'readwrite');
      await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done]);
    });
  }

  /** @param {string} key @returns {Promise<any>} undefined if never set */
  async setting(key) {
    return (await this.#database.run((database) => database.get('settings', key)))?.value;
  }

  /** @param {string} key @param {unknown} value */
  async setSetting(key, value) {
    await this.#database.run((database) => database.put('settings', { key, value }));
  }

  /** Asks the browser, once ever, not to clear this site's storage when space runs short. */
  async persist() {
    if (!navigator.storage?.persist || (await this.setting('persistAsked'))) return;
    await this.setSetting('persistAsked', true);
    await navigator.storage.persist();
  }

  /** @param {SavedModel} model */
  async #putModel(model) {
    await this.#database.run((database) => database.put('models', model));
    this.#announceModels();
    return model;
  }

  /**
   * @param {string} id
   * @param {(model: SavedModel) => SavedModel} change
   * @returns {Promise<boolean>} whether the model is there
   */
  async #changeModel(id, change) {
    const isThere = await this.#database.run(async (database) => {
      const transaction = database.transaction('models', 'readwrite');
      const model = await transaction.store.get(id);
      await Promise.all([model && transaction.store.put(change(model)), transaction.done]);
      return model !== undefined;
    });
    this.#announceModels();
    return isThere;
  }

  #announceModels() {
    this.modelChanges.value += 1;
    this.#channel.postMessage('changed');
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function sameBytes(a, b) {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
