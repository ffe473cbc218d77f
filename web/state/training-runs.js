/**
 * The runs of training that the browser keeps, so that one that was cut short can go on after a reload. Page only.
 *
 * @import {SavedCheckpoint} from '../storage/database.js'
 * @import {Store} from '../storage/store.js'
 * @import {AudioSource, Failure, History} from '../types.d.ts'
 * @import {TrainSettings} from '../worker/protocol.js'
 *
 * @typedef {{bytes: Uint8Array, iteration: number}} Checkpoint
 *
 * `stored` tells whether the browser keeps the run's audio, and so its checkpoints too. `stopping` is set once the
 * person asked the run to stop. `replaces` is the id of a stopped run that can be resumed until this one has begun.
 * @typedef {{runId: string, settings: TrainSettings, preset: string, commands: string[], sources: AudioSource[],
 *   history: History, checkpoint: Checkpoint | null, stored: boolean, stopping: boolean, replaces: string | null}} Run
 */
import { acquireRun, heldRuns } from '../storage/run-lock.js';
import { asFailure, SaysoError } from '../util/failure.js';
import { Observable } from '../util/observable.js';
import { historyUpTo } from './training-history.js';

export class TrainingRuns {
  /** A run that was cut short in an earlier visit. @type {Observable<SavedCheckpoint | null>} */
  offer = new Observable(/** @type {SavedCheckpoint | null} */ (null));
  #store;
  #warn;
  /**
   * The run that is under way here, or was stopped and is still shown; holding it keeps other tabs from it.
   * @type {{runId: string, release: () => Promise<void>} | null}
   */
  #held = null;
  /** Checkpoints are written one after another, so that the newest is the one that stays. */
  #writing = Promise.resolve();

  /** @param {Store} store @param {(failure: Failure) => void} warn told what the browser could not keep or forget */
  constructor(store, warn) {
    this.#store = store;
    this.#warn = warn;
  }

  /**
   * Looks for a run that an earlier visit left and no tab holds; forgets runs that ended before their first checkpoint.
   * @throws {SaysoError} storage errors of database.js
   */
  async findOffer() {
    // The order matters. A run is held before its audio is kept, and its audio is kept before its first checkpoint: a
    // run whose audio is found here is either held still, or has left whatever checkpoint it ever will.
    const runIds = await this.#store.audioRuns();
    const held = await heldRuns();
    const checkpoints = await this.#store.checkpoints();
    this.offer.value = checkpoints.find(({ runId }) => !held?.has(runId)) ?? null;
    const canResume = new Set(checkpoints.map(({ runId }) => runId));
    for (const runId of held ? runIds : []) {
      if (!canResume.has(runId) && !held?.has(runId)) await this.forget(runId);
    }
  }

  /**
   * Keeps other tabs from a run, and lets go of the one held before.
   * @param {string} runId
   * @throws {SaysoError} run_elsewhere
   */
  async hold(runId) {
    if (this.#held?.runId === runId) return;
    await this.release();
    const release = await acquireRun(runId);
    if (!release) throw new SaysoError('run_elsewhere', `Another tab is training this run (${runId.slice(0, 6)}).`);
    this.#held = { runId, release };
  }

  /** Lets other tabs take up the run held here, if there is one. */
  async release() {
    const held = this.#held;
    this.#held = null;
    await held?.release();
  }

  /**
   * Holds a run that was stopped or cut short, and returns it as it stands at its newest checkpoint.
   * @param {SavedCheckpoint} saved
   * @param {AudioSource[] | null} ownSources its audio, where this tab still has it
   * @returns {Promise<Run>}
   * @throws {SaysoError} run_elsewhere, audio_missing, and the storage errors of database.js
   */
  async takeUp(saved, ownSources) {
    await this.hold(saved.runId); // held first: until then another tab may replace the checkpoint
    const kept = await this.#store.checkpoint(saved.runId).catch(() => undefined);
    const newest = kept && kept.iteration > saved.iteration ? kept : saved;
    const { runId, settings, preset, commands, bytes, iteration, history } = newest;
    const sources = ownSources ?? (await this.#store.audio(runId))?.sources;
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
  }

  /**
   * Keeps the run's audio for a resume after a reload; where there is no room for it, the training goes on without.
   * @param {Run} run
   */
  async keepAudio(run) {
    if (run.stored) return;
    try {
      await this.#store.putAudio({ runId: run.runId, sources: run.sources });
      run.stored = true;
    } catch (error) {
      const { code, message } = asFailure(error);
      this.#warn({ code, message: `This training cannot be resumed after a reload: ${message}` });
    }
  }

  /**
   * Takes a run's newest checkpoint, and keeps it in the browser where its audio is kept.
   * @param {Run} run
   * @param {Checkpoint} checkpoint
   */
  keepCheckpoint(run, checkpoint) {
    run.checkpoint = checkpoint;
    if (!run.stored) return;
    this.#writing = this.#writing
      .then(() => this.#store.putCheckpoint(savedOf(run, checkpoint)))
      .catch((error) => {
        run.stored = false; // the person is told once; the checkpoint in memory still survives a worker's death
        this.#warn(asFailure(error));
      });
  }

  /** Resolves when the checkpoints taken so far are written, or have failed to be. */
  written() {
    return this.#writing;
  }

  /** Forgets a run, unless another tab has taken it up. @param {string} runId */
  async drop(runId) {
    const release = await acquireRun(runId);
    if (release) await this.forget(runId);
    await release?.();
  }

  /** Forgets a run's checkpoint and audio. @param {string} runId */
  async forget(runId) {
    await this.#store.deleteRun(runId).catch((error) => this.#warn(asFailure(error)));
  }
}

/**
 * A run at a checkpoint, as the browser keeps it.
 * @param {Run} run
 * @param {Checkpoint} checkpoint
 * @returns {SavedCheckpoint}
 */
export function savedOf({ runId, settings, preset, commands, history }, { bytes, iteration }) {
  return { runId, bytes, iteration, settings, preset, commands, history, saved: Date.now() };
}
