/** The microphone: one open capture at a time, at the device's own rate, unprocessed. Page only. */
import { SaysoError } from '../util/failure.js';

/** The browser's voice processing alters the samples beyond use for recognition. */
const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
/** Closing waits this long for the last block, since a stopped audio thread never answers. */
const FLUSH_MS = 200;

/**
 * What the browser's refusals mean, by the name of its error.
 * @type {Record<string, [code: string, message: string]>}
 */
const REFUSALS = {
  NotAllowedError: ['mic_denied', 'The browser refused access to the microphone.'],
  SecurityError: ['mic_denied', 'The browser refused access to the microphone.'],
  NotFoundError: ['mic_none', 'No microphone was found.'],
  OverconstrainedError: ['mic_gone', 'The chosen microphone is not connected.'],
  NotReadableError: ['mic_busy', 'The microphone could not be read.'],
  AbortError: ['mic_busy', 'The microphone could not be started.'],
};

/**
 * An open microphone. `port` carries its blocks (protocol.js `Block`) and is meant to be transferred to the worker.
 * `close` posts the samples gathered so far, then releases the device. A muted microphone gives zeros.
 * @typedef {{sampleRateHz: number, deviceId: string, label: string, port: MessagePort, isMuted: () => boolean,
 *   close: () => Promise<void>}} Microphone
 */

/**
 * Asks for permission where needed and starts capturing.
 * @param {string} deviceId '' for the system's default
 * @param {AbortSignal} signal releases the device at once, however far opening it has come
 * @param {(failure: SaysoError) => void} onLost called once if, while it is open, the device goes away or the browser
 *   stops it
 * @returns {Promise<Microphone>}
 * @throws {SaysoError} mic_insecure, mic_denied, mic_none, mic_gone, mic_busy, cancelled
 */
export async function openMicrophone(deviceId, signal, onLost) {
  if (!navigator.mediaDevices?.getUserMedia || !globalThis.AudioWorkletNode) {
    throw new SaysoError(
      'mic_insecure',
      `${location.origin} is not a secure address, so the browser offers no microphone.`,
    );
  }
  const audio = deviceId ? { ...RAW, deviceId: { exact: deviceId } } : RAW;
  const stream = await navigator.mediaDevices.getUserMedia({ audio }).catch((error) => {
    const [code, message] = REFUSALS[error.name] ?? ['mic_busy', 'The microphone could not be started.'];
    throw new SaysoError(code, `${message} (${error.name}: ${error.message})`);
  });
  const [track] = stream.getAudioTracks();
  const name = track.label ? `“${track.label}”` : 'The microphone';
  let isClosing = false;
  const release = () => {
    isClosing = true;
    track.stop();
  };
  /** @param {string} code @param {string} message */
  const lose = (code, message) => {
    if (isClosing) return;
    isClosing = true;
    onLost(new SaysoError(code, message));
  };
  track.addEventListener('ended', () => lose('mic_lost', `${name} was disconnected.`));
  signal.addEventListener('abort', release);
  /** @type {AudioContext | undefined} */
  let context;
  try {
    signal.throwIfAborted();
    const opened = (context = contextFor(track));
    await opened.audioWorklet.addModule(new URL('mic-worklet.js', import.meta.url));
    const node = new AudioWorkletNode(opened, 'block-sender', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage({ port: port1 }, [port1]);
    opened.createMediaStreamSource(stream).connect(node);
    await opened.resume();
    signal.throwIfAborted();
    node.addEventListener('processorerror', () =>
      lose('mic_interrupted', `The browser's audio failed while ${name} was open.`),
    );
    opened.addEventListener('statechange', () => {
      if (opened.state !== 'running') lose('mic_interrupted', `The browser's audio is ${opened.state}.`);
    });
    return {
      sampleRateHz: opened.sampleRate,
      deviceId: track.getSettings().deviceId ?? '',
      label: track.label,
      port: port2,
      isMuted: () => track.muted,
      async close() {
        isClosing = true;
        await flush(node);
        release();
        await opened.close();
      },
    };
  } catch (error) {
    release();
    await context?.close();
    if (signal.aborted) throw new SaysoError('cancelled', 'Cancelled.');
    throw new SaysoError('mic_busy', `The microphone could not be started. (${error})`);
  }
}

/** Firefox connects a microphone only to a context of the device's own rate. @param {MediaStreamTrack} track */
function contextFor(track) {
  const { sampleRate } = track.getSettings();
  return new AudioContext({ latencyHint: 'interactive', ...(sampleRate ? { sampleRate } : {}) });
}

/** Waits until the worklet has posted its last block, but no longer than FLUSH_MS. @param {AudioWorkletNode} node */
function flush(node) {
  return new Promise((resolve) => {
    node.port.onmessage = () => resolve(undefined);
    node.port.postMessage('stop');
    setTimeout(resolve, FLUSH_MS);
  });
}

/**
 * The microphones there are. Before permission is granted the browser tells neither names nor ids, so none are listed.
 * @returns {Promise<{id: string, label: string}[]>}
 */
export async function listMicrophones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices
    .filter(({ kind, deviceId, label }) => kind === 'audioinput' && deviceId && label)
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** @param {() => void} listener called when a device is connected or removed */
export function onMicrophonesChanged(listener) {
  navigator.mediaDevices?.addEventListener('devicechange', listener);
}
