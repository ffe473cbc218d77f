/** A page on which trainings run, for the tests of them. */
import assert from 'node:assert/strict';
import { cardOf, countsOf, picked, readyClient, settled, stopClock, until } from './fakes.mjs';
import { Library } from '../../web/state/library.js';
import { Preparation } from '../../web/state/preparation.js';
import { Training } from '../../web/state/training.js';
import { TrainingAudio } from '../../web/state/training-audio.js';
import { heldRuns } from '../../web/storage/run-lock.js';
import { Store } from '../../web/storage/store.js';
import { SaysoError } from '../../web/util/failure.js';
import { EVENTS, REQUESTS } from '../../web/worker/protocol.js';

const { TRAIN_RUN, TRAIN_STOP, CLIPS_PREPARE, CLIPS_ADD_FILES } = REQUESTS;
export const SETTINGS = {
  network: 'compact',
  learningRate: 0.003,
  batchSize: 100,
  nIterations: 400,
  seed: 1,
  optimizer: 'adamw',
  startFrom: null,
};
export const COMMANDS = ['yes', 'no'];

/** A page of its own, as after a reload or in another tab; its worker trains as the test says. */
export function openPage(t) {
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
export const findNoRoom = async () => {
  throw new SaysoError('storage_full', 'no room');
};

/** Asserts that no run is left in the browser, nor held. */
export const nothingKept = async (store) => {
  assert.deepEqual(await store.checkpoints(), []);
  assert.deepEqual(await store.audioRuns(), []);
  assert.deepEqual(await heldRuns(), new Set());
};
