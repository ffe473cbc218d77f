/**
 * What stands in for a browser in these tests: the worker's end of the wire, a clock, a microphone, a site to fetch
 * from, locks and a database. Import it before any module of the page: some look at `navigator` as they load.
 */
import assert from 'node:assert/strict';
import EventEmitter from 'node:events';
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { ASSETS } from './assets.mjs';
import { Client } from '../../web/worker/client.js';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const START = Date.UTC(2026, 0, 1);
const N_TURNS_MAX = 2_000;
/** Time passes in steps, between which what is due happens. */
const STEP_MS = 2_500;
const WEB = new URL('../../web/', import.meta.url).href;

/** Web Locks as one browser keeps them: everything in a test's process counts as its tabs. */
class FakeLocks {
  #held = new Set();

  async request(name, { ifAvailable }, use) {
    assert.ok(ifAvailable, 'this fake knows only requests that do not wait');
    await undefined;
    if (this.#held.has(name)) return use(null);
    this.#held.add(name);
    try {
      return await use({ name });
    } finally {
      await new Promise(setImmediate); // another process releases it
      this.#held.delete(name);
    }
  }

  async query() {
    return { held: [...this.#held].map((name) => ({ name })) };
  }
}

/** A channel that does not keep the test's process alive. */
class QuietChannel extends BroadcastChannel {
  constructor(name) {
    super(name);
    this.unref();
  }
}

EventEmitter.defaultMaxListeners = Infinity; // browsers do not warn of many listeners either
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
Object.assign(globalThis, { window: globalThis, BroadcastChannel: QuietChannel });

/** Gives the page an empty database and locks that nobody holds. */
export function freshBrowser() {
  globalThis.indexedDB = new IDBFactory();
  globalThis.navigator = { locks: new FakeLocks() };
}

/** Lets everything that is due happen: promises, messages, database requests; not timers, if they are a test's. */
export async function settled(nTurns = 10) {
  for (let i = 0; i < nTurns; i += 1) await new Promise(setImmediate);
}

/** Waits, without a clock, until something holds. @param {() => unknown} condition */
export async function until(condition) {
  for (let i = 0; i < N_TURNS_MAX; i += 1) {
    if (condition()) return;
    await settled(1);
  }
  assert.fail(`waited in vain until ${condition}`);
}

/** How a promise ends, or that it waits: the object changes as the promise does. @param {Promise<unknown>} promise */
export function watched(promise) {
  const found = { is: 'waiting' };
  promise.then(
    (value) => Object.assign(found, { is: 'resolved', value }),
    (error) => Object.assign(found, { is: 'rejected', code: error.code, message: error.message }),
  );
  return found;
}

/** How a promise has ended, or that it waits, once everything due has happened. @param {Promise<unknown>} promise */
export async function outcome(promise) {
  const found = watched(promise);
  await settled();
  return found;
}

/** The tests whose clock stands still. */
const stopped = new WeakSet();

/** Puts time into the test's hands. @returns {{pass: (ms: number) => Promise<void>}} */
export function stopClock(t) {
  if (!stopped.has(t)) {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: START });
    t.mock.method(performance, 'now', () => Date.now());
    stopped.add(t);
  }
  return {
    async pass(ms) {
      await settled();
      for (let left = ms; left > 0; left -= STEP_MS) {
        t.mock.timers.tick(Math.min(left, STEP_MS));
        await settled();
      }
    },
  };
}

/** Requests that a worker takes only in certain states; the others it takes in any but while it prepares audio. */
const ONLY_IN = {
  'clips.clear': ['idle', 'listening'],
  'train.stop': ['training'],
  'listen.tune': ['listening'],
  'listen.stop': ['listening'],
};
const IDLE_ONLY = /^(clips\.(?!clear|example)|take\.|train\.(run|resume)|model\.|listen\.start)/;
const statesOf = (type) => ONLY_IN[type] ?? (IDLE_ONLY.test(type) ? ['idle'] : ['idle', 'training', 'listening']);

/** The states in which requests are answered, where that is not only while the worker is idle. */
const STATES = {
  [REQUESTS.PING]: ['idle', 'preparing', 'training', 'listening'],
  [REQUESTS.CANCEL]: ['idle', 'preparing', 'training', 'listening'],
  [REQUESTS.CLIPS_CLEAR]: ['idle', 'listening'],
  [REQUESTS.CLIPS_EXAMPLE]: ['idle', 'training', 'listening'],
  [REQUESTS.TRAIN_STOP]: ['training'],
  [REQUESTS.LISTEN_TUNE]: ['listening'],
  [REQUESTS.LISTEN_STOP]: ['listening'],
};

/** What a worker says when it is ready. */
export const BOOT = {
  requests: Object.values(REQUESTS).map((type) => ({ type, states: STATES[type] ?? ['idle'] })),
  versions: { sayso: '0.0', numpy: '0.0', python: '0.0' },
  presets: [{ name: 'compact', title: 'Compact', description: '' }],
  networks: [
    { name: 'compact', title: 'Compact', description: '', preset: 'compact', nParameters: 1, nMultiplyAdds: 1 },
  ],
  defaults: { preset: 'compact', commands: ['yes', 'no'], network: 'compact', settings: {}, adapt: {} },
  requests: Object.values(REQUESTS).map((type) => ({ type, states: statesOf(type) })),
};

/** A failure that a fake worker's answer throws. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The worker's end of the wire. `sent` is what the page posted. A request whose type is in `answers` is answered with
 * what that function of (payload, worker, id) returns, or the Refusal it throws; others wait for `reply` or `refuse`.
 */
export class FakeWorker extends EventTarget {
  sent = [];
  isTerminated = false;

