/**
 * Turning the audio chosen into features, whenever what they depend on changes. Page only.
 *
 * @import {Failure, Progress} from '../types.d.ts'
 * @import {Prepared} from '../worker/protocol.js'
 * @import {Client} from '../worker/client.js'
 * @import {TrainingAudio} from './training-audio.js'
 *
 * @typedef {{kind: 'none', failure?: Failure} | {kind: 'running', progress: Progress}
 *   | {kind: 'ready', prepared: Prepared}} PreparationState
 */
import { asFailure } from '../util/failure.js';
import { Observable } from '../util/observable.js';
import { REQUESTS } from '../worker/protocol.js';

export class Preparation {
  /** @type {Observable<PreparationState>} */
  state = new Observable(/** @type {PreparationState} */ ({ kind: 'none' }));
  #client;
  #abort = new AbortController();
  /** The preset, commands and worker that the features are made for, as JSON; '' without features. */
  #of = '';
  /** @type {Promise<void>} */
  #done = Promise.resolve();

  /** @param {Client} client @param {TrainingAudio} audio */
  constructor(client, audio) {
    this.#client = client;
    audio.state.subscribe(() => this.forget());
  }

  /**
   * Sees to it that the present audio has its features; a preparation for other choices is cancelled.
   * @param {string} preset
   * @param {string[]} commands
   * @throws {SaysoError} the worker's refusal, or `cancelled`
   */
  ensure(preset, commands) {
    const of = JSON.stringify([preset, commands, this.#client.state.value.generation]);
    if (of === this.#of) return this.#done;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#of = of;
    this.#done = this.#prepare(preset, commands, this.#abort.signal);
    return this.#done;
  }

  /** Ends the preparation under way, if there is one. */
  cancel() {
    this.#abort.abort();
  }

  /** @param {string} preset @param {string[]} commands @param {AbortSignal} signal */
  async #prepare(preset, commands, signal) {
    /** Whether a later preparation, or other audio, has taken this one's place. */
    const isOver = () => this.#abort.signal !== signal;
    /** @param {Progress} progress */
    const show = (progress) => {
      if (!isOver()) this.state.value = { kind: 'running', progress };
    };
    show({ label: 'Computing features', done: 0, total: 1 });
    try {
      const prepared = await this.#client.request(
        REQUESTS.CLIPS_PREPARE,
        { preset, commands },
        { signal, onProgress: show },
      );
      if (!isOver()) this.state.value = { kind: 'ready', prepared };
    } catch (error) {
      if (!isOver()) {
        const failure = asFailure(error);
        this.#of = '';
        this.state.value = failure.code === 'cancelled' ? { kind: 'none' } : { kind: 'none', failure };
      }
      throw error;
    }
  }

  /** Forgets what was prepared, or went wrong, since other audio will be trained on. */
  forget() {
    const state = this.state.value;
    if (state.kind === 'none' && !state.failure) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#of = '';
    this.state.value = { kind: 'none' };
  }
}
