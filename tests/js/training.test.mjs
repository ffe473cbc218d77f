/** A training run in one visit: its audio, its progress, a stop, its model, and storage that is full. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { countsOf, freshBrowser, recorded, Refusal, settled, until } from './fakes.mjs';
import { COMMANDS, findNoRoom, nothingKept, openPage, SETTINGS } from './training-page.mjs';
import { heldRuns } from '../../web/storage/run-lock.js';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { TRAIN_RUN, TRAIN_RESUME, TRAIN_STOP, CLIPS_PREPARE, CLIPS_ADD_FILES } = REQUESTS;
const SHOW_EVERY_MS = 100;

beforeEach(freshBrowser);

test('a training prepares its audio, trains, and its model is in force and kept as a draft', async (t) => {
  const page = openPage(t);
  const kinds = [];
  page.training.state.subscribe(({ kind }) => kind !== kinds.at(-1) && kinds.push(kind));
  const { done } = await page.train();
  assert.deepEqual(page.worker.payloads(CLIPS_PREPARE), [{ preset: 'compact', commands: COMMANDS }]);
  assert.deepEqual(page.worker.payloads(TRAIN_RUN), [SETTINGS]);
  assert.ok(page.training.isBusy);
  page.finish();
  await done;
  assert.deepEqual(kinds, ['idle', 'preparing', 'training', 'trained']);
  const { name, result, ref, resumable } = page.training.state.value;
  assert.deepEqual([name, result.reason, resumable], ['yes no', 'finished', null]);
  assert.equal((await page.store.model(ref.id)).draft, true);
  assert.deepEqual(page.library.current.value.ref, ref);
  assert.ok(!page.training.isBusy);
  await nothingKept(page.store);
});

test('every point gets into the curve, though few are shown', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  const states = recorded(page.training.state);
  page.progress(1);
  page.progress(2);
  await page.clock.pass(SHOW_EVERY_MS);
  page.progress(3);
  page.progress(4, 0.5);
  page.progress(SETTINGS.nIterations);
  assert.deepEqual(
    states.slice(1).map(({ progress }) => progress.iteration),
    [1, 3, 4, SETTINGS.nIterations],
    'no more than ten a second, but for what was measured and the last',
  );
  page.finish();
  await done;
  assert.deepEqual(page.training.state.value.history, {
    iterations: [1, 2, 3, 4, 400],
    costs: [1, 1 / 2, 1 / 3, 1 / 4, 1 / 400],
    accuracies: [null, null, null, 0.5, null],
  });
});

test('a second training, or a resume, while one is under way does nothing', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.training.train(SETTINGS, 'classic', COMMANDS, page.sources);
  await page.training.resume({ runId: 'another' });
  assert.equal(page.worker.payloads(TRAIN_RUN).length, 1);
  page.finish();
  await done;
  assert.equal(page.training.state.value.kind, 'trained');
});

test('what is wrong with the audio or the settings is told, and nothing is kept', async (t) => {
  const page = openPage(t);
  page.answers[CLIPS_PREPARE] = () => {
    throw new Refusal('label_empty', 'no clips of “no”');
  };
  await page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  assert.deepEqual(page.training.state.value, {
    kind: 'idle',
    failure: { code: 'label_empty', message: 'no clips of “no”' },
  });
  await nothingKept(page.store);
});

test('a stop before training has begun ends it at once, without failure', async (t) => {
  const page = openPage(t);
  delete page.answers[CLIPS_PREPARE];
  page.answers[REQUESTS.CANCEL] = ({ id }, worker) => {
    worker.refuse(id, 'cancelled');
    return { cancelled: true };
  };
  const done = page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  await until(() => page.worker.types.includes(CLIPS_PREPARE));
  page.training.stop();
  page.training.stop();
  await done;
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  assert.deepEqual(page.worker.payloads(TRAIN_RUN), []);
  await nothingKept(page.store);
});

test('a stop at the very start of a preparation is heeded', async (t) => {
  const page = openPage(t);
  const done = page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  page.training.stop();
  await done;
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  assert.deepEqual(page.worker.payloads(TRAIN_RUN), []);
});

test('a stop is told to the worker with the next sign that it trains, and the run can be resumed', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  page.progress(1);
  await page.checkpoint(100);
  page.training.stop();
  page.training.stop();
  assert.equal(page.training.state.value.step, 'stopping');
  assert.deepEqual(page.worker.payloads(TRAIN_STOP), []);
  page.progress(101);
  await settled();
  assert.deepEqual(page.worker.payloads(TRAIN_STOP), [{}]);
  await page.checkpoint(102);
  page.finish(TRAIN_RUN, { reason: 'stopped', iteration: 102 });
  await done;
  const { resumable } = page.training.state.value;
  assert.deepEqual([resumable.iteration, [...resumable.bytes]], [102, [102]]);
  assert.deepEqual(resumable, await page.store.checkpoint(resumable.runId));
  assert.deepEqual(await heldRuns(), new Set([resumable.runId]), 'no other tab is offered it');
});

test('what precedes the first iteration is shown, and a stop is told to the worker with it', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  const hearing = { label: 'Hearing examples', done: 64, total: 640 };
  const { id } = page.worker.last(TRAIN_RUN);
  page.worker.say(EVENTS.JOB_PROGRESS, { id, ...hearing });
  assert.deepEqual({ ...page.training.state.value.job }, { id, ...hearing });
  page.training.stop();
  assert.deepEqual(page.worker.payloads(TRAIN_STOP), []);
  page.worker.say(EVENTS.JOB_PROGRESS, { id, ...hearing, done: 128 });
  await settled();
  assert.deepEqual(page.worker.payloads(TRAIN_STOP), [{}]);
  page.worker.refuse(id, 'cancelled');
  await done;
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  await nothingKept(page.store);
});

test('the first iteration ends what was shown before it', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  const { id } = page.worker.last(TRAIN_RUN);
  page.worker.say(EVENTS.JOB_PROGRESS, { id, label: 'Hearing examples', done: 640, total: 640 });
  page.progress(1);
  assert.equal(page.training.state.value.job, null);
  page.finish();
  await done;
});

test('a stopped run goes on with the step it would have taken, and its curve with it', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  page.progress(1);
  await page.checkpoint(100);
  page.progress(150);
  page.training.stop();
  page.finish(TRAIN_RUN, { reason: 'stopped', iteration: 150 });
  await done;
  const resuming = page.training.resume(page.training.state.value.resumable);
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.deepEqual(page.worker.payloads(TRAIN_RESUME), [
    { checkpoint: Uint8Array.of(100), nIterations: SETTINGS.nIterations },
  ]);
  assert.equal(page.worker.payloads(CLIPS_ADD_FILES).length, 1, 'the audio is there still');
  assert.equal(page.training.state.value.step, 'running');
  page.progress(101);
  page.finish(TRAIN_RESUME);
  await resuming;
  assert.deepEqual(page.training.state.value.history.iterations, [1, 101]);
  await nothingKept(page.store);
});

test('one training can follow another, finished or cancelled', async (t) => {
  const page = openPage(t);
  const cancelled = page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  page.training.stop();
  await cancelled;
  for (const n of [1, 2]) {
    const done = page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
    await until(() => page.worker.payloads(TRAIN_RUN).length === n);
    page.finish();
    await done;
    assert.equal(page.training.state.value.kind, 'trained');
  }
  await nothingKept(page.store);
});

test('a stop while the audio is loaded computes no features', async (t) => {
  const page = openPage(t);
  delete page.answers[CLIPS_ADD_FILES];
  const done = page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  await until(() => page.worker.types.includes(CLIPS_ADD_FILES));
  page.training.stop();
  page.worker.reply(page.worker.last(CLIPS_ADD_FILES).id, countsOf(3));
  await done;
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  assert.deepEqual(page.worker.payloads(CLIPS_PREPARE), []);
});

test('a stop while the audio is being kept begins no training', async (t) => {
  const page = openPage(t);
  const { putAudio } = page.store;
  t.mock.method(page.store, 'putAudio', async (kept) => {
    page.training.stop();
    await putAudio.call(page.store, kept);
  });
  await page.training.train(SETTINGS, 'compact', COMMANDS, page.sources);
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  assert.deepEqual(page.worker.payloads(TRAIN_RUN), []);
  await nothingKept(page.store);
});

test('a training that diverged has its model and its reason, and cannot be resumed', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  const failure = { code: 'train_diverged', message: 'cost is not finite' };
  page.finish(TRAIN_RUN, { reason: 'diverged', iteration: 120, failure });
  await done;
  const { kind, result, resumable } = page.training.state.value;
  assert.deepEqual([kind, result.failure, resumable], ['trained', failure, null]);
  await nothingKept(page.store);
});

test('a training whose audio finds no room goes on, and says that it cannot be resumed after a reload', async (t) => {
  const page = openPage(t);
  t.mock.method(page.store, 'putAudio', findNoRoom);
  const { done } = await page.train();
  await page.checkpoint(100);
  assert.deepEqual(page.warnings, ['storage_full']);
  assert.deepEqual(await page.store.checkpoints(), []);
  page.worker.die();
  page.worker.boot();
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  page.finish(TRAIN_RESUME);
  await done;
  assert.equal(page.training.state.value.kind, 'trained');
});

test('a checkpoint that finds no room is said once, and still outlives the worker', async (t) => {
  const page = openPage(t);
  t.mock.method(page.store, 'putCheckpoint', findNoRoom);
  await page.train();
  for (const iteration of [100, 200, 201]) await page.checkpoint(iteration);
  assert.deepEqual(page.warnings, ['storage_full']);
  page.worker.die();
  page.worker.boot();
  await until(() => page.worker.types.includes(TRAIN_RESUME));
  assert.deepEqual(page.worker.payloads(TRAIN_RESUME)[0].checkpoint, Uint8Array.of(201));
});

test('checkpoints are written one after another, the newest last', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  const { putCheckpoint } = page.store;
  const written = [];
  let release;
  t.mock.method(page.store, 'putCheckpoint', async (checkpoint) => {
    if (checkpoint.iteration === 100) await new Promise((resolve) => (release = resolve));
    await putCheckpoint.call(page.store, checkpoint);
    written.push(checkpoint.iteration);
  });
  await page.checkpoint(100);
  await page.checkpoint(200);
  assert.deepEqual(written, []);
  page.finish();
  await settled(100);
  release();
  await done;
  assert.deepEqual(written, [100, 200]);
  await nothingKept(page.store);
  await page.checkpoint(300);
  await nothingKept(page.store);
});

test('a model that finds no room is tried again once the audio of its training has made some', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  await page.checkpoint(100);
  const { addDraft } = page.store;
  const runsThere = [];
  t.mock.method(page.store, 'addDraft', async (model) => {
    runsThere.push((await page.store.audioRuns()).length);
    if (runsThere.at(-1)) await findNoRoom();
    return addDraft.call(page.store, model);
  });
  page.finish();
  await done;
  assert.deepEqual(runsThere, [1, 0]);
  assert.deepEqual(page.warnings, []);
  assert.equal((await page.store.models()).length, 1);
});

test('a model that finds no room at all is there as a result, with a warning', async (t) => {
  const page = openPage(t);
  const { done } = await page.train();
  t.mock.method(page.store, 'addDraft', findNoRoom);
  page.finish();
  await done;
  assert.equal(page.training.state.value.kind, 'trained');
  assert.deepEqual(page.warnings, ['storage_full']);
});

test('a progress or a checkpoint that comes while nothing is trained is ignored', async (t) => {
  const page = openPage(t);
  page.progress(1);
  await page.checkpoint(1);
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  await nothingKept(page.store);
});
