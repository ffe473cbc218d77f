/**
 * The page's end of the worker: requests, events, and a watch over its life. Page only.
 *
 * @import {Failure} from './protocol.js'
 * @import {Calls, Events, BootReady} from './wire.d.ts'
 *
 * `generation` counts the workers started: over 1, the page must restore what the dead one knew.
 * @typedef {{kind: 'booting', label: string, fraction: number, generation: number}
 *   | {kind: 'ready', boot: BootReady, generation: number}
 *   | {kind: 'failed', failure: Failure, generation: number}} ClientState
 *
 * A request without an answer so far; `isSent` once it is with the worker.
 * @typedef {{id: number, type: string, payload: object, transfer: Transferable[], isSent: boolean,
 *   resolve: (result: any) => void, reject: (error: unknown) => void, ended: () => void,
 *   onProgress?: (progress: Events['job.progress']) => void}} Waiting
 *
 * @typedef {{transfer?: Transferable[], signal?: AbortSignal,
 *   onProgress?: (progress: Events['job.progress']) => void}} RequestOptions
 */
import { SaysoError } from '../util/failure.js';
import { Observable } from '../util/observable.js';
import { EVENTS, REQUESTS } from './protocol.js';

const PING_EVERY_MS = 5_000;
const MAX_SILENT_PINGS = 3;
/** After this many deaths, with less than ten calm minutes between them, a worker is not started again by itself. */
const MAX_DEATHS = 3;
const CALM_MS = 600_000;

export class Client {
  /** @type {Observable<ClientState>} */
  state = new Observable(
    /** @type {ClientState} */ ({ kind: 'booting', label: 'Starting', fraction: 0, generation: 0 }),
  );
  #createWorker;
  /** @type {Worker | null} */
  #worker = null;
  #lastId = 0;
  /** By id, in the order in which they were asked for. @type {Map<number, Waiting>} */
  #waiting = new Map();
  /**
   * Types of requests that are answered while the worker is idle and refused while it trains, by the states that it tells
   * when it is ready: each of them is sent when the one before is answered.
   */
  #takingTurns = /** @type {Set<string>} */ (new Set());
  /** @type {Map<string, Set<(payload: any) => void>>} */
  #listeners = new Map();
  #silentPings = 0;
  #heartbeat = 0;
  /** @type {number[]} */
  #deaths = [];

  /** @param {() => Worker} createWorker */
  constructor(createWorker) {
    this.#createWorker = createWorker;
  }

  /** Starts a worker because a person asks for it: it replaces any other, and earlier deaths no longer count. */
  start() {
    this.#deaths = [];
    this.#begin();
  }

  #begin() {
    this.#end();
    const generation = this.state.value.generation + 1;
    this.state.value = { kind: 'booting', label: 'Starting', fraction: 0, generation };
    const worker = this.#createWorker();
    worker.addEventListener('message', ({ data }) => {
      if (worker === this.#worker) this.#receive(data); // a replaced worker's last messages do not count
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      this.#fail({ code: 'worker_died', message: event.message || 'The worker script could not be loaded.' });
    });
    this.#worker = worker;
  }

  /**
   * Asks the worker, once it is ready and, for a request that it refuses while it is busy, once those before it are
   * answered. Rejects with a SaysoError: the worker's own failure, `worker_died`, or `cancelled` after `signal` fires
   * (a long request is then cancelled in the worker too).
   * @template {keyof Calls} T
   * @param {T} type
   * @param {Calls[T]['payload']} payload
   * @param {RequestOptions} [options]
   * @returns {Promise<Calls[T]['result']>}
   */
  request(type, payload, { transfer = [], signal, onProgress } = {}) {
    return new Promise((resolve, reject) => {
      const state = this.state.value;
      if (state.kind === 'failed') return reject(new SaysoError(state.failure.code, state.failure.message));
      if (signal?.aborted) return reject(new SaysoError('cancelled', 'Cancelled.'));
      const id = ++this.#lastId;
      const cancel = () => this.#cancel(id);
      const ended = () => signal?.removeEventListener('abort', cancel);
      this.#waiting.set(id, { id, type, payload, transfer, isSent: false, resolve, reject, onProgress, ended });
      signal?.addEventListener('abort', cancel, { once: true });
      this.#sendWaiting();
    });
  }

