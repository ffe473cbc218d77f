/**
 * One training run at a time: prepare, train, checkpoint, survive the worker's death, evaluate. Page only.
 *
 * @import {AudioSource, Failure, History} from '../types.d.ts'
 * @import {TrainProgress, TrainResult, TrainSettings} from '../worker/protocol.js'
 * @import {Client} from '../worker/client.js'
 * @import {Store} from '../storage/store.js'
 * @import {Library, ModelRef} from './library.js'
 * @import {Preparation} from './preparation.js'
 * @import {TrainingAudio} from './training-audio.js'
 * @import {SavedCheckpoint} from '../storage/database.js'
 *
 * `resumable` is set after a stop: the run can go on where it ended.
 * @typedef {{kind: 'idle', failure?: Failure}
 *   | {kind: 'preparing'}
 *   | {kind: 'training', step: 'running' | 'stopping' | 'recovering', progress: TrainProgress | null, history: History}
 *   | {kind: 'trained', result: TrainResult, ref: ModelRef, name: string, history: History,
 *     resumable: SavedCheckpoint | null}
 *   } TrainingState
 *
 * `replaces` is a stopped run that can be resumed until this one has begun.
 * @typedef {{runId: string, settings: TrainSettings, preset: string, commands: string[], sources: AudioSource[],
 *   history: History, checkpoint: {bytes: Uint8Array, iteration: number} | null, stored: boolean,
 *   stopping: boolean, replaces: string | null}} Run
 */
