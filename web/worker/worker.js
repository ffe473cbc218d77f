/**
 * The module worker that runs Python: it boots Pyodide, hands every request to `sayso.worker.session`, and copies
 * microphone blocks into the session's buffer. All decisions are the session's.
 */
import { EVENTS, REQUESTS } from './protocol.js';
import { startPython } from './python.js';
import { SNAPSHOT } from '../runtime/snapshot.js';

const RUNTIME = new URL('../runtime/', import.meta.url).href;

/** @param {object} message @param {Transferable[]} [transfer] */
const post = (message, transfer = []) => self.postMessage(message, { transfer });
/** @param {string} step @param {number} fraction @param {string} label */
const report = (step, fraction, label) => post({ type: EVENTS.BOOT_PROGRESS, payload: { step, fraction, label } });
/** @param {string} code @param {unknown} error */
const fail = (code, error) => post({ type: EVENTS.BOOT_FAILED, payload: { code, message: String(error) } });

/** @param {string} file of the runtime @returns {Uint8Array} */
function readSync(file) {
  const request = new XMLHttpRequest(); // Python reads files synchronously, and fetch cannot
  request.open('GET', RUNTIME + file, false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`${file}: ${request.status} ${request.statusText}`);
  return new Uint8Array(request.response);
}

async function boot() {
  performance.mark("worker's script ready");
  report('python', 0.05, 'Starting Python');
  // A low priority leaves the network to the page's own scripts, which come first.
  const open = (/** @type {string} */ file) => fetch(RUNTIME + file, { priority: 'low' });
  const pyodide = await startPython({ runtime: RUNTIME, open, readSync, snapshot: SNAPSHOT });
  report('session', 0.9, 'Warming up');
  const module = pyodide.pyimport('sayso.worker.session');
  try {
    // The bound methods are taken once and live as long as the worker: each look-up would make another PyProxy.
    const { receive, pump, ready, inbox, push_audio: pushAudio } = module.Session(post);
    return {
      heap: /** @type {{_module: {HEAPF32: Float32Array}}} */ (/** @type {unknown} */ (pyodide))._module,
      receive,
      pump,
      ready,
      inbox,
      pushAudio,
    };
  } finally {
    module.destroy();
  }
}

/** @param {Awaited<ReturnType<typeof boot>>} session */
function serve({ heap, receive, pump, ready, inbox, pushAudio }) {
  // Posting to itself between two slices lets waiting messages in at once; a timer would pause for some milliseconds.
  const turn = new MessageChannel();
  let pumping = false;
  /** @type {MessagePort | null} */
  let microphone = null;
  let [address, room] = [0, 0]; // where the session's inbox lies, in bytes, and how many samples it takes

  /** Anything Python throws past the session is fatal: the page starts another worker. @param {() => void} step */
  const guarded = (step) => {
    try {
      step();
    } catch (error) {
      fail('worker_died', error);
    }
  };
  const keepPumping = () => {
    if (!pumping) turn.port2.postMessage(null);
    pumping = true;
  };
  turn.port1.onmessage = () =>
    guarded(() => {
      pumping = false;
      if (pump()) keepPumping();
    });

  /** @param {MessageEvent<import('./protocol.js').Block>} event */
  const hear = ({ data: { position, samples } }) =>
    guarded(() => {
      if (samples.length > room) address = inbox((room = samples.length));
      // HEAPF32 is read anew each time: the view is detached whenever the WebAssembly memory grows.
      heap.HEAPF32.set(samples, address / samples.BYTES_PER_ELEMENT);
      microphone?.postMessage(pushAudio(samples.length, position));
    });

  self.onmessage = ({ data: { id, type, payload } }) =>
    guarded(() => {
      const { port = null, ...described } = (type === REQUESTS.LISTEN_START && payload) || {};
      receive({ id, type, payload: port ? described : payload });
      if (port) {
        microphone?.close();
        microphone = port;
        port.onmessage = hear; // this starts the port: the session must be ready for the first block
      }
      if (type === REQUESTS.LISTEN_STOP) microphone?.close();
      keepPumping();
    });
  guarded(ready);
  performance.mark('ready');
}

// Some failures of loadPyodide, such as a file that cannot be fetched, reject a promise that nobody awaits.
/** @param {PromiseRejectionEvent} event */
const onLostFailure = (event) => fail('boot_failed', event.reason);
self.addEventListener('unhandledrejection', onLostFailure);
boot()
  .then(serve, (error) => fail('boot_failed', error))
  .finally(() => self.removeEventListener('unhandledrejection', onLostFailure));
