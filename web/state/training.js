/**
 * One training run at a time: prepare, train, take checkpoints, survive the worker's death, evaluate. Page only.
 *
 * @import {SavedCheckpoint} from '../storage/database.js'
 * @import {Store} from '../storage/store.js'
 * @import {AudioSource, Failure, History, Progress} from '../types.d.ts'
 * @import {Client, RequestOptions} from '../worker/client.js'
 * @import {TrainProgress, TrainResult, TrainSettings} from '../worker/protocol.js'
 * @import {Library, ModelRef} from './library.js'
 * @import {Preparation} from './preparation.js'
 * @import {TrainingAudio} from './training-audio.js'
 * @import {Run} from './training-runs.js'
 *
 * `job` is what goes on before the first iteration or after the last. `resumable` is set after a stop: the run can go
 * on where it ended.
 * @typedef {{kind: 'idle', failure?: Failure}
 *   | {kind: 'preparing'}
 *   | {kind: 'training', step: 'running' | 'stopping' | 'recovering', progress: TrainProgress | null, job: Progress | null,
 *     history: History}
 *   | {kind: 'trained', result: TrainResult, ref: ModelRef, name: string, history: History,
 *     resumable: SavedCheckpoint | null}
 *   } TrainingState
 */
import { asFailure, hasCode } from '../util/failure.js';
import { newId } from '../util/ids.js';
import { Observable } from '../util/observable.js';
import { EVENTS, REQUESTS } from '../worker/protocol.js';
import { addPoint, emptyHistory, historyUpTo } from './training-history.js';
import { savedOf, TrainingRuns } from './training-runs.js';

/** Steps are shown at most this often: they come quicker than anyone reads. */
const SHOW_EVERY_MS = 100;
/** A run gives up when it has lost more workers than this without getting further. */
const MAX_RECOVERIES = 2;

export class Training {
  /** @type {Observable<TrainingState>} */
  state = new Observable(/** @type {TrainingState} */ ({ kind: 'idle' }));
  /** A run that was cut short in an earlier visit. @type {Observable<SavedCheckpoint | null>} */
  offer;
  #client;
  #audio;
  #preparation;
  #library;
  #warn;
  #runs;
  /** The run under way, or else the last one. @type {Run | null} */
  #run = null;
  /** Ends a preparation. */
  #abort = new AbortController();
  /** When progress was last shown, in milliseconds of performance.now(). */
  #shownAt = 0;

  /**
   * @param {{client: Client, store: Store, audio: TrainingAudio, preparation: Preparation, library: Library,
   *   warn: (failure: Failure) => void}} parts
   */
  constructor({ client, store, audio, preparation, library, warn }) {
    this.#client = client;
    this.#audio = audio;
    this.#preparation = preparation;
    this.#library = library;
    this.#warn = warn;
    this.#runs = new TrainingRuns(store, warn);
    this.offer = this.#runs.offer;
    client.on(EVENTS.TRAIN_PROGRESS, (progress) => this.#progress(progress));
    client.on(EVENTS.TRAIN_CHECKPOINT, (checkpoint) => {
      if (this.#run && this.state.value.kind === 'training') this.#runs.keepCheckpoint(this.#run, checkpoint);
    });
  }

  get isBusy() {
    return this.state.value.kind === 'preparing' || this.state.value.kind === 'training';
  }

  /** Looks for a run that an earlier visit left and no tab holds. @throws {SaysoError} storage errors of database.js */
  findOffer() {
    return this.#runs.findOffer();
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
    const own = this.#run?.runId === saved.runId ? this.#run.sources : null;
    await this.#carryOut(() => this.#runs.takeUp(saved, own));
  }

  /** Forgets a run that was offered, unless another tab has taken it up since. @param {SavedCheckpoint} saved */
  async discard({ runId }) {
    await this.#runs.drop(runId);
    await this.findOffer();
  }

  /** Ends a preparation at once; a training finishes early, after the iteration it is at, with its evaluation. */
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

  /** Sees a run through; does nothing while another is. @param {() => Promise<Run>} makeRun */
  async #carryOut(makeRun) {
    if (this.isBusy) return;
    this.state.value = { kind: 'preparing' };
    this.#abort = new AbortController();
    try {
      const run = await makeRun();
      await this.#runs.hold(run.runId);
      this.#run = run;
      await this.#finish(run, await this.#persevere(run, this.#abort.signal));
    } catch (error) {
      const failure = asFailure(error);
      await this.#runs.release();
      await this.findOffer().catch(() => {});
      this.state.value = failure.code === 'cancelled' ? { kind: 'idle' } : { kind: 'idle', failure };
    }
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
        await this.#runs.keepAudio(run);
        signal.throwIfAborted();
        const [result] = await Promise.all([this.#trainOnce(run), run.replaces && this.#runs.drop(run.replaces)]);
        return result;
      } catch (error) {
        const iteration = run.checkpoint?.iteration ?? 0;
        recoveries = iteration > reached ? 1 : recoveries + 1;
        reached = iteration;
        if (!hasCode(error, 'worker_died') || recoveries > MAX_RECOVERIES) throw error;
        run.history = historyUpTo(run.history, iteration);
        this.state.value = { kind: 'training', step: 'recovering', progress: null, job: null, history: run.history };
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

  /** @param {Run} run */
  #trainOnce({ settings, checkpoint, history, stopping }) {
    this.state.value = {
      kind: 'training',
      step: stopping ? 'stopping' : 'running',
      progress: null,
      job: null,
      history,
    };
    /** @type {RequestOptions} */
    const options = { onProgress: (job) => this.#jobProgress(job) };
    if (!checkpoint) return this.#client.request(REQUESTS.TRAIN_RUN, settings, options);
    const resumed = { checkpoint: checkpoint.bytes, nIterations: settings.nIterations };
    return this.#client.request(REQUESTS.TRAIN_RESUME, resumed, options);
  }

  /** @param {Progress} job */
  #jobProgress(job) {
    const state = this.state.value;
    if (state.kind !== 'training') return;
    this.#stopIfAsked();
    this.state.value = { ...state, job };
  }

  /**
   * The worker is told to stop when it reports progress, since it is sure to be training then. Progress that it still
   * sends on its way to the end tells it again, which does no harm.
   */
  #stopIfAsked() {
    const state = this.state.value;
    if (state.kind === 'training' && state.step === 'stopping')
      this.#client.request(REQUESTS.TRAIN_STOP, {}).catch(() => {});
  }

  /** @param {TrainProgress} progress */
  #progress(progress) {
    const state = this.state.value;
    if (state.kind !== 'training') return;
    this.#stopIfAsked();
    addPoint(state.history, progress);
    const now = performance.now();
    if (now - this.#shownAt < SHOW_EVERY_MS && progress.accuracy === null && progress.iteration < progress.nIterations)
      return;
    this.#shownAt = now;
    this.state.value = { ...state, progress, job: null };
  }

  /** @param {Run} run @param {TrainResult} result */
  async #finish(run, result) {
    let adopted = await this.#library.adopt(result);
    await this.#runs.written();
    const resumable = result.reason === 'stopped' && run.checkpoint ? savedOf(run, run.checkpoint) : null;
    if (!resumable) {
      await this.#runs.forget(run.runId);
      if (adopted.unsaved) adopted = await this.#library.adopt(result); // there may be room without the run's audio
      await this.#runs.release();
    }
    const { ref, name, unsaved } = adopted;
    if (unsaved) this.#warn(unsaved);
    if (this.offer.value?.runId === run.runId) this.offer.value = null;
    this.state.value = { kind: 'trained', result, ref, name, history: run.history, resumable };
  }
}
