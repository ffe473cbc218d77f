/**
 * Step 1 of training, its first part: record the commands, and learn them with one button.
 *
 * @import {App} from '../app.d.ts'
 * @import {Recording} from '../../state/recordings.js'
 * @import {RecorderState} from '../../state/recorder.js'
 */
import { byId } from '../../ui/dom.js';
import { asFailure } from '../../util/failure.js';
import { formatNoun } from '../../util/format.js';
import { announce, toast, toastFailure } from '../../ui/notices.js';
import { play } from '../../audio/player.js';
import { decodeAudio } from '../../audio/decode.js';
import { UNDO_MS } from '../../storage/store.js';
import { MIN_RECORDINGS, RecordRow, sentence } from './record-row.js';

/**
 * @param {App} app
 * @param {{get: () => string[], subscribe: (listener: () => void) => void}} commands
 * @param {() => Promise<void>} learn called when the person asks for a model of the words recorded
 */
export function createRecording(
  { client, library, audio, preparation, training, listening, recordings, recorder },
  commands,
  learn,
) {
  const list = byId('record-rows', HTMLElement);
  const learnButton = byId('learn', HTMLButtonElement);
  const hint = byId('learn-hint', HTMLElement);
  /** @type {Map<string, RecordRow>} */
  const rows = new Map();

  /** @param {string} word @param {number} nTakes */
  const record = (word, nTakes) => {
    preparation.cancel(); // the audio that it prepares is about to change
    recorder.start(word, nTakes, listening.deviceId, listening.stop());
  };

  /** @param {Recording[]} unwanted */
  const remove = async (unwanted) => {
    const [
      {
        saved: { word },
      },
    ] = unwanted;
    const bringBack = await recordings.remove(unwanted);
    if (document.activeElement === document.body) byId('record-title', HTMLElement).focus({ preventScroll: true });
    const told = `Deleted ${formatNoun(unwanted.length, 'recording')} of “${word}”.`;
    toast(told, { forMs: UNDO_MS, action: { label: 'Undo', run: bringBack } });
  };

  /** @param {string} word */
  const rowOf = (word) => {
    const made =
      rows.get(word) ??
      new RecordRow(word, {
        record: (nTakes) => record(word, nTakes),
        stop: () => recorder.stop(),
        play: (recording) => playRecording(recording).catch((error) => toastFailure(asFailure(error))),
        remove,
      });
    rows.set(word, made);
    return made;
  };

  const render = () => {
    const wanted = [...new Set([...commands.get(), ...recordings.words])];
    for (const [word, row] of rows) {
      if (wanted.includes(word)) continue;
      if (recorder.state.value.word === word) recorder.stop();
      row.element.remove();
      rows.delete(word);
    }
    const isFree = !recorder.isActive && !training.isBusy && audio.state.value.kind !== 'adding';
    const canRecord = client.state.value.kind === 'ready' && isFree;
    for (const [i, word] of wanted.entries()) {
      const row = rowOf(word);
      if (list.children[i] !== row.element) list.insertBefore(row.element, list.children[i] ?? null);
      row.show(recordings.of(word), recorder.state.value, { isCommand: commands.get().includes(word), canRecord });
    }
    const lack = lacking();
    const model = library.current.value;
    hint.textContent = lack ?? (model.kind === 'loaded' ? `Starts from “${model.name}”; takes about a minute.` : '');
    learnButton.setAttribute('aria-disabled', String(lack !== null || !canRecord));
  };

  /** What must still be done before the words can be learnt; null when nothing must. @returns {string | null} */
  const lacking = () => {
    const worker = client.state.value;
    if (worker.kind !== 'ready') return 'Waits for Python to start.';
    const loaded = audio.state.value.kind === 'loaded' ? audio.state.value.counts.labels.map(({ label }) => label) : [];
    const spoken = [...loaded, ...worker.boot.defaults.commands]; // the built-in voices say the default commands
    if (!commands.get().some((word) => recordings.of(word).length))
      return `Record each word ${MIN_RECORDINGS} times or more.`;
    const lacks = commands
      .get()
      .map((word) => ({ word, n: recordings.of(word).length }))
      .filter(({ word, n }) => n < MIN_RECORDINGS && (n > 0 || !spoken.includes(word)))
      .map(({ word, n }) => `“${word}” ${formatNoun(MIN_RECORDINGS - n, n ? 'more time' : 'time')}`);
    return lacks.length ? `Record ${lacks.join(' and ')}.` : null;
  };

  learnButton.addEventListener('click', () => learnButton.getAttribute('aria-disabled') === 'false' && learn());
  addEventListener('keydown', ({ key }) => key === 'Escape' && recorder.isActive && recorder.stop());
  addEventListener('hashchange', () => recorder.stop()); // nothing is recorded out of sight

  let before = recorder.state.value;
  recorder.state.subscribe((state) => {
    const text = tell(state, before, recordings.of(state.word).length);
    if (text) announce(text);
    before = state;
    render();
  });
  recordings.all.subscribe(render);
  commands.subscribe(render);
  for (const part of [client, audio]) part.state.subscribe(render);
  library.current.subscribe(render);
  let wasBusy = training.isBusy;
  training.state.subscribe(() => {
    if (training.isBusy !== wasBusy) render(); // nothing here changes from step to step of a training
    wasBusy = training.isBusy;
  });
}

/**
 * What screen readers say; they say it before a take begins, so that it is not recorded.
 * @param {RecorderState} state
 * @param {RecorderState} before
 * @param {number} n how many recordings of the word there are
 */
function tell(state, before, n) {
  if (state.kind === 'ready') {
    const place = state.nTakes > 1 ? `, ${state.take} of ${state.nTakes}` : '';
    return state.refusal ? `Not kept: ${sentence(state.refusal)}` : `Say “${state.word}”${place}`;
  }
  if (state.kind !== 'idle' || before.kind === 'idle') return '';
  return state.failure ? '' : `“${state.word}”: ${formatNoun(n, 'recording')}`; // a failure is an alert, read by itself
}

/** @param {Recording} recording */
async function playRecording({ saved: { word, bytes } }) {
  const {
    channels: [samples],
    sampleRateHz,
  } = await decodeAudio(bytes.slice().buffer, word);
  await play(samples, sampleRateHz);
}
