/** A training run that was cut short: by a reload, a worker that died, a failure, or another tab's wish for it. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { freshBrowser, Refusal, settled, until } from './fakes.mjs';
import { COMMANDS, nothingKept, openPage, SETTINGS } from './training-page.mjs';
import { emptyHistory } from '../../web/state/training-history.js';
import { acquireRun, heldRuns } from '../../web/storage/run-lock.js';
import { REQUESTS } from '../../web/worker/protocol.js';

const { TRAIN_RUN, TRAIN_RESUME, TRAIN_STOP, CLIPS_PREPARE, CLIPS_ADD_FILES } = REQUESTS;

beforeEach(freshBrowser);

test('a run cut short by a reload is offered, and resumed from its newest checkpoint with its audio', async (t) => {
  const before = openPage(t);
  await before.train();
  before.progress(1);
  await before.checkpoint(100);
  before.progress(101, 0.7);
  await before.checkpoint(200);
  navigator.locks = new navigator.locks.constructor(); // a tab's locks go with it
  const page = openPage(t);
  await page.training.findOffer();
  const offer = page.training.offer.value;
  assert.deepEqual([offer.iteration, offer.settings, offer.commands], [200, SETTINGS, COMMANDS]);
  const resuming = page.training.resume(offer);
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.deepEqual(
    page.worker.payloads(CLIPS_ADD_FILES).map(({ files }) => files.map(({ path }) => path)),
    [['words/yes/ann_nohash_0.wav']],
  );
  page.finish(TRAIN_RESUME);
  await resuming;
  assert.equal(page.training.offer.value, null);
  assert.deepEqual(page.training.state.value.history.iterations, [1, 101]);
  await nothingKept(page.store);
});

test('a run that another tab is training is not offered, and cannot be taken up', async (t) => {
  const [there, here] = [openPage(t), openPage(t)];
  await there.train();
  await there.checkpoint(100);
  await here.training.findOffer();
  assert.equal(here.training.offer.value, null);
  const [saved] = await here.store.checkpoints();
  await here.training.resume(saved);
  assert.equal(here.training.state.value.failure.code, 'run_elsewhere');
  assert.deepEqual(here.worker.payloads(TRAIN_RESUME), []);
  await here.training.discard(saved);
  assert.equal((await here.store.checkpoint(saved.runId)).iteration, 100, 'nor discarded');
});

test('an offered run that another tab has taken further since goes on from there', async (t) => {
  const page = openPage(t);
  const saved = (iteration) => ({
    runId: 'run',
    bytes: Uint8Array.of(iteration),
    iteration,
    settings: SETTINGS,
    preset: 'compact',
    commands: COMMANDS,
    history: { iterations: [iteration], costs: [1], accuracies: [null] },
    saved: iteration,
  });
  await page.store.putAudio({ runId: 'run', sources: page.sources });
  await page.store.putCheckpoint(saved(200));
  const resuming = page.training.resume(saved(100));
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.deepEqual(page.worker.payloads(TRAIN_RESUME)[0].checkpoint, Uint8Array.of(200));
  page.finish(TRAIN_RESUME);
  await resuming;
});

test('a run whose audio is gone cannot be resumed, and says so', async (t) => {
  const page = openPage(t);
  await page.train();
  await page.checkpoint(100);
  const [saved] = await page.store.checkpoints();
  navigator.locks = new navigator.locks.constructor();
  await page.store.deleteRun(saved.runId);
  const next = openPage(t);
  await next.training.resume(saved);
  assert.deepEqual(next.training.state.value.failure, {
    code: 'audio_missing',
    message: 'The audio of the training at iteration 100 is no longer in the browser.',
  });
  assert.deepEqual(await heldRuns(), new Set());
});

test('a discarded run is forgotten, and the one before it is offered', async (t) => {
  const page = openPage(t);
  for (const [runId, saved] of [
    ['older', 1],
    ['newer', 2],
  ]) {
    await page.store.putAudio({ runId, sources: page.sources });
    await page.store.putCheckpoint({ runId, saved, iteration: 100 });
  }
  await page.training.findOffer();
  assert.equal(page.training.offer.value.runId, 'newer');
  await page.training.discard(page.training.offer.value);
  assert.equal(page.training.offer.value.runId, 'older');
  await page.training.discard(page.training.offer.value);
  assert.equal(page.training.offer.value, null);
  await nothingKept(page.store);
});

test('audio left by a training that had no checkpoint is cleared, but not that of one under way', async (t) => {
  const page = openPage(t);
  for (const runId of ['left', 'under way']) await page.store.putAudio({ runId, sources: page.sources });
  await acquireRun('under way');
  await page.training.findOffer();
  assert.deepEqual(await page.store.audioRuns(), ['under way']);
});

test('where nobody knows which runs are under way no audio is cleared', async (t) => {
  delete navigator.locks;
  const page = openPage(t);
  await page.store.putAudio({ runId: 'left', sources: page.sources });
  await page.training.findOffer();
  assert.deepEqual(await page.store.audioRuns(), ['left']);
});

test('a training goes on in another worker from the last checkpoint', async (t) => {
  const page = openPage(t);
  const keepingAudio = t.mock.method(page.store, 'putAudio').mock;
  const { done } = await page.train();
  page.progress(50);
  await page.checkpoint(100);
  page.progress(150);
  page.worker.die();
  await settled();
  const { kind, step, history } = page.training.state.value;
  assert.deepEqual([kind, step, history.iterations], ['training', 'recovering', [50]]);
  assert.ok(page.training.isBusy);
  page.worker.boot();
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.equal(page.workers.length, 2);
  assert.equal(page.worker.payloads(CLIPS_ADD_FILES).length, 1, 'which has been given the audio');
  assert.equal(page.worker.payloads(CLIPS_PREPARE).length, 1);
  assert.deepEqual(page.worker.payloads(TRAIN_RESUME)[0].checkpoint, Uint8Array.of(100));
  page.progress(101);
  page.finish(TRAIN_RESUME);
  await done;
  assert.equal(keepingAudio.callCount(), 1, 'it is kept already');
  assert.deepEqual(page.training.state.value.history.iterations, [50, 101]);
});

test('a training whose worker dies before the first checkpoint starts again', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  page.progress(50);
  page.worker.die();
  page.worker.boot();
  await until(() => page.worker.types.includes(TRAIN_RUN));
  assert.deepEqual(page.training.state.value.history, emptyHistory());
  page.finish();
  await done;
  assert.equal(page.training.state.value.kind, 'trained');
});

test('a training that loses three workers without getting further gives up, and is offered', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  for (let death = 1; death <= 3; death += 1) {
    page.worker.die(`death ${death}`);
    page.worker.boot();
    if (death < 3) await until(() => page.worker.types.includes(TRAIN_RESUME));
  }
  await done;
  assert.deepEqual(page.training.state.value, {
    kind: 'idle',
    failure: { code: 'worker_died', message: 'death 3' },
  });
  assert.equal(page.training.offer.value.iteration, 100);
  assert.deepEqual(page.worker.payloads(TRAIN_RESUME), []);
});

test('a training that gets further with each worker does not give up', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  for (let death = 1; death <= 5; death += 1) {
    await page.checkpoint(death * 10);
    page.worker.die();
    page.worker.boot();
    await until(() => page.worker.types.includes(TRAIN_RESUME));
    if (death % 3 === 0) {
      page.answers[REQUESTS.PING] = () => ({});
      await page.clock.pass(600_000); // calm, or the client would give up
    }
  }
  page.finish(TRAIN_RESUME);
  await done;
  assert.equal(page.training.state.value.kind, 'trained');
});

test('a stop that was asked for outlives the worker', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  page.training.stop();
  page.worker.die();
  page.worker.boot();
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.equal(page.training.state.value.step, 'stopping');
  page.progress(101);
  await settled();
  assert.deepEqual(page.worker.payloads(TRAIN_STOP), [{}]);
  page.finish(TRAIN_RESUME, { reason: 'stopped', iteration: 101 });
  await done;
});

test('a failure in the middle is told, and what was reached is offered and can be taken up', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  page.worker.refuse(page.worker.last(TRAIN_RUN).id, 'out_of_memory', 'no room');
  await done;
  assert.deepEqual(page.training.state.value.failure, { code: 'out_of_memory', message: 'no room' });
  const offer = page.training.offer.value;
  assert.equal(offer.iteration, 100);
  assert.deepEqual(await heldRuns(), new Set());
  const resuming = page.training.resume(offer);
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.deepEqual(await heldRuns(), new Set([offer.runId]));
  page.finish(TRAIN_RESUME);
  await resuming;
});

test('training anew forgets the run that was stopped once the new one has begun', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  page.training.stop();
  page.finish(TRAIN_RUN, { reason: 'stopped', iteration: 100 });
  await done;
  const { runId } = page.training.state.value.resumable;
  const second = page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  await until(() => page.worker.payloads(TRAIN_RUN).length === 2);
  await settled(30);
  assert.equal(await page.store.checkpoint(runId), undefined);
  page.finish();
  await second;
  await nothingKept(page.store);
});

test('training anew that does not get so far leaves the stopped run on offer', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  page.training.stop();
  page.finish(TRAIN_RUN, { reason: 'stopped', iteration: 100 });
  await done;
  const { runId } = page.training.state.value.resumable;
  page.answers[CLIPS_PREPARE] = () => {
    throw new Refusal('label_empty', 'no clips of “go”');
  };
  await page.training.train(SETTINGS, 'compact', ['go'], page.sources);
  assert.equal(page.training.state.value.failure.code, 'label_empty');
  assert.equal(page.training.offer.value.runId, runId);
});