  /** Sends what may be sent by now. */
  #sendWaiting() {
    if (this.state.value.kind !== 'ready') return;
    const waiting = [...this.#waiting.values()];
    let isTurnTaken = waiting.some(({ type, isSent }) => isSent && this.#takingTurns.has(type));
    for (const request of waiting) {
      const { id, type, payload, transfer, isSent } = request;
      const takesTurn = this.#takingTurns.has(type);
      if (isSent || (takesTurn && isTurnTaken)) continue;
      request.isSent = true;
      try {
        this.#worker?.postMessage({ id, type, payload }, transfer);
        isTurnTaken ||= takesTurn;
      } catch (error) {
        this.#taken(id)?.reject(error); // a payload that cannot be copied must not hold up those behind it
      }
    }
  }

  /** Takes a request from those that wait: its answer is there, or it gets none. @param {number} id */
  #taken(id) {
    const request = this.#waiting.get(id);
    this.#waiting.delete(id);
    request?.ended();
    return request;
  }

  /**
   * @template {keyof Events} T
   * @param {T} type
   * @param {(payload: Events[T]) => void} listener
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  /** @param {number} id */
  #cancel(id) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    if (waiting.isSent) {
      this.request(REQUESTS.CANCEL, { id }).catch(() => {}); // the reply to the long request itself tells how it ended
    } else {
      this.#taken(id)?.reject(new SaysoError('cancelled', 'Cancelled.'));
    }
  }

  /** @param {any} message a reply (it has an id) or an event */
  #receive(message) {
    this.#silentPings = 0;
    if (message.id !== undefined) {
      const waiting = this.#taken(message.id);
      if (message.ok) waiting?.resolve(message.result);
      else waiting?.reject(new SaysoError(message.error.code, message.error.message));
      this.#sendWaiting();
      return;
    }
    const { type, payload } = message;
    const { generation } = this.state.value;
    if (type === EVENTS.BOOT_PROGRESS) {
      this.state.value = { kind: 'booting', label: payload.label, fraction: payload.fraction, generation };
    } else if (type === EVENTS.BOOT_READY) {
      this.#becomeReady(payload);
    } else if (type === EVENTS.BOOT_FAILED) {
      this.#fail(payload);
    } else if (type === EVENTS.JOB_PROGRESS) {
      this.#waiting.get(payload.id)?.onProgress?.(payload);
    }
    for (const listener of this.#listeners.get(type) ?? []) listener(payload);
  }

  /** @param {BootReady} boot */
  #becomeReady(boot) {
    this.#heartbeat = window.setInterval(() => this.#beat(), PING_EVERY_MS);
    const takingTurns = boot.requests.filter(({ states }) => states.includes('idle') && !states.includes('training'));
    this.#takingTurns = new Set(takingTurns.map(({ type }) => type));
    this.state.value = { kind: 'ready', boot, generation: this.state.value.generation };
    this.#sendWaiting();
  }

  /**
   * Asks for a sign of life. Silence is counted in beats, not by the clock: else a page that slept would take its worker
   * for dead.
   */
  #beat() {
    if (this.#silentPings >= MAX_SILENT_PINGS) {
      const seconds = (MAX_SILENT_PINGS * PING_EVERY_MS) / 1000;
      return this.#fail({ code: 'worker_died', message: `The worker has not answered for ${seconds} seconds.` });
    }
    this.#silentPings += 1;
    this.request(REQUESTS.PING, {}).catch(() => {});
  }

  /** A worker that never got ready is a failed boot; one that dies later is started again. @param {Failure} failure */
  #fail(failure) {
    const wasReady = this.state.value.kind === 'ready';
    this.#deaths = this.#deaths.filter((at) => performance.now() - at < CALM_MS);
    this.#deaths.push(performance.now());
    if (wasReady && this.#deaths.length <= MAX_DEATHS) {
      this.#end({ code: 'worker_died', message: failure.message });
      return this.#begin();
    }
    this.state.value = { kind: 'failed', failure, generation: this.state.value.generation };
    this.#end(failure);
  }

  /**
   * Ends the worker and rejects what it was asked. Requests that it was not sent wait for the next one, unless there is
   * none.
   * @param {Failure} [failure]
   */
  #end(failure = { code: 'worker_died', message: 'The worker was started again.' }) {
    this.#worker?.terminate();
    this.#worker = null;
    clearInterval(this.#heartbeat);
    this.#silentPings = 0;
    const isLast = this.state.value.kind === 'failed';
    for (const { id, isSent } of [...this.#waiting.values()]) {
      if (isSent || isLast) this.#taken(id)?.reject(new SaysoError(failure.code, failure.message));
    }
  }
}