import { asFailure, hasCode, SaysoError } from '../util/failure.js';
import { newId } from '../util/ids.js';
import { Observable } from '../util/observable.js';
import { EVENTS, REQUESTS } from '../worker/protocol.js';
import { acquireRun, heldRuns } from '../storage/run-lock.js';
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
  /** Keeps other tabs from the run under way, or stopped and shown here. @type {{runId: string, release: () => Promise<void>} | null} */
  #hold = null;
  /** Ends a preparation. */
  #abort = new AbortController();
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
    const runIds = await this.#store.audioRuns(); // in this order: a run is held, its audio kept, then its first checkpoint
    const held = await heldRuns();
    const checkpoints = await this.#store.checkpoints();
    this.offer.value = checkpoints.find(({ runId }) => !held?.has(runId)) ?? null;
    const canResume = new Set(checkpoints.map(({ runId }) => runId));
    for (const runId of held ? runIds : []) {
      if (!canResume.has(runId) && !held?.has(runId)) await this.#forget(runId); // it ended before its first checkpoint
    }
  }

  /**
   * Trains a model.
   * @param {TrainSettings} settings
   * @param {string} preset
   * @param {string[]} commands
   * @param {AudioSource[]} sources what to train on; it need not be loaded yet
   */
  async train(settings, preset, commands, sources) {
    const previous = this.state.value;
    const replaces = previous.kind === 'trained' && previous.resumable ? previous.resumable.runId : null;
    await this.#carryOut(async () => ({
      runId: newId(),
      settings,
      preset,
      commands,
      sources,
      history: emptyHistory(),
      checkpoint: null,
      stored: false,
      stopping: false,
      replaces,
    }));
  }

  /** Goes on with a run that was stopped or cut short. @param {SavedCheckpoint} saved */
  async resume(saved) {
    await this.#carryOut(async () => {
      await this.#acquire(saved.runId); // first: another tab may have taken it further since it was offered
      const kept = await this.#store.checkpoint(saved.runId).catch(() => undefined);
      const newest = kept && kept.iteration > saved.iteration ? kept : saved;
      const { runId, settings, preset, commands, bytes, iteration, history } = newest;
      const own = this.#run?.runId === runId ? this.#run.sources : null;
      const sources = own ?? (await this.#store.audio(runId))?.sources;
      if (!sources) {
        throw new SaysoError(
          'audio_missing',
          `The audio of the training at iteration ${iteration} is no longer in the browser.`,
        );
      }
      return {
        runId,
        settings,
        preset,
        commands,
        sources,
        history: historyUpTo(history, iteration),
        checkpoint: { bytes, iteration },
        stored: true,
        stopping: false,
        replaces: null,
      };
    });
  }

  /** Forgets a run that was offered, unless another tab has taken it up since. @param {SavedCheckpoint} saved */
  async discard({ runId }) {
    await this.#drop(runId);
    await this.findOffer();
  }

  /** Ends a preparation at once; has a training finish early with its evaluation, after the iteration it is at. */
  stop() {
    const state = this.state.value;
    if (state.kind === 'preparing') {
      this.#abort.abort();
      this.#preparation.cancel();
    } else if (state.kind === 'training' && state.step === 'running' && this.#run) {
      this.#run.stopping = true;
      this.state.value = { ...state, step: 'stopping' };
    }
  }

  /** Sees a run through, one at a time. @param {() => Promise<Run>} makeRun */
  async #carryOut(makeRun) {
    if (this.isBusy) return;
    this.state.value = { kind: 'preparing' };
    this.#abort = new AbortController();
    try {
      const run = await makeRun();
      await this.#acquire(run.runId);
      this.#run = run;
      await this.#finish(run, await this.#persevere(run, this.#abort.signal));
    } catch (error) {
      const failure = asFailure(error);
      await this.#release();
      await this.findOffer().catch(() => {});
      this.state.value = failure.code === 'cancelled' ? { kind: 'idle' } : { kind: 'idle', failure };
    }
  }

  /** @param {string} runId @throws {SaysoError} run_elsewhere */
  async #acquire(runId) {
    if (this.#hold?.runId === runId) return;
    await this.#release();
    const release = await acquireRun(runId);
    if (!release) throw new SaysoError('run_elsewhere', `Another tab is training this run (${runId.slice(0, 6)}).`);
    this.#hold = { runId, release };
  }

  async #release() {
    const hold = this.#hold;
    this.#hold = null;
    await hold?.release();
  }

  /**
   * Trains to the end, in another worker if one dies on the way.
   * @param {Run} run
   * @param {AbortSignal} signal ends its preparation
   * @returns {Promise<TrainResult>}
   */
  async #persevere(run, signal) {
    for (let recoveries = 0, reached = 0; ;) {
      try {
        await this.#prepare(run, signal);
        await this.#storeAudio(run);
        signal.throwIfAborted();
        const [result] = await Promise.all([this.#trainOnce(run), run.replaces && this.#drop(run.replaces)]);
        return result;
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

  /** @param {Run} run @param {AbortSignal} signal */
  async #prepare({ sources, preset, commands }, signal) {
    signal.throwIfAborted();
    await this.#audio.hold(sources, signal);
    signal.throwIfAborted();
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
  #trainOnce({ settings, checkpoint, history, stopping }) {
    this.state.value = { kind: 'training', step: stopping ? 'stopping' : 'running', progress: null, history };
    if (!checkpoint) return this.#client.request(REQUESTS.TRAIN_RUN, settings);
    return this.#client.request(REQUESTS.TRAIN_RESUME, {
      checkpoint: checkpoint.bytes,
      nIterations: settings.nIterations,
    });
  }

  /** @param {TrainProgress} progress */
  #progress(progress) {
    const state = this.state.value;
    if (state.kind !== 'training') return;
    // Told now, when the worker is sure to be training; what it still sends on its way to the end may tell it again.
    if (state.step === 'stopping') this.#client.request(REQUESTS.TRAIN_STOP, {}).catch(() => {});
    addPoint(state.history, progress);
    const now = performance.now();
    if (now - this.#shownAt < SHOW_EVERY_MS && progress.accuracy === null && progress.iteration < progress.nIterations)
      return;
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
    let adopted = await this.#library.adopt(result);
    await this.#writing;
    const resumable = result.reason === 'stopped' && run.checkpoint ? savedOf(run, run.checkpoint) : null;
    if (!resumable) {
      await this.#forget(run.runId);
      if (adopted.unsaved) adopted = await this.#library.adopt(result); // its audio makes room
      await this.#release();
    }
    const { ref, name, unsaved } = adopted;
    if (unsaved) this.#warn(unsaved);
    if (this.offer.value?.runId === run.runId) this.offer.value = null;
    this.state.value = { kind: 'trained', result, ref, name, history: run.history, resumable };
  }

  /** Forgets a run, unless another tab has taken it up. @param {string} runId */
  async #drop(runId) {
    const release = await acquireRun(runId);
    if (release) await this.#forget(runId);
    await release?.();
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
