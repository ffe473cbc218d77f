/**
 * One training run at a time: prepare, train, checkpoint, survive the worker's death, evaluate. Page only.
 *
 * @import {Failure, TrainProgress, TrainResult, TrainSettings} from './protocol.js'
 * @import {Client} from './client.js'
 * @import {Store} from './store.js'
 * @import {Library, ModelRef} from './library.js'
 * @import {Preparation} from './preparation.js'
 * @import {AudioSource, TrainingAudio} from './training-audio.js'
 * @import {SavedCheckpoint} from './database.js'
 * @import {History} from './training-history.js'
 *
 * `resumable` is set after a stop: the run can go on where it ended.
 * @typedef {{kind: 'idle', failure?: Failure}
 *   | {kind: 'preparing'}
 *   | {kind: 'training', step: 'running' | 'stopping' | 'recovering', progress: TrainProgress | null, history: History}
 *   | {kind: 'trained', result: TrainResult, ref: ModelRef, bytes: Uint8Array, history: History,
 *     resumable: SavedCheckpoint | null}
 *   } TrainingState
 *
 * @typedef {{runId: string, settings: TrainSettings, preset: string, commands: string[], sources: AudioSource[],
 *   history: History, checkpoint: {bytes: Uint8Array, iteration: number} | null, stored: boolean}} Run
 */
import { asFailure, hasCode, SaysoError } from './failure.js';
import { newId } from './ids.js';
import { Observable } from './observable.js';
import { EVENTS, REQUESTS } from './protocol.js';
import { acquireRun, heldRuns } from './run-lock.js';
import { addPoint, emptyHistory, historyUpTo } from './training-history.js';

/** Steps come quicker than anyone reads. */
const SHOW_EVERY_MS = 100;
/** Workers a run may lose without getting further before it gives up. */
const MAX_RECOVERIES = 2;

export class Training {
  /** @type {Observable<TrainingState>} */
  state = new Observable(/** @type {TrainingState} */ ({ kind: 'idle' }));
  /** A run cut short in an earlier visit. @type {Observable<SavedCheckpoint | null>} */
  offer = new Observable(/** @type {SavedCheckpoint | null} */ (null));
  #client;
  #store;
  #audio;
  #preparation;
  #library;
  #warn;
  /** @type {Run | null} */
  #run = null;
  #shownAt = 0;
  /** Checkpoints are written one after another, so that the newest is the one that stays. */
  #writing = Promise.resolve();

  /**
   * @param {{client: Client, store: Store, audio: TrainingAudio, preparation: Preparation, library: Library,
   *   warn: (failure: Failure) => void}} parts
   */
  constructor({ client, store, audio, preparation, library, warn }) {
    this.#client = client;
    this.#store = store;
    this.#audio = audio;
    this.#preparation = preparation;
    this.#library = library;
    this.#warn = warn;
    client.on(EVENTS.TRAIN_PROGRESS, (progress) => this.#progress(progress));
    client.on(EVENTS.TRAIN_CHECKPOINT, (checkpoint) => this.#keep(checkpoint));
  }

  get isBusy() {
    return this.state.value.kind === 'preparing' || this.state.value.kind === 'training';
  }

  /** Looks for a run that an earlier visit left and no other tab holds. */
  async findOffer() {
    const [checkpoints, held] = await Promise.all([this.#store.checkpoints(), heldRuns()]);
    this.offer.value = checkpoints.find(({ runId }) => !held.has(runId)) ?? null;
  }

  /** Trains a new model on the audio chosen. @param {TrainSettings} settings @param {string} preset @param {string[]} commands */
  async train(settings, preset, commands) {
    if (this.isBusy) return;
    const previous = this.state.value;
    if (previous.kind === 'trained' && previous.resumable) await this.#forget(previous.resumable.runId);
    await this.#carryOut({
      runId: newId(), settings, preset, commands, sources: this.#audio.sources, history: emptyHistory(), checkpoint: null, stored: false,
    });
  }

  /** Goes on with a run that was stopped or cut short. @param {SavedCheckpoint} saved */
  async resume(saved) {
    if (this.isBusy) return;
    const { runId, settings, preset, commands, bytes, iteration } = saved;
    const own = this.#run?.runId === runId ? this.#run.sources : null;
    const sources = own ?? (await this.#store.audio(runId))?.sources;
    if (!sources) {
      const message = `The audio of the training at iteration ${iteration} is no longer in the browser.`;
      this.state.value = { kind: 'idle', failure: { code: 'audio_missing', message } };
      return;
    }
    this.offer.value = null;
    await this.#carryOut({
      runId, settings, preset, commands, sources, history: historyUpTo(saved.history, iteration), checkpoint: { bytes, iteration }, stored: true,
    });
  }

  /** Forgets a run that was offered, unless another tab has taken it up since. @param {SavedCheckpoint} saved */
  async discard({ runId }) {
    const release = await acquireRun(runId);
    if (release) await this.#forget(runId);
    release?.();
    await this.findOffer();
  }

  /** Ends a preparation at once; asks a training to finish early with its evaluation. */
  stop() {
    const state = this.state.value;
    if (state.kind === 'preparing') {
      this.#audio.cancel();
      this.#preparation.cancel();
    } else if (state.kind === 'training' && state.step === 'running') {
      this.state.value = { ...state, step: 'stopping' };
      this.#client.request(REQUESTS.TRAIN_STOP, {}).catch((error) => this.#warn(asFailure(error)));
    }
  }

  /** @param {Run} run */
  async #carryOut(run) {
    this.state.value = { kind: 'preparing' };
    const release = await acquireRun(run.runId);
    if (!release) {
      const message = `Another tab is training this run (${run.runId.slice(0, 6)}).`;
      this.state.value = { kind: 'idle', failure: { code: 'run_elsewhere', message } };
      return;
    }
    this.#run = run;
    try {
      await this.#finish(run, await this.#persevere(run));
    } catch (error) {
      const failure = asFailure(error);
      this.state.value = failure.code === 'cancelled' ? { kind: 'idle' } : { kind: 'idle', failure };
      await this.findOffer().catch(() => {});
    } finally {
      release();
    }
  }

