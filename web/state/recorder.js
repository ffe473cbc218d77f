/**
 * Recording a word with the microphone, in a series of takes that Python checks one by one. Page only.
 *
 * A take goes through `ready` (the person gets ready), `speak` (it is recorded) and `checking`. `refusal` is why the
 * attempt before was of no use, so that the take is tried again. A series that failed leaves the reason in `idle`.
 * @typedef {{kind: 'idle', word: string, failure: Failure | null}
 *   | {kind: 'opening' | 'ready' | 'speak' | 'checking', word: string, take: number, nTakes: number,
 *     refusal: Failure | null}} RecorderState
 *
 * @import {Failure} from '../types.d.ts'
 * @import {Block, CheckedTake} from '../worker/protocol.js'
 * @import {Client} from '../worker/client.js'
 * @import {Microphone} from '../audio/mic.js'
 */
import { asFailure, SaysoError } from '../util/failure.js';
import { openMicrophone } from '../audio/mic.js';
import { Observable } from '../util/observable.js';
import { REQUESTS } from '../worker/protocol.js';

/** The length of a take. */
export const TAKE_MS = 2_000;
/** The time to get ready for a take. */
const READY_MS = 900;
/** The time to read why a take was refused. */
const REFUSED_MS = 3_000;
/** A microphone that sends nothing for this long has stalled. */
const STALLED_MS = 3_000;
/** A series ends after this many refusals in a row. */
const MAX_REFUSALS = 2;

export class Recorder {
  /** @type {Observable<RecorderState>} */
  state = new Observable(/** @type {RecorderState} */ ({ kind: 'idle', word: '', failure: null }));
  #client;
  #keep;
  #abort = new AbortController();
  #done = Promise.resolve();

  /**
   * @param {Client} client
   * @param {(word: string, take: CheckedTake) => Promise<void>} keep called with each good take
   */
  constructor(client, keep) {
    this.#client = client;
    this.#keep = keep;
  }

  get isActive() {
    return this.state.value.kind !== 'idle';
  }

  /**
   * Records `nTakes` takes of a word; does nothing while it records already.
   * @param {string} word
   * @param {number} nTakes
   * @param {string} deviceId '' for the system's default
   * @param {Promise<void>} quiet resolves when nothing else uses the microphone
   */
  start(word, nTakes, deviceId, quiet) {
    if (this.isActive) return;
    this.#abort = new AbortController();
    this.#done = this.#record(word, nTakes, deviceId, quiet);
  }

  /** Ends the series and keeps the takes before the one under way. Resolves when the microphone is released. */
  stop() {
    this.#abort.abort();
    return this.#done;
  }

  /** @param {string} word @param {number} nTakes @param {string} deviceId @param {Promise<void>} quiet */
  async #record(word, nTakes, deviceId, quiet) {
    const abort = this.#abort;
    /** @type {Microphone | null} */
    let microphone = null;
    /** @type {Failure | null} */
    let failure = null;
    this.state.value = { kind: 'opening', word, take: 1, nTakes, refusal: null };
    try {
      await Promise.race([quiet, aborted(abort.signal)]);
      const opening = openMicrophone(deviceId, abort.signal, (lost) => abort.abort(lost));
      microphone = await Promise.race([opening, aborted(abort.signal)]); // the browser's prompt may stay unanswered
      failure = await this.#series(word, nTakes, microphone, abort.signal);
    } catch (error) {
      const reason = abort.signal.reason instanceof SaysoError ? abort.signal.reason : error;
      if (asFailure(reason).code !== 'cancelled') failure = asFailure(reason);
    }
    await microphone?.close().catch(() => {}); // a microphone that was lost is closed already
    this.state.value = { kind: 'idle', word, failure };
  }

  /**
   * @param {string} word @param {number} nTakes @param {Microphone} microphone @param {AbortSignal} signal
   * @returns {Promise<Failure | null>} why the series ended before its last take
   */
  async #series(word, nTakes, { port, sampleRateHz }, signal) {
    /** @type {Failure | null} */
    let refusal = null;
    const nSamples = Math.round((TAKE_MS / 1000) * sampleRateHz);
    for (let take = 1, nRefused = 0; take <= nTakes;) {
      const show = (/** @type {'ready' | 'speak' | 'checking'} */ kind) =>
        (this.state.value = { kind, word, take, nTakes, refusal });
      show('ready');
      await Promise.all([pause(refusal ? REFUSED_MS : READY_MS, signal), gather(port, 1, signal)]);
      refusal = null;
      show('speak');
      const samples = await gather(port, nSamples, signal);
      show('checking');
      const encoded = await this.#client.request(
        REQUESTS.TAKE_CHECK,
        { samples, sampleRateHz },
        { transfer: [samples.buffer] },
      );
      signal.throwIfAborted();
      refusal = encoded.failure;
      if (refusal && ++nRefused === MAX_REFUSALS) return refusal;
      if (refusal) continue;
      await this.#keep(word, encoded);
      nRefused = 0;
      take += 1;
    }
    return null;
  }
}

/** Waits for the signal. @param {AbortSignal} signal @returns {Promise<never>} @throws {SaysoError} cancelled */
function aborted(signal) {
  return new Promise((_, reject) => {
    const cancel = () => reject(new SaysoError('cancelled', 'Cancelled.'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** Waits. @param {number} ms @param {AbortSignal} signal @throws {SaysoError} cancelled */
function pause(ms, signal) {
  return Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), aborted(signal)]);
}

/**
 * The microphone's next samples, from the next block on. Samples that come while nothing gathers them are dropped.
 * @param {MessagePort} port
 * @param {number} nSamples
 * @param {AbortSignal} signal
 * @returns {Promise<Float32Array<ArrayBuffer>>}
 * @throws {SaysoError} recording_stalled, recording_gap, cancelled
 */
function gather(port, nSamples, signal) {
  const gathered = new Float32Array(nSamples);
  let filled = 0;
  /** @type {number | undefined} */
  let expected;
  return new Promise((resolve, reject) => {
    const finish = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      port.onmessage = () => {};
      settle();
    };
    const fail = (/** @type {string} */ code, /** @type {string} */ message) =>
      finish(() => reject(new SaysoError(code, message)));
    const stalled = () =>
      fail('recording_stalled', `No sound has come from the microphone for ${STALLED_MS / 1000} seconds.`);
    let timer = setTimeout(stalled, STALLED_MS);
    signal.addEventListener('abort', () => fail('cancelled', 'Cancelled.'), { once: true });
    port.onmessage = (/** @type {MessageEvent<Block>} */ { data: { position, samples } }) => {
      clearTimeout(timer);
      timer = setTimeout(stalled, STALLED_MS);
      if (expected !== undefined && position !== expected)
        return fail('recording_gap', `${position - expected} samples are missing.`);
      expected = position + samples.length;
      gathered.set(samples.subarray(0, nSamples - filled), filled);
      filled += Math.min(samples.length, nSamples - filled);
      if (filled === nSamples) finish(() => resolve(gathered));
    };
  });
}
