/** Listening, from the microphone's permission to its release: its states, and that the device is never left open. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  cardOf,
  freshBrowser,
  makeClient,
  plugInMicrophone,
  recorded,
  Refusal,
  settled,
  stopClock,
  until,
  watched,
} from './fakes.mjs';
import { Listening } from '../../web/state/listening.js';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { LISTEN_START, LISTEN_STOP, LISTEN_TUNE, PING } = REQUESTS;
const CARD = cardOf('yes no');
const MISSING_AFTER_MS = 2_000;
const WATCH_EVERY_MS = 500;

/** A page whose worker is ready, whose model is loaded, and whose microphone is granted, unless told otherwise. */
function openPage(t, { boots = true, modelSettled = () => Promise.resolve(), ...microphoneOptions } = {}) {
  const clock = stopClock(t);
  const microphone = plugInMicrophone(t, microphoneOptions);
  const made = makeClient({
    [PING]: () => ({}),
    [LISTEN_START]: () => ({ card: CARD, detector: CARD.detector, hopMs: 20 }),
    [LISTEN_TUNE]: (settings) => ({ ...CARD.detector, ...settings }),
    [LISTEN_STOP]: () => ({ nSamples: 0, nDropped: 0, nDetections: 0 }),
  });
  made.client.start();
  if (boots) made.worker.boot();
  const page = { busy: null };
  const listening = new Listening(made.client, () => page.busy, modelSettled);
  const kinds = [];
  listening.state.subscribe(({ kind, step }) => kinds.push(step ? `${kind}: ${step}` : kind));
  return Object.assign(made, page, { clock, microphone, listening, kinds, page });
}

beforeEach(freshBrowser);

test('listening starts with the microphone and tells what it listens with', async (t) => {
  const { listening, worker, kinds, microphone } = openPage(t, { sampleRateHz: 44_100 });
  await listening.start();
  assert.deepEqual(kinds, ['off', 'starting: Asking for the microphone', 'starting: Starting to listen', 'on']);
  assert.deepEqual(listening.state.value, {
    kind: 'on',
    card: CARD,
    detector: CARD.detector,
    hopMs: 20,
    device: 'Desk microphone',
    sampleRateHz: 44_100,
    sound: 'arriving',
  });
  const { payload, transfer } = worker.last(LISTEN_START);
  assert.equal(payload.sampleRateHz, 44_100);
  assert.deepEqual(transfer, [payload.port]);
  assert.ok(listening.isOn && listening.isActive && microphone.isOpen);
});

test('stopping lets the microphone go before it tells the worker', async (t) => {
  const { listening, worker, kinds, microphone, answers } = openPage(t);
  await listening.start();
  answers[LISTEN_STOP] = () => assert.equal(microphone.isOpen, false);
  await Promise.all([listening.stop(), listening.stop()]);
  assert.deepEqual(kinds.slice(-2), ['stopping', 'off']);
  assert.equal(worker.payloads(LISTEN_STOP).length, 1);
  await listening.stop();
  assert.equal(worker.payloads(LISTEN_STOP).length, 1);
});

test('a second start while one is under way, or done, opens no second microphone', async (t) => {
  const { listening, microphone } = openPage(t);
  await Promise.all([listening.start(), listening.start()]);
  await listening.start();
  assert.equal(microphone.captures.length, 1);
});

test('listening can be started again after it was stopped', async (t) => {
  const { listening, microphone } = openPage(t);
  await listening.start();
  await listening.stop();
  await listening.start();
  assert.ok(listening.isOn);
  assert.deepEqual(
    microphone.captures.map(({ track }) => track.isStopped),
    [true, false],
  );
});

for (const busy of ['training', 'audio']) {
  test(`while the worker is busy with ${busy} no microphone is opened`, async (t) => {
    const { listening, microphone, page } = openPage(t);
    page.busy = busy;
    await listening.start();
    assert.deepEqual(listening.state.value.failure, {
      code: 'wrong_state',
      message: `Listening waits for the ${busy}.`,
    });
    assert.equal(microphone.constraints.length, 0);
    page.busy = null;
    await listening.start();
    assert.ok(listening.isOn);
  });
}

