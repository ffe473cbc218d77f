/**
 * The models a person can choose from, and the one in force in the worker. Page only.
 *
 * @import {Failure} from '../types.d.ts'
 * @import {ModelCard} from '../worker/protocol.js'
 * @import {Client} from '../worker/client.js'
 * @import {Store} from '../storage/store.js'
 *
 * @typedef {{kind: 'shipped', file: string} | {kind: 'saved', id: string}} ModelRef
 * @typedef {{file: string, name: string, card: string}} ShippedModel
 * @typedef {{kind: 'loaded', ref: ModelRef, name: string, card: ModelCard}} LoadedModel
 * @typedef {{kind: 'none'} | {kind: 'loading', ref: ModelRef, name: string} | LoadedModel
 *   | {kind: 'failed', ref: ModelRef, name: string, failure: Failure}} CurrentModel
 */
import { asFailure, SaysoError } from '../util/failure.js';
import { Observable } from '../util/observable.js';
import { REQUESTS } from '../worker/protocol.js';
import { comesWithPage } from '../util/site.js';

const MODELS = new URL('../models/', import.meta.url);
/** Refers to the model in force while the browser has not kept it, or could not. @type {ModelRef} */
export const UNKEPT = { kind: 'saved', id: '' };

export class Library {
  /** @type {Observable<CurrentModel>} */
  current = new Observable(/** @type {CurrentModel} */ ({ kind: 'none' }));
  /** @type {Observable<ShippedModel[]>} */
  shipped = new Observable(/** @type {ShippedModel[]} */ ([]));
  #client;
  #store;
  /** The last state of `current` other than `loading`. @type {CurrentModel} */
  #settled = { kind: 'none' };
  /** Changes of the model are made one after another, so that the one asked for last stays. @type {Promise<unknown>} */
  #changing = Promise.resolve();
  /** Bytes of the model in force, to restore it in another worker. @type {Uint8Array | null} */
  #bytes = null;

  /** @param {Client} client @param {Store} store */
  constructor(client, store) {
    this.#client = client;
    this.#store = store;
  }

