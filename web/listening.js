/**
 * Listening, from the microphone's permission to its release. Page only.
 *
 * @import {DetectorSettings, Failure, ModelCard} from './protocol.js'
 * @import {Client} from './client.js'
 * @import {Microphone} from './mic.js'
 *
 * @typedef {{kind: 'off'} | {kind: 'starting', step: string} | {kind: 'stopping'}
 *   | {kind: 'on', card: ModelCard, detector: DetectorSettings, hopMs: number, device: string, sampleRateHz: number}
 *   | {kind: 'failed', failure: Failure}} ListeningState
 */
import { asFailure, hasCode } from './failure.js';
import { openMicrophone } from './mic.js';
import { Observable } from './observable.js';
import { REQUESTS } from './protocol.js';

export class Listening {
  /** @type {Observable<ListeningState>} */
  state = new Observable(/** @type {ListeningState} */ ({ kind: 'off' }));
  /** The microphone asked for; '' is the system's default. */
  deviceId = '';
  #client;
  /** @type {Microphone | null} */
  #microphone = null;
  /** Told apart from later ones, so that a start overtaken by a stop ends itself. */
  #attempt = 0;
  #starting = Promise.resolve();
  /** Settings the person chose for the model in force. @type {Partial<DetectorSettings>} */
  #tuned = {};

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  get isOn() {
    return this.state.value.kind === 'on';
  }

  /** Opens the microphone and starts; what goes wrong shows in `state`. */
  start() {
    const { kind } = this.state.value;
    if (kind === 'off' || kind === 'failed') this.#starting = this.#start((this.#attempt += 1));
    return this.#starting;
  }

  /** @param {number} attempt */
  async #start(attempt) {
    const isOvertaken = () => attempt !== this.#attempt;
    this.state.value = { kind: 'starting', step: 'Asking for the microphone' };
    try {
      const microphone = await openMicrophone(this.deviceId, (failure) => this.#lose(failure));
      if (isOvertaken()) return await microphone.close();
      this.#microphone = microphone;
      this.state.value = { kind: 'starting', step: 'Starting to listen' };
      const { sampleRateHz, port, label } = microphone;
      const { card, detector, hopMs } = await this.#client.request(REQUESTS.LISTEN_START, { sampleRateHz, port }, { transfer: [port] });
      const tuned = Object.keys(this.#tuned).length ? await this.#client.request(REQUESTS.LISTEN_TUNE, this.#tuned) : detector;
      this.state.value = { kind: 'on', card, detector: tuned, hopMs, device: label, sampleRateHz };
    } catch (error) {
      await this.#release();
      if (!isOvertaken()) this.state.value = { kind: 'failed', failure: asFailure(error) };
    }
  }

  /** Releases the microphone; a request for it that is still unanswered is taken back. */
  async stop() {
    if (this.state.value.kind === 'starting' && !this.#microphone) {
      this.#attempt += 1;
      this.state.value = { kind: 'off' };
      return;
    }
    await this.#starting;
    if (!this.isOn) return;
    this.state.value = { kind: 'stopping' };
    await this.#release();
    await this.#client.request(REQUESTS.LISTEN_STOP, {}).catch(() => {}); // a worker that died has stopped too
    this.state.value = { kind: 'off' };
  }

  /** Changes the microphone, while listening too. @param {string} deviceId */
  async useDevice(deviceId) {
    this.deviceId = deviceId;
    if (this.isOn) {
      await this.stop();
      await this.start();
    }
  }

  /** Runs something that cannot be done while listening. @param {() => Promise<void>} action */
  async pauseFor(action) {
    const wasOn = this.isOn;
    await this.stop();
    await action();
    if (wasOn) await this.start();
  }

  /** @param {Partial<DetectorSettings>} settings kept for later starts too */
  async tune(settings) {
    this.#tuned = { ...this.#tuned, ...settings };
    const state = this.state.value;
    if (state.kind !== 'on') return;
    const detector = await this.#client.request(REQUESTS.LISTEN_TUNE, settings);
    if (this.state.value === state) this.state.value = { ...state, detector };
  }

  /** Takes another model's settings; call while not listening. @param {Partial<DetectorSettings>} settings */
  setTuning(settings) {
    this.#tuned = settings;
  }

  /** The worker died: release the microphone and, in the new worker, go on. */
  async restore() {
    if (!this.#microphone) return;
    await this.#release();
    this.state.value = { kind: 'off' };
    await this.start();
  }

  /** @param {import('./failure.js').SaysoError} failure */
  async #lose(failure) {
    await this.stop();
    this.state.value = { kind: 'failed', failure: asFailure(failure) };
  }

  async #release() {
    const microphone = this.#microphone;
    this.#microphone = null;
    await microphone?.close().catch((error) => {
      if (!hasCode(error, 'internal')) throw error; // a context the browser closed by itself is closed
    });
  }
}