test('a microphone that is refused is told, and can be tried again', async (t) => {
  let isAllowed = false;
  const { listening, worker } = openPage(t, {
    answerPrompt() {
      if (!isAllowed) throw new DOMException('', 'NotAllowedError');
    },
  });
  await listening.start();
  await listening.stop();
  assert.equal(listening.state.value.failure.code, 'mic_denied', 'it is off already, and the reason stays');
  assert.deepEqual(worker.types, []);
  isAllowed = true;
  await listening.start();
  assert.ok(listening.isOn);
});

test('a prompt that nobody answers is taken back by stopping', async (t) => {
  let allow;
  const { listening, microphone, worker } = openPage(t, {
    answerPrompt: () => new Promise((resolve) => (allow = resolve)),
  });
  listening.start();
  await settled();
  assert.ok(listening.isActive && !listening.isOn);
  await listening.stop();
  assert.deepEqual(listening.state.value, { kind: 'off' });
  allow();
  await settled();
  assert.deepEqual(listening.state.value, { kind: 'off' });
  assert.equal(microphone.isOpen, false);
  assert.deepEqual(worker.types, []);
});

test('a start after a prompt was taken back is a start of its own', async (t) => {
  const answers = [];
  const { listening, microphone } = openPage(t, {
    answerPrompt: () => new Promise((resolve) => answers.push(resolve)),
  });
  listening.start();
  await settled();
  await listening.stop();
  const second = listening.start();
  await settled();
  answers[1]();
  await second;
  assert.ok(listening.isOn);
  answers[0]();
  await settled();
  assert.ok(listening.isOn);
  assert.equal(microphone.captures.filter(({ track }) => !track.isStopped).length, 1);
});

test('a worker that refuses to listen leaves the microphone closed', async (t) => {
  const { listening, microphone, answers } = openPage(t);
  answers[LISTEN_START] = () => {
    throw new Refusal('no_model', 'there is no model');
  };
  await listening.start();
  assert.deepEqual(listening.state.value, {
    kind: 'failed',
    failure: { code: 'no_model', message: 'there is no model' },
  });
  assert.equal(microphone.isOpen, false);
});

test('while Python starts the person is told so, and listening begins once it has', async (t) => {
  let settle;
  const { listening, worker } = openPage(t, {
    boots: false,
    modelSettled: () => new Promise((resolve) => (settle = resolve)),
  });
  const starting = listening.start();
  await settled();
  assert.deepEqual(listening.state.value, { kind: 'starting', step: 'Waiting for Python to start' });
  worker.boot();
  await settled();
  assert.deepEqual(worker.payloads(LISTEN_START), [], 'the model comes first');
  settle();
  await starting;
  assert.ok(listening.isOn);
});

test('a stop while Python starts lets the microphone go at once, and nothing is listened to later', async (t) => {
  let settle;
  const { listening, worker, microphone } = openPage(t, {
    boots: false,
    modelSettled: () => new Promise((resolve) => (settle = resolve)),
  });
  listening.start();
  await settled();
  const stopping = listening.stop();
  await settled();
  assert.equal(microphone.isOpen, false);
  settle();
  worker.boot();
  await stopping;
  assert.deepEqual(listening.state.value, { kind: 'off' });
  assert.deepEqual(worker.payloads(LISTEN_START), []);
});

test('a stop while Python starts is off at once, and can be followed by a start', async (t) => {
  const { listening } = openPage(t, { boots: false, modelSettled: () => new Promise(() => {}) });
  listening.start();
  await settled();
  listening.stop();
  await settled();
  assert.deepEqual(listening.state.value, { kind: 'off' });
  listening.start();
  await settled();
  assert.equal(listening.state.value.kind, 'starting');
});

