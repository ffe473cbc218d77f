/**
 * What the benchmark does in a page of the site: the page's own client and worker, asked by the page's own messages.
 * Served beside them for the time of the benchmark.
 */
import { Client } from '../worker/client.js';
import { EVENTS, REQUESTS } from '../worker/protocol.js';

const client = new Client(() => new Worker(new URL('heap-worker.js', import.meta.url), { type: 'module' }));

/** Starts the worker and waits until it answers. */
export async function boot() {
  client.start();
  await client.request(REQUESTS.PING, {});
}

/** @returns {Promise<number>} bytes of the worker's WebAssembly memory, which never shrinks */
export function heapBytes() {
  const channel = new BroadcastChannel('heap');
  const answered = new Promise((resolve) =>
    channel.addEventListener('message', ({ data }) => resolve(data), { once: true }),
  );
  channel.postMessage('size?');
  return answered.finally(() => channel.close());
}

/** Loads the training audio. @returns {Promise<number>} clips */
export async function loadAudio() {
  const file = await (await fetch(new URL('words.zip', import.meta.url))).blob();
  const { nClips } = await client.request(REQUESTS.CLIPS_ADD_ZIP, { name: 'words.zip', file });
  return nClips;
}

/** @param {string} preset @returns {Promise<number>} seconds to turn the audio into features */
export async function prepare(preset) {
  const began = performance.now();
  await client.request(REQUESTS.CLIPS_PREPARE, { preset, commands: ['yes', 'no'] });
  return (performance.now() - began) / 1000;
}

/**
 * Trains on the prepared audio.
 * @param {string} network @param {number} nIterations
 * @returns {Promise<number[]>} examples per second after each iteration
 */
export async function train(network, nIterations) {
  const { boot: introduction } = /** @type {{boot: import('../worker/wire.d.ts').BootReady}} */ (client.state.value);
  const speeds = [];
  client.on(EVENTS.TRAIN_PROGRESS, ({ examplesPerSecond }) => speeds.push(examplesPerSecond));
  await client.request(REQUESTS.TRAIN_RUN, { ...introduction.defaults.settings[network], nIterations });
  return speeds.splice(0);
}

/**
 * Listens to noise that arrives as fast as it is taken.
 * @param {number} nBlocks @param {number} nSamples a block @param {number} sampleRateHz
 * @returns {Promise<number>} seconds a block
 */
export async function hear(nBlocks, nSamples, sampleRateHz) {
  const { port1, port2 } = new MessageChannel();
  await client.request(REQUESTS.LISTEN_START, { sampleRateHz, port: port2 }, { transfer: [port2] });
  const blocks = Array.from({ length: nBlocks }, () =>
    Float32Array.from({ length: nSamples }, () => Math.random() - 0.5),
  );
  const blockS = nSamples / sampleRateHz;
  const heard = new Promise((resolve) =>
    client.on(EVENTS.LISTEN_UPDATE, ({ timeS }) => {
      if (timeS > nBlocks * blockS - 0.5) resolve({ endedMs: performance.now(), nHeard: timeS / blockS });
    }),
  );
  const began = performance.now();
  for (const [n, samples] of blocks.entries()) port1.postMessage({ position: n * nSamples, samples }, [samples.buffer]);
  const { endedMs, nHeard } = await heard;
  await client.request(REQUESTS.LISTEN_STOP, {});
  return (endedMs - began) / 1000 / nHeard;
}
