/** Requests to the worker: what is sent when, and what becomes of the answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeClient, outcome, readyClient, settled, stopClock, watched } from './fakes.mjs';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { PING, CANCEL, TRAIN_RUN, TRAIN_STOP, CLIPS_ADD_ZIP, CLIPS_EXAMPLE, LISTEN_TUNE, MODEL_LOAD } = REQUESTS;
const CANCELLED = { is: 'rejected', code: 'cancelled', message: 'Cancelled.' };

test('a request waits until the worker is ready', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  const answer = client.request(CLIPS_EXAMPLE, { label: 'yes' });
  await settled();
  assert.deepEqual(workers[0].sent, []);
  workers[0].boot();
  await settled();
  const { id, type, payload } = workers[0].sent[0];
  assert.deepEqual([type, payload], [CLIPS_EXAMPLE, { label: 'yes' }]);
  workers[0].reply(id, { word: 'yes' });
  assert.deepEqual(await answer, { word: 'yes' });
});

test('what was asked before the worker was ready is sent in the order it was asked', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  for (const type of [LISTEN_TUNE, CLIPS_EXAMPLE, PING]) client.request(type, {});
  workers[0].boot();
  await settled();
  assert.deepEqual(workers[0].types, [LISTEN_TUNE, CLIPS_EXAMPLE, PING]);
});

test('answers find the request they belong to, in whatever order they come', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const [first, second] = [client.request(CLIPS_EXAMPLE, {}), client.request(CLIPS_EXAMPLE, {})];
  await settled();
  const [one, two] = worker.sent;
  assert.notEqual(one.id, two.id);
  worker.reply(two.id, 'of the second');
  worker.reply(one.id, 'of the first');
  assert.deepEqual(await Promise.all([first, second]), ['of the first', 'of the second']);
});

test('a refusal rejects with the code and the message of the worker', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const answer = client.request(CLIPS_EXAMPLE, { label: 'maybe' });
  await settled();
  worker.refuse(worker.last(CLIPS_EXAMPLE).id, 'bad_label', 'label "maybe"');
  await assert.rejects(answer, { name: 'SaysoError', code: 'bad_label', message: 'label "maybe"' });
});

test('an answer to nothing that was asked is ignored', (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  worker.reply(99, 'a stranger');
  worker.refuse(98, 'internal');
  assert.equal(client.state.value.kind, 'ready');
});

test('an event reaches each who listens to it, and nobody who listens to another', (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const heard = [];
  client.on(EVENTS.LISTEN_DETECTION, ({ label }) => heard.push(['first', label]));
  client.on(EVENTS.LISTEN_DETECTION, ({ label }) => heard.push(['second', label]));
  client.on(EVENTS.AUDIO_DROPPED, () => heard.push(['another']));
  worker.say(EVENTS.LISTEN_DETECTION, { label: 'yes', confidence: 1, timeS: 0 });
  assert.deepEqual(heard, [
    ['first', 'yes'],
    ['second', 'yes'],
  ]);
});

test('what is transferred goes with the message, sent at once or when the worker is ready', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  const [worker] = workers;
  const [early, late] = [new ArrayBuffer(1), new ArrayBuffer(2)];
  client.request(CLIPS_EXAMPLE, {}, { transfer: [early] });
  worker.boot();
  client.request(CLIPS_EXAMPLE, {}, { transfer: [late] });
  await settled();
  assert.deepEqual(
    worker.sent.map(({ transfer }) => transfer),
    [[early], [late]],
  );
});

test('progress reaches the request it is of, and ends with its answer', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const [ofZip, ofExample] = [[], []];
  client.request(CLIPS_ADD_ZIP, {}, { onProgress: (progress) => ofZip.push(progress.done) });
  client.request(CLIPS_EXAMPLE, {}, { onProgress: (progress) => ofExample.push(progress.done) });
  await settled();
  const { id } = worker.last(CLIPS_ADD_ZIP);
  worker.say(EVENTS.JOB_PROGRESS, { id, label: 'Reading', done: 1, total: 2 });
  worker.say(EVENTS.JOB_PROGRESS, { id: worker.last(CLIPS_EXAMPLE).id, label: 'Choosing', done: 5, total: 9 });
  worker.reply(id);
  worker.say(EVENTS.JOB_PROGRESS, { id, label: 'Reading', done: 2, total: 2 });
  assert.deepEqual([ofZip, ofExample], [[1], [5]]);
});

test('a request that was cancelled before it was asked is not sent', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const answer = client.request(CLIPS_EXAMPLE, {}, { signal: AbortSignal.abort() });
  assert.deepEqual(await outcome(answer), CANCELLED);
  assert.deepEqual(worker.sent, []);
});

test('a request that is cancelled while the worker starts is not sent', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  const abort = new AbortController();
  const unwanted = client.request(CLIPS_ADD_ZIP, {}, { signal: abort.signal });
  client.request(CLIPS_EXAMPLE, {});
  await settled();
  client.request(LISTEN_TUNE, {});
  abort.abort();
  assert.deepEqual(await outcome(unwanted), CANCELLED);
  workers[0].boot();
  await settled();
  assert.deepEqual(workers[0].types, [CLIPS_EXAMPLE, LISTEN_TUNE]);
});

test('a request that is cancelled while it runs is ended in the worker, whose answer tells how', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const abort = new AbortController();
  const answer = client.request(CLIPS_ADD_ZIP, {}, { signal: abort.signal });
  await settled();
  const { id } = worker.last(CLIPS_ADD_ZIP);
  abort.abort();
  assert.equal((await outcome(answer)).is, 'waiting', 'it runs until the worker has ended it');
  assert.deepEqual(worker.last(CANCEL).payload, { id });
  worker.refuse(id, 'cancelled', 'Ended half-way.');
  assert.deepEqual(await outcome(answer), { is: 'rejected', code: 'cancelled', message: 'Ended half-way.' });
});

test('a request that was done before its cancel came has its result', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const abort = new AbortController();
  const answer = client.request(CLIPS_ADD_ZIP, {}, { signal: abort.signal });
  await settled();
  abort.abort();
  worker.reply(worker.last(CLIPS_ADD_ZIP).id, { nClips: 3 });
  assert.deepEqual(await answer, { nClips: 3 });
});

test('cancelling what is answered already asks nothing of the worker', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient({ [CLIPS_EXAMPLE]: () => ({}) });
  const abort = new AbortController();
  await client.request(CLIPS_EXAMPLE, {}, { signal: abort.signal });
  abort.abort();
  await settled();
  assert.deepEqual(worker.types, [CLIPS_EXAMPLE]);
});

test('a worker that refuses to cancel disturbs nobody', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const abort = new AbortController();
  const answer = client.request(CLIPS_ADD_ZIP, {}, { signal: abort.signal });
  await settled();
  abort.abort();
  await settled();
  worker.refuse(worker.last(CANCEL).id, 'internal');
  assert.equal((await outcome(answer)).is, 'waiting');
});

test('two long requests that are asked together are sent one after another', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const answers = [client.request(MODEL_LOAD, {}), client.request(TRAIN_RUN, {})];
  await settled();
  assert.deepEqual(worker.types, [MODEL_LOAD]);
  worker.reply(worker.last(MODEL_LOAD).id, 'a card');
  await settled();
  assert.deepEqual(worker.types, [MODEL_LOAD, TRAIN_RUN]);
  worker.reply(worker.last(TRAIN_RUN).id, 'a model');
  assert.deepEqual(await Promise.all(answers), ['a card', 'a model']);
});

test('long requests that are asked before the worker is ready take turns too', async (t) => {
  stopClock(t);
  const { client, workers } = makeClient();
  client.start();
  const [worker] = workers;
  client.request(MODEL_LOAD, {});
  client.request(TRAIN_RUN, {});
  await settled();
  worker.boot();
  await settled();
  assert.deepEqual(worker.types, [MODEL_LOAD]);
  worker.reply(worker.last(MODEL_LOAD).id);
  await settled();
  assert.deepEqual(worker.types, [MODEL_LOAD, TRAIN_RUN]);
});

test('a long request that fails gives the next its turn', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const failing = client.request(MODEL_LOAD, {});
  client.request(TRAIN_RUN, {});
  await settled();
  worker.refuse(worker.last(MODEL_LOAD).id, 'file_empty');
  await assert.rejects(failing, { code: 'file_empty' });
  await settled();
  assert.deepEqual(worker.types, [MODEL_LOAD, TRAIN_RUN]);
});

test('a long request that is cancelled while it waits for its turn is never sent', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const abort = new AbortController();
  client.request(TRAIN_RUN, {});
  const unwanted = client.request(CLIPS_ADD_ZIP, {}, { signal: abort.signal });
  const wanted = client.request(MODEL_LOAD, {});
  const end = watched(unwanted);
  abort.abort();
  await settled();
  worker.reply(worker.last(TRAIN_RUN).id);
  await settled();
  assert.equal(end.code, 'cancelled');
  assert.deepEqual(worker.types, [TRAIN_RUN, MODEL_LOAD]);
  worker.reply(worker.last(MODEL_LOAD).id, 'a card');
  assert.equal(await wanted, 'a card');
});

for (const type of [PING, CANCEL, TRAIN_STOP]) {
  test(`${type} goes at once, while a long request runs`, async (t) => {
    stopClock(t);
    const { client, worker } = readyClient();
    client.request(TRAIN_RUN, {});
    await settled();
    const answer = client.request(type, {});
    await settled();
    assert.deepEqual(worker.types, [TRAIN_RUN, type]);
    worker.reply(worker.last(type).id, 'at once');
    assert.equal(await answer, 'at once');
  });
}

test('a payload that cannot be sent is rejected, and holds up nothing behind it', async (t) => {
  stopClock(t);
  const { client, worker } = readyClient();
  const { postMessage } = worker;
  worker.postMessage = (message, transfer) => {
    structuredClone(message);
    return postMessage.call(worker, message, transfer);
  };
  const before = watched(client.request(TRAIN_RUN, {}));
  const unsendable = watched(client.request(MODEL_LOAD, { bytes: () => 'a function cannot be copied' }));
  const behind = watched(client.request(MODEL_LOAD, {}));
  await settled();
  worker.reply(worker.last(TRAIN_RUN).id, 'trained');
  await settled();
  worker.reply(worker.last(MODEL_LOAD).id, 'loaded');
  await settled();
  assert.equal(before.value, 'trained');
  assert.equal(unsendable.is, 'rejected');
  assert.equal(behind.value, 'loaded');
});