test('a stop while the worker is being asked ends there too', async (t) => {
  const { listening, worker, microphone, answers, kinds } = openPage(t);
  delete answers[LISTEN_START];
  listening.start();
  await until(() => worker.types.includes(LISTEN_START));
  const stopping = listening.stop();
  await settled();
  worker.reply(worker.last(LISTEN_START).id, { card: CARD, detector: CARD.detector, hopMs: 20 });
  await stopping;
  assert.deepEqual(listening.state.value, { kind: 'off' });
  assert.equal(microphone.isOpen, false);
  assert.deepEqual(worker.types, [LISTEN_START, LISTEN_STOP]);
  assert.ok(!kinds.includes('on'));
});

test('a microphone that is unplugged is told, and the worker listens no more', async (t) => {
  const { listening, microphone, worker } = openPage(t);
  await listening.start();
  microphone.track.dispatchEvent(new Event('ended'));
  await until(() => listening.state.value.kind === 'failed');
  assert.equal(listening.state.value.failure.code, 'mic_lost');
  assert.equal(worker.payloads(LISTEN_STOP).length, 1);
  await listening.start();
  assert.ok(listening.isOn);
});

test('another microphone is used at once while listening, and at the next start otherwise', async (t) => {
  const { listening, microphone } = openPage(t);
  await listening.useDevice('second');
  assert.equal(microphone.captures.length, 0);
  await listening.start();
  await listening.useDevice('third');
  assert.ok(listening.isOn);
  assert.deepEqual(
    microphone.constraints.map(({ deviceId }) => deviceId?.exact),
    ['second', 'third'],
  );
  assert.deepEqual(
    microphone.captures.map(({ track }) => track.isStopped),
    [true, false],
  );
});

test('what cannot be done while listening is done in a pause', async (t) => {
  const { listening, microphone } = openPage(t);
  await listening.start();
  const action = t.mock.fn(async () => assert.equal(microphone.isOpen, false));
  await listening.pauseFor(action);
  assert.ok(listening.isOn);
  await listening.stop();
  await listening.pauseFor(action);
  assert.deepEqual(listening.state.value, { kind: 'off' });
  assert.equal(action.mock.callCount(), 2);
});

test('sound that stays away, and a muted microphone, are told and forgotten once it comes', async (t) => {
  const { listening, microphone, worker, clock } = openPage(t);
  await listening.start();
  const sounds = recorded(listening.state);
  await clock.pass(MISSING_AFTER_MS + WATCH_EVERY_MS);
  worker.say(EVENTS.LISTEN_UPDATE, {});
  await clock.pass(WATCH_EVERY_MS);
  microphone.track.muted = true;
  await clock.pass(WATCH_EVERY_MS);
  microphone.track.muted = false;
  worker.say(EVENTS.LISTEN_UPDATE, {});
  await clock.pass(WATCH_EVERY_MS);
  assert.deepEqual(
    sounds.map(({ sound }) => sound),
    ['arriving', 'missing', 'arriving', 'muted', 'arriving'],
  );
});

test('sound is not missed that could not come yet', async (t) => {
  const { listening, worker, answers, clock } = openPage(t);
  delete answers[LISTEN_START];
  const starting = listening.start();
  await clock.pass(2 * MISSING_AFTER_MS);
  worker.reply(worker.last(LISTEN_START).id, { card: CARD, detector: CARD.detector, hopMs: 20 });
  await starting;
  await clock.pass(WATCH_EVERY_MS);
  assert.equal(listening.state.value.sound, 'arriving');
  await listening.stop();
  await clock.pass(2 * MISSING_AFTER_MS);
  assert.deepEqual(listening.state.value, { kind: 'off' });
});

