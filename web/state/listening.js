/**
 * Listening, from the microphone's permission to its release. Page only.
 *
 * @import {Failure} from '../types.d.ts'
 * @import {DetectorSettings, ModelCard} from '../worker/protocol.js'
 * @import {Client} from '../worker/client.js'
 * @import {Microphone} from '../audio/mic.js'
 *
 * `sound` tells whether the microphone works: its samples arrive, it is muted, or none have come for a while.
 * @typedef {{kind: 'off'} | {kind: 'starting', step: string} | {kind: 'stopping'}
 *   | {kind: 'on', card: ModelCard, detector: DetectorSettings, hopMs: number, device: string, sampleRateHz: number,
 *     sound: 'arriving' | 'muted' | 'missing'}
 *   | {kind: 'failed', failure: Failure}} ListeningState
 */
import { asFailure, hasCode } from '../util/failure.js';
import { openMicrophone } from '../audio/mic.js';
import { Observable } from '../util/observable.js';
import { EVENTS, REQUESTS } from '../worker/protocol.js';

const WATCH_EVERY_MS = 500;
/** After this long without an update, of which about ten come a second, the sound counts as missing. */
const MISSING_AFTER_MS = 2_000;

export class Listening {
  /** @type {Observable<ListeningState>} */
  state = new Observable(/** @type {ListeningState} */ ({ kind: 'off' }));
  /** Id of the microphone to use; '' is the system's default. */
  deviceId = '';
  /** Tells what the worker is busy with while it cannot listen. */
  waitsFor;
  #client;
  #modelSettled;
  /** @type {Microphone | null} */
  #microphone = null;
  /** Ends the start under way. */
  #abort = new AbortController();
  #starting = Promise.resolve();
  /** Whether the worker was asked to listen, so that it must be asked to stop. */
  #isAsked = false;
  /** @type {Promise<void> | null} */
  #stopping = null;
  /** When the last update came, in milliseconds of performance.now(). */
  #heardAt = 0;
  /** Settings the person chose for the model in force. @type {Promise<Partial<DetectorSettings>>} */
  #tuned = Promise.resolve({});