  /** Lists the models that came with the page, and loads the one used last. */
  async open() {
    const response = comesWithPage('models/index.json')
      ? await fetch(new URL('index.json', MODELS)).catch(() => null)
      : null;
    if (response?.ok) this.shipped.value = await response.json();
    const used = /** @type {ModelRef | undefined} */ (await this.#store.setting('currentModel').catch(() => undefined));
    const [first] = this.shipped.value;
    const canUse = used && (await this.#choosable(used));
    await this.#changing;
    if (this.current.value.kind !== 'none') return; // the person has chosen one meanwhile
    if (canUse) await this.choose(used);
    else if (first) await this.choose({ kind: 'shipped', file: first.file });
  }

  /** Makes a model the one in force; what went wrong shows in `current`. @param {ModelRef} ref */
  choose(ref) {
    return this.#inTurn(() => this.#choose(ref));
  }

  /** @param {ModelRef} ref */
  async #choose(ref) {
    let name = 'model';
    try {
      const found = await this.#read(ref);
      name = found.name;
      await this.#load(ref, name, found.bytes);
      this.#remember(ref); // not awaited, since listening waits for the visit's first choice
    } catch (error) {
      this.#settle({ kind: 'failed', ref, name, failure: asFailure(error) });
    }
  }

  /**
   * Loads a model file and keeps it in the browser where that can be done.
   * @param {File} file
   * @returns {Promise<{name: string, unsaved: Failure | null}>} `unsaved` is why it could not be kept
   * @throws {SaysoError} the worker's refusal; the model in force before is then still in force
   */
  import(file) {
    return this.#inTurn(() => this.#import(file));
  }

  /** @param {File} file */
  async #import(file) {
    const name = file.name.replace(/\.[^.]*$/, '');
    this.current.value = { kind: 'loading', ref: UNKEPT, name }; // at once, so that no listening begins before it
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const loaded = await this.#load(UNKEPT, name, bytes);
      const keep = async () =>
        (await this.#store.twinOf(bytes)) ?? this.#store.addModel({ name, bytes, card: loaded.card });
      return { name, unsaved: (await this.#keepCurrent(loaded, keep)).unsaved };
    } catch (error) {
      this.current.value = this.#settled;
      throw error;
    }
  }

  /**
   * Takes the worker's new model, just trained, as the one in force and keeps it as a draft.
   * @param {{bytes: Uint8Array, card: ModelCard}} trained
   * @returns {Promise<{ref: ModelRef, name: string, unsaved: Failure | null}>}
   */
  async adopt({ bytes, card }) {
    const name = await this.#freeName(card.name);
    this.#bytes = bytes;
    const adopted = this.#settle({ kind: 'loaded', ref: UNKEPT, name, card });
    return { name, ...(await this.#keepCurrent(adopted, () => this.#store.addDraft({ name, bytes, card }))) };
  }

  /**
   * Keeps the model in force in the browser; another may be chosen meanwhile.
   * @param {LoadedModel} model
   * @param {() => Promise<{id: string}>} keep
   * @returns {Promise<{ref: ModelRef, unsaved: Failure | null}>}
   */
  async #keepCurrent(model, keep) {
    try {
      const { id } = await keep();
      if (this.current.value === model) await this.#place(model, id);
      return { ref: { kind: 'saved', id }, unsaved: null };
    } catch (error) {
      return { ref: model.ref, unsaved: asFailure(error) };
    }
  }

  /** Gives the model in force its place in the browser. @param {LoadedModel} model @param {string} id */
  async #place(model, id) {
    const ref = /** @type {ModelRef} */ ({ kind: 'saved', id });
    this.#settle({ ...model, ref });
    await this.#remember(ref);
  }

  /**
   * Saves a draft, or a copy of what was saved before, under a name.
   * @param {ModelRef} ref
   * @param {{name: string, bytes: Uint8Array, card: ModelCard}} model
   */
  async keep(ref, { name, bytes, card }) {
    const known = ref.kind === 'saved' ? await this.#store.model(ref.id) : undefined;
    const kept = known ?? (await this.#store.twinOf(bytes));
    const isKept = kept?.draft ? await this.#store.keepDraft(kept.id, name) : kept?.name === name;
    const added = isKept ? null : await this.#store.addModel({ name, bytes, card });
    const current = this.current.value;
    const id = added?.id ?? kept?.id;
    if (current.kind === 'loaded' && isSame(current.ref, ref)) {
      if (id && isSame(ref, UNKEPT)) await this.#place({ ...current, name }, id);
      else if (isKept) this.#settle({ ...current, name });
    }
    this.#store.persist().catch(() => {}); // nothing depends on it, and the browser may ask the person first
  }

  /** Gives a new worker the model in force, or the one that the dead worker did not live to load. */
  restore() {
    return this.#inTurn(() => this.#restore());
  }

  async #restore() {
    const current = this.current.value;
    if (current.kind === 'failed') await this.#choose(current.ref);
    if (current.kind !== 'loaded' || !this.#bytes) return;
    try {
      await this.#load(current.ref, current.name, this.#bytes);
    } catch (error) {
      this.current.value = this.#settled; // still `loaded`, so that the next worker is given the model
      throw error;
    }
  }

  /** @template T @param {() => Promise<T>} change @returns {Promise<T>} */
  #inTurn(change) {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => {}); // whoever asked for the change is told
    return changed;
  }

  /** @param {ModelRef} ref @param {string} name @param {Uint8Array} bytes */
  async #load(ref, name, bytes) {
    this.current.value = { kind: 'loading', ref, name };
    const card = await this.#client.request(REQUESTS.MODEL_LOAD, { bytes, name });
    this.#bytes = bytes;
    return this.#settle({ kind: 'loaded', ref, name, card });
  }

  /** @template {CurrentModel} T @param {T} model */
  #settle(model) {
    this.#settled = this.current.value = model;
    return model;
  }

  /** The name, with the first number that sets it apart where a saved model has it already. @param {string} name */
  async #freeName(name) {
    const taken = new Set((await this.#store.models().catch(() => [])).map((model) => model.name));
    let free = name;
    for (let n = 2; taken.has(free); n += 1) free = `${name} ${n}`;
    return free;
  }

  /** @param {ModelRef} ref @returns {Promise<{name: string, bytes: Uint8Array}>} @throws {SaysoError} model_missing */
  async #read(ref) {
    if (ref.kind === 'saved') {
      const model = await this.#store.model(ref.id);
      if (!model) throw new SaysoError('model_missing', 'This model is no longer saved in the browser.');
      return model;
    }
    const response = await fetch(new URL(ref.file, MODELS));
    if (!response.ok)
      throw new SaysoError('model_missing', `models/${ref.file}: ${response.status} ${response.statusText}`);
    const name = this.shipped.value.find(({ file }) => file === ref.file)?.name ?? ref.file;
    return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  /** Whether there is a model that the reference names. @param {ModelRef} ref */
  async #choosable(ref) {
    if (ref.kind === 'shipped') return this.shipped.value.some(({ file }) => file === ref.file);
    return Boolean(await this.#store.model(ref.id).catch(() => undefined));
  }

  /** @param {ModelRef} ref */
  async #remember(ref) {
    // if this fails, the next visit only starts with another choice
    await this.#store.setSetting('currentModel', ref).catch(() => {});
  }
}

/** @param {ModelRef} a @param {ModelRef} b */
function isSame(a, b) {
  return refKey(a) === refKey(b);
}

/** A string that stands for the reference, as a select's value does. @param {ModelRef} ref */
export function refKey(ref) {
  return ref.kind === 'shipped' ? `shipped:${ref.file}` : `saved:${ref.id}`;
}

/** The reference that a string of `refKey` stands for. @param {string} key @returns {ModelRef} */
export function refOf(key) {
  const [kind, rest] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  return kind === 'shipped' ? { kind, file: rest } : { kind: 'saved', id: rest };
}
