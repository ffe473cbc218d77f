/** A worker's life as the page watches it: its start, its silence, its death, and what becomes of what it was asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOOT, makeClient, outcome, readyClient, recorded, settled, stopClock, watched } from './fakes.mjs';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { PING, TRAIN_RUN, CLIPS_EXAMPLE, MODEL_LOAD } = REQUESTS;
const BEAT_MS = 5_000;
const CALM_MS = 600_000;
const DIED = { is: 'rejected', code: 'worker_died' };

test('the state tells how far the start has come, and then what the worker offers', (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  const states = recorded(client.state);
  client.start();
  workers[0].say(EVENTS.BOOT_PROGRESS, { step: 'python', fraction: 0.5, label: 'Starting Python' });
  workers[0].boot();
  assert.deepEqual(states.slice(1), [
    { kind: 'booting', label: 'Starting', fraction: 0, generation: 1 },
    { kind: 'booting', label: 'Starting Python', fraction: 0.5, generation: 1 },
    { kind: 'ready', boot: BOOT, generation: 1 },
  ]);
});

test('a start that fails rejects everything that waits, and everything asked later, with its failure', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  const failure = { code: 'boot_failed', message: 'no room' };
  const waiting = [PING, MODEL_LOAD].map((type) => watched(client.request(type, {})));
  await settled();
  workers[0].say(EVENTS.BOOT_FAILED, failure);
  assert.deepEqual(client.state.value, { kind: 'failed', failure, generation: 1 });
  await settled();
  assert.deepEqual(waiting, Array(2).fill({ is: 'rejected', ...failure }));
  assert.deepEqual(await outcome(client.request(TRAIN_RUN, {})), { is: 'rejected', ...failure });
  assert.ok(workers[0].isTerminated);
  assert.equal(workers.length, 1, 'it is not started again by itself');
});

test('a script that cannot be loaded is a start that failed, and not an uncaught error', (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  const event = workers[0].die();
  assert.deepEqual(client.state.value, {
    kind: 'failed',
    failure: { code: 'worker_died', message: 'The worker script could not be loaded.' },
    generation: 1,
  });
  assert.ok(event.defaultPrevented);
});

test('a worker that dies is replaced by another of the next generation', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  workers[0].die('out of memory');
  assert.equal(workers.length, 2);
  assert.ok(workers[0].isTerminated);
  assert.deepEqual(client.state.value, { kind: 'booting', label: 'Starting', fraction: 0, generation: 2 });
  workers[1].boot();
  assert.deepEqual(client.state.value, { kind: 'ready', boot: BOOT, generation: 2 });
  const answer = client.request(PING, {});
  await settled();
  workers[1].reply(workers[1].last(PING).id, { state: 'idle' });
  assert.deepEqual(await answer, { state: 'idle' });
});

test('a worker that dies rejects everything it was asked, and the next knows nothing of it', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  const waiting = [TRAIN_RUN, CLIPS_EXAMPLE].map((type) => watched(client.request(type, {})));
  await settled();
  workers[0].die('out of memory');
  await settled();
  assert.deepEqual(waiting, Array(2).fill({ ...DIED, message: 'out of memory' }));
  workers[1].boot();
  await settled();
  assert.deepEqual(workers[1].sent, []);
});

test('a worker in which Python fails past its session says so, and is replaced', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  const answer = watched(client.request(TRAIN_RUN, {}));
  await settled();
  workers[0].say(EVENTS.BOOT_FAILED, { code: 'worker_died', message: 'MemoryError' });
  await settled();
  assert.deepEqual(answer, { ...DIED, message: 'MemoryError' });
  assert.equal(client.state.value.generation, 2);
});

test('the last words of a worker that was replaced are ignored', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  const heard = [];
  client.on(EVENTS.LISTEN_DETECTION, ({ label }) => heard.push(label));
  workers[0].die();
  workers[1].boot();
  const answer = client.request(CLIPS_EXAMPLE, {});
  await settled();
  workers[0].reply(workers[1].last(CLIPS_EXAMPLE).id, 'of the dead');
  workers[0].say(EVENTS.LISTEN_DETECTION, { label: 'yes', confidence: 1, timeS: 0 });
  workers[0].say(EVENTS.BOOT_FAILED, { code: 'boot_failed', message: '' });
  workers[0].die();
  assert.equal((await outcome(answer)).is, 'waiting');
  assert.deepEqual(heard, []);
  assert.equal(workers.length, 2);
  assert.equal(client.state.value.kind, 'ready');
});

test('a worker that is silent for three beats is replaced', async (t) => {
  const clock = stopClock(t);
  const { client, workers } = readyClient();
  const answer = watched(client.request(TRAIN_RUN, {}));
  for (let beat = 1; beat <= 3; beat += 1) {
    await clock.pass(BEAT_MS);
    assert.equal(workers[0].payloads(PING).length, beat);
    assert.equal(workers.length, 1);
  }
  await clock.pass(BEAT_MS);
  assert.equal(workers.length, 2);
  await settled();
  assert.deepEqual(answer, { ...DIED, message: 'The worker has not answered for 15 seconds.' });
  assert.equal(client.state.value.generation, 2);
});

test('a worker that answers its pings lives on, and so does one that says anything else', async (t) => {
  const clock = stopClock(t);
  const { workers, answers } = readyClient();
  answers[PING] = () => ({ state: 'training' });
  for (let beat = 0; beat < 10; beat += 1) await clock.pass(BEAT_MS);
  delete answers[PING];
  for (let beat = 0; beat < 10; beat += 1) {
    await clock.pass(BEAT_MS);
    if (beat % 3 === 0) workers[0].say(EVENTS.TRAIN_PROGRESS, {});
  }
  assert.equal(workers.length, 1);
});

test('nobody counts the beats of a worker that is still starting', async (t) => {
  const clock = stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  for (let beat = 0; beat < 20; beat += 1) await clock.pass(BEAT_MS);
  assert.equal(client.state.value.kind, 'booting');
  assert.deepEqual(workers[0].sent, []);
});

test('the fourth death in a row is final', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  for (let death = 1; death <= 3; death += 1) {
    workers.at(-1).die(`death ${death}`);
    workers.at(-1).boot();
  }
  assert.equal(client.state.value.generation, 4);
  const answer = watched(client.request(TRAIN_RUN, {}));
  await settled();
  workers.at(-1).die('death 4');
  const failure = { code: 'worker_died', message: 'death 4' };
  assert.deepEqual(client.state.value, { kind: 'failed', failure, generation: 4 });
  await settled();
  assert.deepEqual(answer, { is: 'rejected', ...failure });
  assert.equal(workers.length, 4);
});

test('deaths with ten calm minutes after them do not add up', async (t) => {
  const clock = stopClock(t);
  const { client, workers, answers } = readyClient();
  answers[PING] = () => ({ state: 'idle' });
  for (let death = 1; death <= 8; death += 1) {
    workers.at(-1).die();
    workers.at(-1).boot();
    if (death % 3 === 0) await clock.pass(CALM_MS);
  }
  assert.equal(client.state.value.kind, 'ready');
  assert.equal(client.state.value.generation, 9);
});

test('deaths some minutes apart are deaths in a row', async (t) => {
  const clock = stopClock(t);
  const { client, workers, answers } = readyClient();
  answers[PING] = () => ({ state: 'idle' });
  for (let death = 1; death <= 4; death += 1) {
    workers.at(-1).die();
    if (death <= 3) workers.at(-1).boot();
    await clock.pass(CALM_MS / 4);
  }
  assert.equal(client.state.value.kind, 'failed');
});

test('a worker that dies as it is started again is not started once more', (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  workers[0].die();
  workers[1].die('again');
  assert.deepEqual(client.state.value, {
    kind: 'failed',
    failure: { code: 'worker_died', message: 'again' },
    generation: 2,
  });
  assert.equal(workers.length, 2);
});

test('a person may start it again after it has given up, with all its lives', (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  for (let death = 1; death <= 4; death += 1) {
    workers.at(-1).die();
    if (death <= 3) workers.at(-1).boot();
  }
  assert.equal(client.state.value.kind, 'failed');
  client.start();
  for (let death = 1; death <= 3; death += 1) {
    workers.at(-1).boot();
    workers.at(-1).die();
  }
  assert.equal(client.state.value.kind, 'booting');
  assert.equal(client.state.value.generation, 8);
});

test('a start while another worker runs ends that one and what it was asked', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  const answer = watched(client.request(TRAIN_RUN, {}));
  await settled();
  client.start();
  await settled();
  assert.deepEqual(answer, { ...DIED, message: 'The worker was started again.' });
  assert.ok(workers[0].isTerminated);
  assert.equal(client.state.value.generation, 2);
});

test('what was asked before the first start, or while a worker was starting, is asked of the next', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  const answers = [client.request(PING, {})];
  client.start();
  answers.push(client.request(CLIPS_EXAMPLE, {}));
  client.start();
  workers[1].boot();
  await settled();
  assert.deepEqual(workers[0].sent, []);
  assert.deepEqual(workers[1].types, [PING, CLIPS_EXAMPLE]);
  for (const { id } of workers[1].sent) workers[1].reply(id, id);
  assert.deepEqual(await Promise.all(answers), [1, 2]);
});

test('what waited for its turn as a worker died is asked of the next, or rejected if there is none', async (t) => {
  stopClock(t);
  const { client, workers } = readyClient();
  const [asked, waiting] = [TRAIN_RUN, MODEL_LOAD].map((type) => watched(client.request(type, {})));
  await settled();
  workers[0].die();
  workers[1].boot();
  await settled();
  assert.deepEqual([asked.code, waiting.is], ['worker_died', 'waiting']);
  assert.deepEqual(workers[1].types, [MODEL_LOAD]);
  const last = watched(client.request(TRAIN_RUN, {}));
  workers[1].die();
  workers[2].die('for good');
  await settled();
  assert.deepEqual([waiting.code, last.message], ['worker_died', 'for good']);
});

test('a worker that died is not pinged any more', async (t) => {
  const clock = stopClock(t);
  const { workers } = readyClient();
  workers[0].die();
  workers[1].boot();
  await clock.pass(BEAT_MS);
  assert.deepEqual(workers[0].sent, []);
  assert.deepEqual(workers[1].types, [PING]);
});