  /**
   * @param {Client} client
   * @param {() => 'training' | 'audio' | null} waitsFor
   * @param {() => Promise<void>} modelSettled resolves when the visit's first model is loaded, or cannot be
   */
  constructor(client, waitsFor, modelSettled) {
    this.#client = client;
    this.#modelSettled = modelSettled;
    this.waitsFor = waitsFor;
    client.on(EVENTS.LISTEN_UPDATE, () => (this.#heardAt = performance.now()));
    setInterval(() => this.#watch(), WATCH_EVERY_MS);
  }

  get isOn() {
    return this.state.value.kind === 'on';
  }

  /** Whether it listens or is about to. */
  get isActive() {
    return this.isOn || this.state.value.kind === 'starting';
  }

  /** Opens the microphone and starts; what goes wrong shows in `state`. */
  start() {
    const { kind } = this.state.value;
    if (kind === 'off' || kind === 'failed') {
      this.#abort = new AbortController();
      this.#isAsked = false;
      this.#starting = this.#start(this.#abort.signal);
    }
    return this.#starting;
  }

  /** @param {AbortSignal} signal */
  async #start(signal) {
    const busy = this.waitsFor();
    if (busy) {
      // Otherwise the microphone would be open while its samples wait.
      this.state.value = {
        kind: 'failed',
        failure: { code: 'wrong_state', message: `Listening waits for the ${busy}.` },
      };
      return;
    }
    this.state.value = { kind: 'starting', step: 'Asking for the microphone' };
    try {
      const microphone = await openMicrophone(this.deviceId, signal, (failure) => this.#lose(failure));
      if (signal.aborted) return await microphone.close();
      this.#microphone = microphone;
      const isBooting = this.#client.state.value.kind === 'booting';
      this.state.value = { kind: 'starting', step: isBooting ? 'Waiting for Python to start' : 'Starting to listen' };
      await this.#modelSettled();
      if (signal.aborted) return;
      const { sampleRateHz, port, label } = microphone;
      this.#isAsked = true;
      const { card, detector, hopMs } = await this.#client.request(
        REQUESTS.LISTEN_START,
        { sampleRateHz, port },
        { transfer: [port] },
      );
      const chosen = await this.#tuned;
      const tuned = Object.keys(chosen).length ? await this.#client.request(REQUESTS.LISTEN_TUNE, chosen) : detector;
      if (signal.aborted) return;
      this.#heardAt = performance.now();
      this.state.value = { kind: 'on', card, detector: tuned, hopMs, device: label, sampleRateHz, sound: 'arriving' };
    } catch (error) {
      if (signal.aborted) return; // whoever ended the start releases the microphone
      await this.#release();
      this.state.value = { kind: 'failed', failure: asFailure(error) };
    }
  }

  /** Releases the microphone. A start under way ends, though the person has not answered the browser's prompt yet. */
  stop() {
    const { kind } = this.state.value;
    if (kind === 'off' || kind === 'failed') return Promise.resolve();
    this.#stopping ??= this.#stop().finally(() => (this.#stopping = null));
    return this.#stopping;
  }

  async #stop() {
    if (!this.isOn) this.#abort.abort();
    if (this.#microphone) {
      this.state.value = { kind: 'stopping' };
      await this.#release();
    }
    if (this.#isAsked) {
      await this.#starting;
      await this.#client.request(REQUESTS.LISTEN_STOP, {}).catch(() => {}); // a worker that died listens no more
      this.#isAsked = false;
    }
    this.state.value = { kind: 'off' };
  }

  /** Changes the microphone; listening goes on with the new one. @param {string} deviceId '' for the system's */
  async useDevice(deviceId) {
    this.deviceId = deviceId;
    if (this.isOn) {
      await this.stop();
      await this.start();
    }
  }

  /** Stops for an action that cannot be taken while listening, then goes on. @param {() => Promise<void>} action */
  async pauseFor(action) {
    const wasActive = this.isActive;
    await this.stop();
    await action();
    if (wasActive) await this.start();
  }

  /** Changes detector settings, for later starts too. @param {Partial<DetectorSettings>} settings */
  async tune(settings) {
    this.#tuned = this.#tuned.then((tuned) => ({ ...tuned, ...settings }));
    if (!this.isOn) return;
    const session = this.#abort;
    const detector = await this.#client.request(REQUESTS.LISTEN_TUNE, settings);
    const { value } = this.state;
    if (value.kind === 'on' && this.#abort === session) this.state.value = { ...value, detector };
  }

  /** Takes another model's settings; a start waits for them. @param {Promise<Partial<DetectorSettings>>} settings */
  setTuning(settings) {
    this.#tuned = settings;
  }

  /** Goes on in a new worker, if the one that died was listening. */
  async restore() {
    if (!this.#microphone) return;
    await this.#release();
    this.state.value = { kind: 'off' };
    await this.start();
  }

  /** Ends because the microphone is gone. @param {import('../util/failure.js').SaysoError} failure */
  async #lose(failure) {
    await this.stop();
    this.state.value = { kind: 'failed', failure: asFailure(failure) };
  }

  /** Shows in `state` whether the microphone's samples arrive. */
  #watch() {
    const state = this.state.value;
    if (state.kind !== 'on') return;
    const isMissing = performance.now() - this.#heardAt > MISSING_AFTER_MS;
    const sound = this.#microphone?.isMuted() ? 'muted' : isMissing ? 'missing' : 'arriving';
    if (sound !== state.sound) this.state.value = { ...state, sound };
  }

  async #release() {
    const microphone = this.#microphone;
    this.#microphone = null;
    await microphone?.close().catch((error) => {
      if (!hasCode(error, 'internal')) throw error; // the browser may have closed the context by itself
    });
  }
}
