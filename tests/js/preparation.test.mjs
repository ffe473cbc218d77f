/** Turning audio into features: once for the same choices, anew for others, and never for audio that is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcome, readyClient, recorded, settled, stopClock, watched } from './fakes.mjs';
import { Preparation } from '../../web/state/preparation.js';
import { Observable } from '../../web/util/observable.js';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { CANCEL, CLIPS_PREPARE } = REQUESTS;
const COMMANDS = ['yes', 'no'];
const prepared = { preset: 'compact', warnings: [], dataHash: '1' };

/** A preparation of audio whose changes are the test's; a cancel is obeyed. */
function openPage(t) {
  stopClock(t);
  const made = readyClient({
    [CANCEL]: ({ id }, worker) => {
      worker.refuse(id, 'cancelled');
      return { cancelled: true };
    },
  });
  const audio = { state: new Observable({ kind: 'empty' }) };
  return Object.assign(made, { audio, preparation: new Preparation(made.client, audio) });
}

test('features are computed with progress, and are then there', async (t) => {
  const { preparation, worker } = openPage(t);
  const states = recorded(preparation.state);
  const done = preparation.ensure('compact', COMMANDS);
  await settled();
  const { id, payload } = worker.last(CLIPS_PREPARE);
  assert.deepEqual(payload, { preset: 'compact', commands: COMMANDS });
  worker.say(EVENTS.JOB_PROGRESS, { id, label: 'Computing features', done: 3, total: 9 });
  worker.reply(id, prepared);
  await done;
  assert.deepEqual(
    states.map(({ kind, progress }) => [kind, progress?.done]),
    [
      ['none', undefined],
      ['running', 0],
      ['running', 3],
      ['ready', undefined],
    ],
  );
  assert.deepEqual(preparation.state.value, { kind: 'ready', prepared });
});

test('what is there already, or under way, is not computed again', async (t) => {
  const { preparation, worker } = openPage(t);
  const first = preparation.ensure('compact', COMMANDS);
  const second = preparation.ensure('compact', ['yes', 'no']);
  await settled();
  worker.reply(worker.last(CLIPS_PREPARE).id, prepared);
  await Promise.all([first, second]);
  await preparation.ensure('compact', COMMANDS);
  assert.equal(worker.payloads(CLIPS_PREPARE).length, 1);
});

test('other choices cancel the preparation under way and take its place', async (t) => {
  const { preparation, worker } = openPage(t);
  const first = watched(preparation.ensure('compact', COMMANDS));
  await settled();
  const second = preparation.ensure('classic', COMMANDS);
  await settled();
  assert.equal(first.code, 'cancelled');
  assert.deepEqual(preparation.state.value.kind, 'running');
  worker.reply(worker.last(CLIPS_PREPARE).id, { ...prepared, preset: 'classic' });
  await second;
  assert.equal(preparation.state.value.prepared.preset, 'classic');
});

test('other commands, or the same in another order, are another preparation', async (t) => {
  const { preparation, worker, answers } = openPage(t);
  answers[CLIPS_PREPARE] = () => prepared;
  for (const commands of [['yes', 'no'], ['no', 'yes'], ['yes']]) await preparation.ensure('compact', commands);
  assert.equal(worker.payloads(CLIPS_PREPARE).length, 3);
});

test('progress of a preparation that was replaced is not shown', async (t) => {
  const { preparation, worker, answers } = openPage(t);
  answers[CANCEL] = () => ({ cancelled: false });
  const first = preparation.ensure('compact', COMMANDS);
  await settled();
  const { id } = worker.last(CLIPS_PREPARE);
  preparation.ensure('classic', COMMANDS);
  worker.say(EVENTS.JOB_PROGRESS, { id, label: 'Computing features', done: 8, total: 9 });
  assert.equal(preparation.state.value.progress.done, 0);
  worker.reply(id, prepared);
  await first;
  assert.equal(preparation.state.value.kind, 'running');
});

test('a preparation that is cancelled leaves nothing and is no failure', async (t) => {
  const { preparation } = openPage(t);
  const done = preparation.ensure('compact', COMMANDS);
  await settled();
  preparation.cancel();
  assert.equal((await outcome(done)).code, 'cancelled');
  assert.deepEqual(preparation.state.value, { kind: 'none' });
});

test('a preparation that fails tells why and can be tried again', async (t) => {
  const { preparation, worker } = openPage(t);
  const done = preparation.ensure('compact', COMMANDS);
  await settled();
  worker.refuse(worker.last(CLIPS_PREPARE).id, 'label_empty', 'no clips of “no”');
  assert.equal((await outcome(done)).code, 'label_empty');
  assert.deepEqual(preparation.state.value, {
    kind: 'none',
    failure: { code: 'label_empty', message: 'no clips of “no”' },
  });
  const again = preparation.ensure('compact', COMMANDS);
  await settled();
  worker.reply(worker.last(CLIPS_PREPARE).id, prepared);
  await again;
  assert.equal(preparation.state.value.kind, 'ready');
});

test('other audio makes what was prepared, or went wrong, void', async (t) => {
  const { preparation, worker, answers, audio } = openPage(t);
  answers[CLIPS_PREPARE] = () => prepared;
  await preparation.ensure('compact', COMMANDS);
  audio.state.value = { kind: 'adding' };
  assert.deepEqual(preparation.state.value, { kind: 'none' });
  await preparation.ensure('compact', COMMANDS);
  assert.equal(worker.payloads(CLIPS_PREPARE).length, 2);
});

test('other audio ends a preparation under way', async (t) => {
  const { preparation, audio } = openPage(t);
  const done = watched(preparation.ensure('compact', COMMANDS));
  await settled();
  audio.state.value = { kind: 'adding' };
  await settled();
  assert.equal(done.code, 'cancelled');
  assert.deepEqual(preparation.state.value, { kind: 'none' });
});

test('what a dead worker had prepared is computed again in the next', async (t) => {
  const { preparation, workers, answers } = openPage(t);
  answers[CLIPS_PREPARE] = () => prepared;
  await preparation.ensure('compact', COMMANDS);
  workers[0].die();
  workers[1].boot();
  await preparation.ensure('compact', COMMANDS);
  assert.equal(workers[1].payloads(CLIPS_PREPARE).length, 1);
});