  constructor(answers) {
    super();
    this.answers = answers;
  }

  get types() {
    return this.sent.map(({ type }) => type);
  }

  /** The payloads of the requests of a type. */
  payloads(type) {
    return this.sent.filter((message) => message.type === type).map(({ payload }) => payload);
  }

  /** The last request of a type. */
  last(type) {
    const found = this.sent.findLast((message) => message.type === type);
    assert.ok(found, `no ${type} among ${this.types.join(', ') || 'no requests'}`);
    return found;
  }

  async postMessage({ id, type, payload }, transfer = []) {
    this.sent.push({ id, type, payload, transfer });
    const answer = this.answers[type];
    if (!answer) return;
    try {
      this.reply(id, await answer(payload, this, id));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(id, error.code, error.message);
    }
  }

  reply(id, result = {}) {
    this.#post({ id, ok: true, result });
  }

  refuse(id, code, message = code) {
    this.#post({ id, ok: false, error: { code, message } });
  }

  say(type, payload) {
    this.#post({ type, payload });
  }

  /** Says that it is ready. */
  boot() {
    this.say(EVENTS.BOOT_READY, BOOT);
  }

  /** Throws where nobody catches it. @returns {Event} what the page was told */
  die(message = '') {
    const event = Object.assign(new Event('error', { cancelable: true }), { message });
    this.dispatchEvent(event);
    return event;
  }

  terminate() {
    this.isTerminated = true;
  }

  #post(message) {
    this.dispatchEvent(new MessageEvent('message', { data: message }));
  }
}

/** The workers that a client starts one after another. @param {FakeWorker['answers']} [answers] of each */
export function makeClient(answers = {}) {
  const workers = [];
  const client = new Client(() => {
    workers.push(new FakeWorker(answers));
    return workers.at(-1);
  });
  return {
    client,
    workers,
    answers,
    /** The worker of the day. @returns {FakeWorker} */
    get worker() {
      return workers.at(-1);
    },
  };
}

/** A client whose worker is ready; the test's clock must stand still, or its heart would beat for ever. */
export function readyClient(answers = {}) {
  const made = makeClient(answers);
  made.client.start();
  made.worker.boot();
  return made;
}

/** Every value that an observable takes from now on, with the present one. */
export function recorded(observable) {
  const values = [];
  observable.subscribe((value) => values.push(value));
  return values;
}

/** Serves files by their paths in the page, and says that they came with it. @returns {string[]} what was fetched */
export function serve(t, files) {
  const fetched = [];
  ASSETS.splice(0, Infinity, ...Object.keys(files).map((url) => ({ url, bytes: 1 })));
  t.after(() => ASSETS.splice(0));
  t.mock.method(globalThis, 'fetch', async (address, { signal } = {}) => {
    signal?.throwIfAborted();
    assert.ok(address.href.startsWith(WEB), `${address} is not of this page`);
    const path = address.href.slice(WEB.length);
    fetched.push(path);
    if (!(path in files)) return new Response('', { status: 404, statusText: 'Not Found' });
    return new Response(files[path]);
  });
  return fetched;
}