test('settings moved while listening are in force at once, and at every later start', async (t) => {
  const { listening, worker } = openPage(t);
  await listening.start();
  await listening.tune({ threshold: 0.9 });
  assert.equal(listening.state.value.detector.threshold, 0.9);
  await listening.tune({ smoothingMs: 100 });
  await listening.stop();
  await listening.start();
  assert.deepEqual(worker.payloads(LISTEN_TUNE), [
    { threshold: 0.9 },
    { smoothingMs: 100 },
    { threshold: 0.9, smoothingMs: 100 },
  ]);
  assert.deepEqual(listening.state.value.detector, { ...CARD.detector, threshold: 0.9, smoothingMs: 100 });
});

test('settings moved while nobody listens wait for the start', async (t) => {
  const { listening, worker } = openPage(t);
  await listening.tune({ threshold: 0.7 });
  assert.deepEqual(worker.types, []);
  await listening.start();
  assert.deepEqual(worker.types, [LISTEN_START, LISTEN_TUNE]);
});

test('a start waits for the settings of another model', async (t) => {
  const { listening, worker } = openPage(t);
  await listening.tune({ threshold: 0.7 });
  let read;
  listening.setTuning(new Promise((resolve) => (read = resolve)));
  const starting = watched(listening.start());
  await settled();
  assert.equal(starting.is, 'waiting');
  read({ refractoryMs: 500 });
  await settled();
  assert.equal(starting.is, 'resolved');
  assert.deepEqual(worker.payloads(LISTEN_TUNE), [{ refractoryMs: 500 }]);
});

test('the answer to a setting that comes after the stop changes nothing', async (t) => {
  const { listening, worker, answers } = openPage(t);
  await listening.start();
  delete answers[LISTEN_TUNE];
  const tuning = listening.tune({ threshold: 0.9 });
  await settled();
  await listening.stop();
  worker.reply(worker.last(LISTEN_TUNE).id, { ...CARD.detector, threshold: 0.9 });
  await tuning;
  assert.deepEqual(listening.state.value, { kind: 'off' });
});

test('of two settings moved quickly both show in the state', async (t) => {
  const { listening } = openPage(t);
  await listening.start();
  await Promise.all([listening.tune({ threshold: 0.9 }), listening.tune({ threshold: 0.6 })]);
  assert.equal(listening.state.value.detector.threshold, 0.6);
});

test('a worker that dies is replaced by one that listens on, with the settings and a new microphone', async (t) => {
  const { listening, workers, microphone } = openPage(t);
  await listening.start();
  await listening.tune({ threshold: 0.9 });
  workers[0].die();
  workers[1].boot();
  await listening.restore();
  assert.ok(listening.isOn);
  assert.deepEqual(workers[1].types, [LISTEN_START, LISTEN_TUNE]);
  assert.deepEqual(
    microphone.captures.map(({ track }) => track.isStopped),
    [true, false],
  );
});

test('a new worker does not begin to listen by itself', async (t) => {
  const { listening, workers, microphone } = openPage(t);
  await listening.start();
  await listening.stop();
  workers[0].die();
  workers[1].boot();
  await listening.restore();
  assert.deepEqual(listening.state.value, { kind: 'off' });
  assert.equal(microphone.captures.length, 1);
});

test('a worker that died does not keep listening from being stopped', async (t) => {
  const { listening, workers, microphone, answers } = openPage(t);
  await listening.start();
  delete answers[LISTEN_STOP];
  const stopping = listening.stop();
  await until(() => workers[0].types.includes(LISTEN_STOP));
  workers[0].die();
  await stopping;
  assert.deepEqual(listening.state.value, { kind: 'off' });
  assert.equal(microphone.isOpen, false);
});

test('a microphone whose audio the browser has closed by itself can still be let go', async (t) => {
  const { listening, microphone } = openPage(t);
  await listening.start();
  microphone.captures[0].context.close = async () => {
    throw new DOMException('already closed', 'InvalidStateError');
  };
  await listening.stop();
  assert.deepEqual(listening.state.value, { kind: 'off' });
});