  /** Trains to the end, in another worker if one dies on the way. @param {Run} run @returns {Promise<TrainResult>} */
  async #persevere(run) {
    for (let recoveries = 0, reached = 0; ; ) {
      try {
        await this.#prepare(run);
        await this.#storeAudio(run);
        return await this.#trainOnce(run);
      } catch (error) {
        const iteration = run.checkpoint?.iteration ?? 0;
        recoveries = iteration > reached ? 1 : recoveries + 1;
        reached = iteration;
        if (!hasCode(error, 'worker_died') || recoveries > MAX_RECOVERIES) throw error;
        run.history = historyUpTo(run.history, iteration);
        this.state.value = { kind: 'training', step: 'recovering', progress: null, history: run.history };
      }
    }
  }

  /** @param {Run} run */
  async #prepare({ sources, preset, commands }) {
    const isLoaded = this.#audio.sources === sources && this.#audio.generation === this.#client.state.value.generation;
    if (!isLoaded) await this.#audio.load(sources);
    await this.#preparation.ensure(preset, commands);
  }

  /** Keeps the run's audio for a resume after a reload; training goes on without. @param {Run} run */
  async #storeAudio(run) {
    if (run.stored) return;
    try {
      await this.#store.putAudio({ runId: run.runId, sources: run.sources });
      run.stored = true;
    } catch (error) {
      const { code, message } = asFailure(error);
      this.#warn({ code, message: `This training cannot be resumed after a reload: ${message}` });
    }
  }

  /** @param {Run} run */
  #trainOnce({ settings, checkpoint, history }) {
    this.state.value = { kind: 'training', step: 'running', progress: null, history };
    if (!checkpoint) return this.#client.request(REQUESTS.TRAIN_RUN, settings);
    const bytes = checkpoint.bytes.slice();
    return this.#client.request(REQUESTS.TRAIN_RESUME, { checkpoint: bytes, nIterations: settings.nIterations });
  }

  /** @param {TrainProgress} progress */
  #progress(progress) {
    const state = this.state.value;
    if (state.kind !== 'training') return;
    addPoint(state.history, progress);
    const now = performance.now();
    if (now - this.#shownAt < SHOW_EVERY_MS && progress.accuracy === null && progress.iteration < progress.nIterations) return;
    this.#shownAt = now;
    this.state.value = { ...state, progress };
  }

  /** @param {{bytes: Uint8Array, iteration: number}} checkpoint */
  #keep(checkpoint) {
    const run = this.#run;
    if (!run || this.state.value.kind !== 'training') return;
    run.checkpoint = checkpoint;
    if (!run.stored) return;
    this.#writing = this.#writing
      .then(() => this.#store.putCheckpoint(savedOf(run, checkpoint)))
      .catch((error) => {
        run.stored = false; // said once; the checkpoint in memory still outlives a worker
        this.#warn(asFailure(error));
      });
  }

  /** @param {Run} run @param {TrainResult} result */
  async #finish(run, result) {
    const { ref, bytes, unsaved } = await this.#library.adopt(run.commands.join(' / '));
    if (unsaved) this.#warn(unsaved);
    await this.#writing;
    const resumable = result.reason === 'stopped' && run.checkpoint ? savedOf(run, run.checkpoint) : null;
    if (!resumable) await this.#forget(run.runId);
    this.state.value = { kind: 'trained', result, ref, bytes, history: run.history, resumable };
  }

  /** @param {string} runId */
  async #forget(runId) {
    await this.#store.deleteRun(runId).catch((error) => this.#warn(asFailure(error)));
  }
}

/** @param {Run} run @param {{bytes: Uint8Array, iteration: number}} checkpoint @returns {SavedCheckpoint} */
function savedOf({ runId, settings, preset, commands, history }, { bytes, iteration }) {
  return { runId, bytes, iteration, settings, preset, commands, history, saved: Date.now() };
}
