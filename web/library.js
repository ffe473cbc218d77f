/**
 * The models a person can choose from, and the one in force in the worker. Page only.
 *
 * @import {Failure, ModelCard} from './protocol.js'
 * @import {Client} from './client.js'
 * @import {Store} from './store.js'
 *
 * @typedef {{kind: 'shipped', file: string} | {kind: 'saved', id: string}} ModelRef
 * @typedef {{file: string, name: string, card: string}} ShippedModel
 * @typedef {{kind: 'none'} | {kind: 'loading', ref: ModelRef, name: string}
 *   | {kind: 'loaded', ref: ModelRef, name: string, card: ModelCard}
 *   | {kind: 'failed', ref: ModelRef, name: string, failure: Failure}} CurrentModel
 */
import { asFailure, SaysoError } from './failure.js';
import { Observable } from './observable.js';
import { REQUESTS } from './protocol.js';
import { comesWithPage } from './site.js';

const MODELS = new URL('models/', import.meta.url);
/** Stands for a model that could not be kept in the browser. @type {ModelRef} */
const UNKEPT = { kind: 'saved', id: '' };

export class Library {
  /** @type {Observable<CurrentModel>} */
  current = new Observable(/** @type {CurrentModel} */ ({ kind: 'none' }));
  /** @type {Observable<ShippedModel[]>} */
  shipped = new Observable(/** @type {ShippedModel[]} */ ([]));
  #client;
  #store;
  /** Bytes of the model in force, to restore it in another worker. @type {Uint8Array | null} */
  #bytes = null;

  /** @param {Client} client @param {Store} store */
  constructor(client, store) {
    this.#client = client;
    this.#store = store;
  }

  /** Lists the models that came with the page, and loads the one used last. */
  async open() {
    const response = comesWithPage('models/index.json') ? await fetch(new URL('index.json', MODELS)).catch(() => null) : null;
    if (response?.ok) this.shipped.value = await response.json();
    const used = /** @type {ModelRef | undefined} */ (await this.#store.setting('currentModel').catch(() => undefined));
    const [first] = this.shipped.value;
    if (used && (await this.#choosable(used))) await this.choose(used);
    else if (first) await this.choose({ kind: 'shipped', file: first.file });
  }

  /** Makes a model the one in force; what went wrong shows in `current`. @param {ModelRef} ref */
  async choose(ref) {
    let name = 'model';
    try {
      const found = await this.#read(ref);
      name = found.name;
      await this.#load(ref, name, found.bytes);
      await this.#remember(ref);
    } catch (error) {
      this.current.value = { kind: 'failed', ref, name, failure: asFailure(error) };
    }
  }

  /**
   * Loads a model file and keeps it in the browser where that can be done.
   * @param {File} file
   * @returns {Promise<{name: string, unsaved: Failure | null}>} `unsaved`: why it could not be kept
   * @throws {SaysoError} the worker's refusal; the model in force before is then still in force
   */
  async import(file) {
    const before = this.current.value;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const name = file.name.replace(/\.[^.]*$/, '');
    try {
      await this.#load(UNKEPT, name, bytes);
    } catch (error) {
      this.current.value = before;
      throw error;
    }
    const { card } = /** @type {{card: ModelCard}} */ (this.current.value);
    try {
      const { id } = await this.#store.addModel({ name, bytes, card });
      this.current.value = { kind: 'loaded', ref: { kind: 'saved', id }, name, card };
      await this.#remember({ kind: 'saved', id });
      return { name, unsaved: null };
    } catch (error) {
      return { name, unsaved: asFailure(error) };
    }
  }

  /**
   * Takes the worker's new model, just trained, as the one in force and keeps it as a draft.
   * @param {string} name
   * @returns {Promise<{ref: ModelRef, bytes: Uint8Array, unsaved: Failure | null}>}
   */
  async adopt(name) {
    const { bytes, card } = await this.#client.request(REQUESTS.MODEL_SAVE, { name });
    this.#bytes = bytes;
    this.current.value = { kind: 'loaded', ref: UNKEPT, name, card };
    try {
      const { id } = await this.#store.addDraft({ name, bytes, card });
      const ref = /** @type {ModelRef} */ ({ kind: 'saved', id });
      this.current.value = { kind: 'loaded', ref, name, card };
      await this.#remember(ref);
      return { ref, bytes, unsaved: null };
    } catch (error) {
      return { ref: UNKEPT, bytes, unsaved: asFailure(error) };
    }
  }

  /** Saves a draft under a name. @param {ModelRef} ref @param {{name: string, bytes: Uint8Array, card: ModelCard}} model */
  async keep(ref, { name, bytes, card }) {
    const isKept = ref.kind === 'saved' && (await this.#store.model(ref.id));
    if (isKept) await this.#store.keepDraft(ref.id, name);
    else await this.#store.addModel({ name, bytes, card });
    const current = this.current.value;
    if (current.kind === 'loaded' && isSame(current.ref, ref)) this.current.value = { ...current, name };
    await this.#store.persist();
  }

  /** Gives a new worker the model in force, or the one that the dead worker did not live to load. */
  async restore() {
    const current = this.current.value;
    if (current.kind === 'failed') await this.choose(current.ref);
    if (current.kind === 'loaded' && this.#bytes) await this.#load(current.ref, current.name, this.#bytes);
  }

  /** @param {ModelRef} ref @param {string} name @param {Uint8Array} bytes */
  async #load(ref, name, bytes) {
    this.current.value = { kind: 'loading', ref, name };
    const card = await this.#client.request(REQUESTS.MODEL_LOAD, { bytes: bytes.slice(), name });
    this.#bytes = bytes;
    this.current.value = { kind: 'loaded', ref, name, card };
  }

  /** @param {ModelRef} ref @returns {Promise<{name: string, bytes: Uint8Array}>} */
  async #read(ref) {
    if (ref.kind === 'saved') {
      const model = await this.#store.model(ref.id);
      if (!model) throw new SaysoError('model_missing', 'This model is no longer saved in the browser.');
      return model;
    }
    const response = await fetch(new URL(ref.file, MODELS));
    if (!response.ok) throw new SaysoError('model_missing', `models/${ref.file}: ${response.status} ${response.statusText}`);
    const name = this.shipped.value.find(({ file }) => file === ref.file)?.name ?? ref.file;
    return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  /** @param {ModelRef} ref */
  async #choosable(ref) {
    if (ref.kind === 'shipped') return this.shipped.value.some(({ file }) => file === ref.file);
    return Boolean(await this.#store.model(ref.id).catch(() => undefined));
  }

  /** @param {ModelRef} ref */
  async #remember(ref) {
    await this.#store.setSetting('currentModel', ref).catch(() => {}); // only the next visit's first choice is lost
  }
}

/** @param {ModelRef} a @param {ModelRef} b */
function isSame(a, b) {
  return refKey(a) === refKey(b);
}

/** @param {ModelRef} ref a string that stands for it, as in a select's value */
export function refKey(ref) {
  return ref.kind === 'shipped' ? `shipped:${ref.file}` : `saved:${ref.id}`;
}

/** @param {string} key @returns {ModelRef} */
export function refOf(key) {
  const [kind, rest] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  return kind === 'shipped' ? { kind, file: rest } : { kind: 'saved', id: rest };
}
