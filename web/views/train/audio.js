/**
 * Step 1 of training, its second part: choose audio, see what is in it, hear and see an example.
 *
 * @import {App} from '../app.d.ts'
 * @import {ClipCounts, Prepared} from '../../worker/protocol.js'
 */
import { button, byId, element } from '../../ui/dom.js';
import { asFailure } from '../../util/failure.js';
import { pickedFiles } from '../../state/files.js';
import { ACCEPTED_AUDIO } from '../../util/file-kinds.js';
import { formatCount, formatDuration, formatNoun } from '../../util/format.js';
import { RESERVED } from '../../util/labels.js';
import { showFailure, toastFailure } from '../../ui/notices.js';
import { drawPicture } from '../../ui/picture.js';
import { play } from '../../audio/player.js';
import { REQUESTS } from '../../worker/protocol.js';
import { comesWithPage } from '../../util/site.js';
import { showProgress } from '../../ui/progress-row.js';

/** @param {App} app */
export function createAudioStep({ client, audio, preparation, training, recordings, openFiles, addAudio }) {
  const choices = ['audio-voices', 'audio-files', 'audio-folder', 'audio-clear'].map((id) =>
    byId(id, HTMLButtonElement),
  );
  const [voices, files, folder, clear] = choices;
  const cancel = byId('audio-cancel', HTMLButtonElement);
  const anyExample = byId('example-any', HTMLButtonElement);
  /** The counts and the features that are on the page. @type {unknown[]} */
  let shown = [];

  byId('audio-files-input', HTMLInputElement).accept = ACCEPTED_AUDIO;
  voices.addEventListener('click', () => addAudio({ kind: 'voices' }));
  clear.addEventListener('click', () => audio.load([]).catch((error) => toastFailure(asFailure(error))));
  cancel.addEventListener('click', () => {
    audio.cancel();
    preparation.cancel();
  });
  for (const [opener, id] of /** @type {const} */ ([
    [files, 'audio-files-input'],
    [folder, 'audio-folder-input'],
  ])) {
    const input = byId(id, HTMLInputElement);
    opener.addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      openFiles(pickedFiles(input));
      input.value = ''; // emptied, so that the same files can be chosen again
    });
  }
  anyExample.addEventListener('click', () => playExample(null));

  /** Plays and draws a random clip. @param {string | null} label null for any */
  async function playExample(label) {
    try {
      const example = await client.request(REQUESTS.CLIPS_EXAMPLE, { label });
      const name = example.word === example.label ? `“${example.word}”` : `“${example.word}” (${example.label})`;
      const part = example.split === 'test' ? 'for testing' : 'for training';
      byId('example-caption', HTMLElement).textContent = `${name} by ${example.speaker}, ${part}`;
      drawPicture(byId('example-picture', HTMLCanvasElement), example.picture);
      await play(example.samples, example.sampleRateHz);
    } catch (error) {
      toastFailure(asFailure(error));
    }
  }

  const render = () => {
    const state = audio.state.value;
    const features = preparation.state.value;
    const prepared = features.kind === 'ready' ? features.prepared : null;
    for (const choice of choices) choice.disabled = state.kind === 'adding' || training.isBusy;
    voices.hidden = !comesWithPage('voices/sprites.json') || audio.sources.some(({ kind }) => kind === 'voices');
    voices.classList.toggle('primary', recordings.all.value.length === 0);
    clear.hidden = state.kind !== 'loaded';
    showProgress(
      byId('audio-progress', HTMLElement),
      state.kind === 'adding' ? state.progress : features.kind === 'running' ? features.progress : null,
    );
    // the button in step 3 stops a training
    cancel.hidden = training.isBusy || (state.kind === 'adding' && !state.canCancel);
    const failure =
      state.kind !== 'adding' && state.failure ? state.failure : features.kind === 'none' ? features.failure : null;
    showFailure(byId('audio-failure', HTMLElement), state.kind === 'adding' ? null : failure);
    const counts = state.kind === 'empty' ? null : state.counts;
    byId('audio-loaded', HTMLElement).hidden = !counts;
    byId('audio-prepared', HTMLElement).hidden = !prepared;
    byId('example', HTMLElement).hidden = !prepared;
    if (counts && shown[0] !== counts) showCounts(counts);
    if (prepared && shown[1] !== prepared) showPrepared(prepared, playExample);
    shown = [counts, prepared];
  };
  audio.state.subscribe(render);
  preparation.state.subscribe(render);
  recordings.all.subscribe(render);
  let wasBusy = training.isBusy;
  training.state.subscribe(() => {
    if (training.isBusy !== wasBusy) render(); // nothing here changes from step to step of a training
    wasBusy = training.isBusy;
  });
}

/** Shows what was loaded, word by word. @param {ClipCounts} counts */
function showCounts({ labels, nClips, durationS, rejected }) {
  byId('audio-summary', HTMLElement).textContent =
    `${formatNoun(nClips, 'clip')} of ${formatNoun(labels.length, 'word')}, ${formatDuration(durationS)} in all`;
  const words = labels.map(({ label, nClips: n }) =>
    element('li', { class: 'chip plain' }, `${label} ${formatCount(n)}`),
  );
  byId('audio-words', HTMLElement).replaceChildren(...words);
  const left = byId('audio-rejected', HTMLDetailsElement);
  left.hidden = rejected.length === 0;
  byId('audio-rejected-title', HTMLElement).textContent = `${formatNoun(rejected.length, 'file')} left out`;
  byId('audio-rejected-list', HTMLElement).replaceChildren(
    ...rejected.slice(0, 100).map(({ path, message }) => element('li', {}, `${path}: ${message}`)),
  );
}

/**
 * Shows what the network will see, label by label.
 * @param {Prepared} prepared
 * @param {(label: string) => void} playExample
 */
function showPrepared({ labels, warnings }, playExample) {
  const rows = labels.map(({ label, nTrain, nTest, nTrainSpeakers, nTestSpeakers }) => {
    const isMade = label === RESERVED[1]; // silence is made from noise while training
    const cells = isMade
      ? ['made', formatCount(nTest), '', '']
      : [
          formatCount(nTrain),
          formatCount(nTest),
          formatCount(nTrainSpeakers + nTestSpeakers),
          playButton(label, playExample),
        ];
    return element('tr', {}, element('th', { scope: 'row' }, label), ...cells.map((cell) => element('td', {}, cell)));
  });
  byId('audio-counts', HTMLTableElement).tBodies[0].replaceChildren(...rows);
  byId('audio-warnings', HTMLElement).replaceChildren(
    ...warnings.map((warning) => element('li', { class: 'hint' }, warning)),
  );
}

/** @param {string} label @param {(label: string) => void} playExample */
function playButton(label, playExample) {
  return button('Play', () => playExample(label), {
    class: 'button quiet',
    'aria-label': `Play an example of ${label}`,
  });
}
