/**
 * The page: makes the parts, ties them together, and restores them when the worker is started again.
 *
 * @import {AudioSource, PickedFile} from './types.d.ts'
 * @import {App} from './views/app.d.ts'
 */
import { Client } from './worker/client.js';
import { byId } from './ui/dom.js';
import { acceptDrops } from './ui/drop.js';
import { asFailure } from './util/failure.js';
import { classify } from './state/files.js';
import { takeWorker } from './first-worker.js';
import { Library } from './state/library.js';
import { Listening } from './state/listening.js';
import { toast, toastFailure } from './ui/notices.js';
import { offline, registerOffline } from './state/offline.js';
import { Preparation } from './state/preparation.js';
import { Recorder } from './state/recorder.js';
import { Recordings } from './state/recordings.js';
import { goTo, startRouting } from './ui/router.js';
import { Store, UNDO_MS } from './storage/store.js';
import { Training } from './state/training.js';
import { TrainingAudio } from './state/training-audio.js';
import { createListenView } from './views/listen/listen.js';
import { createModelsView } from './views/models.js';
import { createStatus } from './views/status.js';
import { createTrainView } from './views/train/train.js';

/** How long after Python's start the page's files begin to be kept for use offline. */
const KEEP_AFTER_MS = 1_000;
/** What the Help view says of working offline. */
const OFFLINE = {
  unsupported: 'On this address, or in this browser, that is not possible.',
  installing: 'That is under way.',
  ready: 'This device is ready to work offline.',
  failed: 'That did not succeed this time; reload the page to try again.',
};

const client = new Client(takeWorker);
const store = new Store(toastFailure);
const library = new Library(client, store);
const audio = new TrainingAudio(client);
const preparation = new Preparation(client, audio);
const training = new Training({ client, store, audio, preparation, library, warn: toastFailure });
const recordings = new Recordings(store, toastFailure);
const recorder = new Recorder(client, (word, take) => recordings.add(word, take));
const listening = new Listening(
  client,
  () => {
    if (training.isBusy) return 'training';
    return audio.state.value.kind === 'adding' || preparation.state.value.kind === 'running' ? 'audio' : null;
  },
  () => opened,
);

/** Loads a model file, keeps it and tells how that went. @param {File} file */
async function openModel(file) {
  if (training.isBusy)
    return toastFailure({ code: 'wrong_state', message: `${file.name} was not loaded: a training is running.` });
  await listening.pauseFor(async () => {
    try {
      const { name, unsaved } = await library.import(file);
      toast(`“${name}” is loaded${unsaved ? '' : ' and kept in this browser'}.`, {
        action: { label: 'Listen', run: () => goTo('listen') },
      });
      if (unsaved) toastFailure(unsaved);
    } catch (error) {
      const { code, message } = asFailure(error);
      toastFailure({ code, message: `${file.name}: ${message}` });
    }
  });
}

/** Adds training audio, for which the microphone is released. @param {AudioSource} source */
async function addAudio(source) {
  await Promise.all([listening.stop(), recorder.stop()]);
  await audio.add(source);
}

/** Opens what was picked or dropped: a model or training audio. @param {PickedFile[]} files */
function openFiles(files) {
  try {
    const picked = classify(files);
    if (picked.kind === 'model') {
      openModel(picked.file);
    } else if (training.isBusy) {
      toastFailure({ code: 'wrong_state', message: 'The audio was not loaded: a training is running.' });
    } else if (audio.state.value.kind === 'adding') {
      toastFailure({ code: 'wrong_state', message: 'The audio was not loaded: other audio is being added.' });
    } else {
      goTo('train');
      addAudio(picked.source);
    }
  } catch (error) {
    toastFailure(asFailure(error));
  }
}

startRouting();
acceptDrops(openFiles);
/** @type {App} */
const app = {
  client,
  store,
  library,
  audio,
  preparation,
  training,
  listening,
  recordings,
  recorder,
  addAudio,
  openFiles,
  goTo,
};
createStatus(app);
createListenView(app);
createTrainView(app);
createModelsView(app);
byId('card-close', HTMLButtonElement).addEventListener('click', () => byId('card-dialog', HTMLDialogElement).close());

client.state.subscribe(({ kind, generation }) => {
  if (kind === 'ready' && generation > 1) restore();
});

/** Gives a worker that replaces a dead one what that one knew; a training under way sees to itself. */
async function restore() {
  try {
    await library.restore();
    if (training.isBusy) return;
    if (audio.sources.length) await audio.load(audio.sources);
    await listening.restore();
  } catch (error) {
    toastFailure(asFailure(error));
  }
}

client.start();
const opened = library.open().catch((error) => toastFailure(asFailure(error)));
recordings.open();
training.findOffer().catch((error) => toastFailure(asFailure(error)));
setTimeout(() => store.purge().catch(() => {}), UNDO_MS); // by then no earlier visit's deletion can be undone

// Files are kept a while after Python is up, so that this slows neither its start nor the first listening.
const unsubscribe = client.state.subscribe(({ kind }) => {
  if (kind === 'booting') return;
  queueMicrotask(() => unsubscribe());
  const offer = (/** @type {() => void} */ activate) =>
    toast('A new version of Sayso is ready.', { action: { label: 'Reload', run: activate }, forMs: Infinity });
  setTimeout(() => registerOffline(offer), KEEP_AFTER_MS);
});
offline.subscribe((state) => {
  byId('offline-badge', HTMLElement).hidden = state !== 'ready';
  byId('offline-state', HTMLElement).textContent = OFFLINE[state];
});
