/** Opening the microphone: what the browser is asked for, every way it refuses, and that the device is let go. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { freshBrowser, outcome, plugInMicrophone, settled, stopClock, watched } from './fakes.mjs';
import { listMicrophones, onMicrophonesChanged, openMicrophone } from '../../web/audio/mic.js';

const FLUSH_MS = 200;
const signalOf = () => new AbortController().signal;
const notLost = () => assert.fail('nothing was lost');

beforeEach(freshBrowser);

test('a microphone is opened at its own rate, unprocessed, as the system chooses it', async (t) => {
  const microphone = plugInMicrophone(t, { sampleRateHz: 44_100 });
  const { sampleRateHz, deviceId, label, port } = await openMicrophone('', signalOf(), notLost);
  assert.deepEqual([sampleRateHz, deviceId, label], [44_100, 'first', 'Desk microphone']);
  assert.deepEqual(microphone.constraints, [
    { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 },
  ]);
  const blocks = [];
  port.onmessage = ({ data }) => blocks.push(data);
  await microphone.hear(Float32Array.of(0.5, -0.5));
  assert.deepEqual(blocks, [{ position: 0, samples: Float32Array.of(0.5, -0.5) }]);
});

test('a microphone that was chosen is asked for, and no other will do', async (t) => {
  const microphone = plugInMicrophone(t);
  const { deviceId } = await openMicrophone('second', signalOf(), notLost);
  assert.equal(deviceId, 'second');
  assert.deepEqual(microphone.constraints[0].deviceId, { exact: 'second' });
});

for (const [name, code] of [
  ['NotAllowedError', 'mic_denied'],
  ['SecurityError', 'mic_denied'],
  ['NotFoundError', 'mic_none'],
  ['OverconstrainedError', 'mic_gone'],
  ['NotReadableError', 'mic_busy'],
  ['AbortError', 'mic_busy'],
  ['TypeError', 'mic_busy'],
]) {
  test(`a browser that refuses with ${name} means ${code}`, async (t) => {
    plugInMicrophone(t, {
      answerPrompt() {
        throw new DOMException('as it says', name);
      },
    });
    await assert.rejects(openMicrophone('', signalOf(), notLost), {
      code,
      message: new RegExp(`\\(${name}: as it says\\)$`),
    });
  });
}

test('on an address that is not secure there is no microphone to ask for', async () => {
  globalThis.location = { origin: 'plain' };
  await assert.rejects(openMicrophone('', signalOf(), notLost), { code: 'mic_insecure', message: /^plain is not/ });
});

test('a prompt answered after it was cancelled opens nothing', async (t) => {
  let allow;
  const microphone = plugInMicrophone(t, { answerPrompt: () => new Promise((resolve) => (allow = resolve)) });
  const abort = new AbortController();
  const opening = watched(openMicrophone('', abort.signal, notLost));
  await settled();
  abort.abort();
  allow();
  await settled();
  assert.equal(opening.code, 'cancelled');
  assert.equal(microphone.isOpen, false);
});

test('a microphone that cannot be connected is let go', async (t) => {
  const microphone = plugInMicrophone(t);
  const contexts = [];
  const Context = globalThis.AudioContext;
  globalThis.AudioContext = class extends Context {
    constructor(options) {
      super(options);
      contexts.push(this);
      this.audioWorklet.addModule = async () => {
        throw new DOMException('no such script', 'AbortError');
      };
    }
  };
  await assert.rejects(openMicrophone('', signalOf(), notLost), { code: 'mic_busy', message: /no such script/ });
  assert.equal(microphone.isOpen, false);
  assert.deepEqual(
    contexts.map(({ state }) => state),
    ['closed'],
  );
});

test('cancelling while the audio starts lets the device go and closes the audio', async (t) => {
  const microphone = plugInMicrophone(t);
  let resume;
  t.mock.method(globalThis.AudioContext.prototype, 'resume', () => new Promise((resolve) => (resume = resolve)));
  const abort = new AbortController();
  const opening = watched(openMicrophone('', abort.signal, notLost));
  await settled();
  abort.abort();
  assert.equal(microphone.isOpen, false);
  resume();
  await settled();
  assert.equal(opening.code, 'cancelled');
  assert.equal(microphone.captures[0].context.state, 'closed');
});

test('cancelling lets the device go, however far the start has come', async (t) => {
  const microphone = plugInMicrophone(t);
  const abort = new AbortController();
  await openMicrophone('', abort.signal, notLost);
  assert.ok(microphone.isOpen);
  abort.abort();
  assert.equal(microphone.isOpen, false);
});

test('closing waits for the last block, lets the device go, and is no loss', async (t) => {
  stopClock(t);
  const microphone = plugInMicrophone(t);
  const { close } = await openMicrophone('', signalOf(), notLost);
  await close();
  assert.equal(microphone.isOpen, false);
  assert.equal(microphone.captures[0].context.state, 'closed');
  microphone.track.dispatchEvent(new Event('ended'));
});

test('an audio thread that has stopped does not keep the device open', async (t) => {
  const clock = stopClock(t);
  const microphone = plugInMicrophone(t);
  const { close } = await openMicrophone('', signalOf(), notLost);
  microphone.captures[0].node.port.postMessage = () => {};
  const closing = close();
  assert.equal((await outcome(closing)).is, 'waiting');
  await clock.pass(FLUSH_MS);
  await closing;
  assert.equal(microphone.isOpen, false);
});

for (const [what, happen, code, message] of [
  [
    'is unplugged',
    ({ track }) => track.dispatchEvent(new Event('ended')),
    'mic_lost',
    '“Desk microphone” was disconnected.',
  ],
  [
    'is interrupted',
    ({ context }) => context.change('interrupted'),
    'mic_interrupted',
    "The browser's audio is interrupted.",
  ],
  [
    'has its audio thread fail',
    ({ node }) => node.dispatchEvent(new Event('processorerror')),
    'mic_interrupted',
    "The browser's audio failed while “Desk microphone” was open.",
  ],
]) {
  test(`a microphone that ${what} is told once`, async (t) => {
    const microphone = plugInMicrophone(t);
    const lost = [];
    await openMicrophone('', signalOf(), (failure) => lost.push([failure.code, failure.message]));
    happen(microphone.captures[0]);
    happen(microphone.captures[0]);
    microphone.track.dispatchEvent(new Event('ended'));
    assert.deepEqual(lost, [[code, message]]);
  });
}

test('microphones are listed once they have names, and a change of them is told', async (t) => {
  plugInMicrophone(t);
  const audio = (deviceId, label) => ({ kind: 'audioinput', deviceId, label });
  const devices = [audio('', ''), audio('a', 'Desk'), { kind: 'videoinput', deviceId: 'b', label: 'Camera' }];
  navigator.mediaDevices.enumerateDevices = async () => devices;
  assert.deepEqual(await listMicrophones(), [{ id: 'a', label: 'Desk' }]);
  const changed = t.mock.fn();
  onMicrophonesChanged(changed);
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  assert.equal(changed.mock.callCount(), 1);
});

test('a browser without microphones lists none', async () => {
  assert.deepEqual(await listMicrophones(), []);
  onMicrophonesChanged(() => {});
});