export function cardOf(name) {
  return {
    name,
    labels: ['yes', 'no', 'other', 'silence'],
    network: 'compact',
    preset: 'compact',
    nParameters: 1,
    nMultiplyAdds: 1,
    iteration: 100,
    accuracy: 0.9,
    created: '2026-01-01T00:00:00Z',
    detector: { threshold: 0.8, smoothingMs: 300, refractoryMs: 1000, offsets: [] },
  };
}

/** What a worker counts in audio that lasts so long. */
export function countsOf(durationS, rejected = []) {
  return { labels: [{ label: 'yes', nClips: durationS, nSpeakers: 2 }], nClips: durationS, durationS, rejected };
}

/** A file as a person picks it. */
export function picked(path, content = 'x') {
  return { path, file: new File([content], path.split('/').at(-1)) };
}

class FakeTrack extends EventTarget {
  label = 'Desk microphone';
  muted = false;
  isStopped = false;

  constructor(settings) {
    super();
    this.settings = settings;
  }

  getSettings() {
    return this.settings;
  }

  stop() {
    this.isStopped = true;
  }
}

class FakeAudioNode extends EventTarget {
  constructor(_context, _name, onMessage) {
    super();
    this.port = { onmessage: null, postMessage: (message) => onMessage(message, this) };
  }
}

/**
 * Connects a microphone to the fake browser, with the Web Audio that it needs. Permission is granted once
 * `answerPrompt`, which is called with the constraints asked for, has returned or its promise is fulfilled.
 */
export function plugInMicrophone(t, { sampleRateHz = 48_000, answerPrompt = () => {} } = {}) {
  const captures = [];
  const microphone = {
    /** Each capture that was opened: its track, audio context, node and the end of the port that blocks come from. */
    captures,
    constraints: [],
    get track() {
      return captures.at(-1).track;
    },
    get isOpen() {
      return captures.some(({ track }) => !track.isStopped);
    },
    /** Posts one block, as the audio thread does; `skip` samples are missing before it. */
    async hear(samples, { skip = 0 } = {}) {
      const capture = captures.at(-1);
      assert.ok(capture.isConnected && capture.context.state === 'running', 'the audio thread is not running');
      const position = capture.position + skip;
      capture.position = position + samples.length;
      capture.port.postMessage({ position, samples });
      await settled();
    },
  };
  class FakeAudioContext extends EventTarget {
    state = 'suspended';
    audioWorklet = { addModule: async () => {} };

    constructor({ sampleRate }) {
      super();
      this.sampleRate = sampleRate;
      captures.at(-1).context = this;
    }

    createMediaStreamSource() {
      return { connect: (node) => (captures.at(-1).isConnected = node === captures.at(-1).node) };
    }

    async resume() {
      this.change('running');
    }

    async close() {
      this.change('closed');
    }

    change(state) {
      this.state = state;
      this.dispatchEvent(new Event('statechange'));
    }
  }
  class FakeWorkletNode extends FakeAudioNode {
    constructor(context, name) {
      super(context, name, (message, node) => {
        if (message === 'stop') queueMicrotask(() => node.port.onmessage?.({ data: 'stopped' }));
        else captures.at(-1).port = message.port;
      });
      captures.at(-1).node = this;
    }
  }
  globalThis.AudioContext = FakeAudioContext;
  globalThis.AudioWorkletNode = FakeWorkletNode;
  globalThis.location = { origin: 'here' };
  globalThis.navigator.mediaDevices = Object.assign(new EventTarget(), {
    async getUserMedia(constraints) {
      microphone.constraints.push(constraints.audio);
      await answerPrompt(constraints);
      const track = new FakeTrack({ sampleRate: sampleRateHz, deviceId: constraints.audio.deviceId?.exact ?? 'first' });
      captures.push({ track, position: 0 });
      return { getAudioTracks: () => [track] };
    },
  });
  t.after(() => {
    for (const { port } of captures) port?.close(); // an open port keeps the process alive
  });
  return microphone;
}
