/** A training run from its audio to its model: progress, stops, checkpoints, reloads, other tabs and workers that die. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  cardOf,
  countsOf,
  freshBrowser,
  picked,
  readyClient,
  recorded,
  Refusal,
  settled,
  stopClock,
  until,
} from './fakes.mjs';
import { Library } from '../../web/state/library.js';
import { Preparation } from '../../web/state/preparation.js';
import { Training } from '../../web/state/training.js';
import { TrainingAudio } from '../../web/state/training-audio.js';
import { addPoint, emptyHistory, historyUpTo } from '../../web/state/training-history.js';
import { acquireRun, heldRuns } from '../../web/storage/run-lock.js';
import { Store } from '../../web/storage/store.js';
import { SaysoError } from '../../web/util/failure.js';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { TRAIN_RUN, TRAIN_RESUME, TRAIN_STOP, CLIPS_PREPARE, CLIPS_ADD_FILES } = REQUESTS;
const SETTINGS = {
  network: 'compact',
  learningRate: 0.003,
  batchSize: 100,
  nIterations: 400,
  seed: 1,
  optimizer: 'adamw',
  startFrom: null,
};
const COMMANDS = ['yes', 'no'];
const SHOW_EVERY_MS = 100;

/** A page of its own, as after a reload or in another tab; its worker trains as the test says. */
function openPage(t) {
  const clock = stopClock(t);
  const made = readyClient({
    [REQUESTS.CLIPS_CLEAR]: () => ({}),
    [REQUESTS.CLIPS_MARK]: () => ({}),
    [REQUESTS.CLIPS_RESTORE]: () => ({}),
    [REQUESTS.CANCEL]: () => ({ cancelled: true }),
    [CLIPS_ADD_FILES]: () => countsOf(3),
    [CLIPS_PREPARE]: () => ({ preset: 'compact', warnings: [], dataHash: '1' }),
    [TRAIN_STOP]: () => ({}),
  });
  const { client, workers } = made;
  const store = new Store(() => {});
  const warnings = [];
  const audio = new TrainingAudio(client);
  const preparation = new Preparation(client, audio);
  const library = new Library(client, store);
  const warn = ({ code }) => warnings.push(code);
  const training = new Training({ client, store, audio, preparation, library, warn });
  const sources = [{ kind: 'files', name: 'words', files: [picked('words/yes/ann_nohash_0.wav')] }];
  return {
    ...made,
    clock,
    store,
    audio,
    library,
    training,
    warnings,
    sources,
    get worker() {
      return workers.at(-1);
    },
    /** Starts a training; resolves when the worker has been asked for it. */
    async train(settings = SETTINGS) {
      const done = training.train(settings, 'compact', COMMANDS, sources);
      await until(() => workers.at(-1).types.includes(TRAIN_RUN));
      return { done };
    },
    progress(iteration, accuracy = null) {
      const { nIterations } = SETTINGS;
      const shown = {
        iteration,
        nIterations,
        loss: 1 / iteration,
        accuracy,
        examplesPerSecond: 1,
        elapsedS: iteration,
      };
      workers.at(-1).say(EVENTS.TRAIN_PROGRESS, { ...shown, learningRate: 0.003 });
    },
    async checkpoint(iteration) {
      workers.at(-1).say(EVENTS.TRAIN_CHECKPOINT, { bytes: Uint8Array.of(iteration), iteration });
      await settled(30);
    },
    /** Answers the training under way. */
    finish(type = TRAIN_RUN, result = {}) {
      const worker = workers.at(-1);
      worker.reply(worker.last(type).id, resultOf(result));
    },
  };
}

function resultOf({ reason = 'finished', iteration = SETTINGS.nIterations, failure = null } = {}) {
  const bytes = new TextEncoder().encode(`trained to ${iteration}`);
  return { reason, failure, iteration, elapsedS: 60, evaluation: null, card: cardOf('yes no'), bytes };
}

/** What a full storage answers. */
const findNoRoom = async () => {
  throw new SaysoError('storage_full', 'no room');
};

const nothingKept = async (store) => {
  assert.deepEqual(await store.checkpoints(), []);
  assert.deepEqual(await store.audioRuns(), []);
  assert.deepEqual(await heldRuns(), new Set());
};

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

test('audio left by a training that had no checkpoint yet is cleared, but not that of a training under way', async (t) => {
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

test('a progress or a checkpoint that comes while nothing is trained is ignored', async (t) => {
  const page = openPage(t);
  page.progress(1);
  await page.checkpoint(1);
  assert.deepEqual(page.training.state.value, { kind: 'idle' });
  await nothingKept(page.store);
});

test('a curve with too many points drops every second, but for those with an accuracy', () => {
  const history = emptyHistory();
  for (let iteration = 1; iteration <= 10_000; iteration += 1) {
    addPoint(history, { iteration, loss: iteration / 2, accuracy: iteration % 1000 === 0 ? iteration / 10_000 : null });
  }
  const { iterations, costs, accuracies } = history;
  assert.ok(iterations.length <= 2000 && iterations.length > 900);
  assert.deepEqual([costs.length, accuracies.length], [iterations.length, iterations.length]);
  assert.deepEqual(
    iterations.filter((_, i) => accuracies[i] !== null),
    Array.from({ length: 10 }, (_, i) => (i + 1) * 1000),
  );
  assert.ok(iterations.every((iteration, i) => costs[i] === iteration / 2 && (!i || iteration > iterations[i - 1])));
  assert.deepEqual([iterations[0], iterations.at(-1)], [1, 10_000]);
});

test('a curve up to an iteration has the points up to and with it, and is another object', () => {
  const history = { iterations: [1, 5, 9], costs: [3, 2, 1], accuracies: [null, 0.5, null] };
  assert.deepEqual(historyUpTo(history, 5), { iterations: [1, 5], costs: [3, 2], accuracies: [null, 0.5] });
  assert.deepEqual(historyUpTo(history, 7), historyUpTo(history, 5));
  assert.deepEqual(historyUpTo(history, 0), emptyHistory());
  const whole = historyUpTo(history, 100);
  assert.deepEqual(whole, history);
  addPoint(whole, { iteration: 10, loss: 0, accuracy: null });
  assert.equal(history.iterations.length, 3);
});
