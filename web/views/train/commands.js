/**
 * The commands to train, in step 1 of training: an editable list.
 *
 * @import {App} from '../app.d.ts'
 */
import { button, byId, element } from '../../ui/dom.js';
import { RESERVED } from '../../util/labels.js';
import { Observable } from '../../util/observable.js';

const HINT = 'Every other word becomes “other”; when nobody speaks, it is “silence”.';

/** @param {App} app @param {() => void} onChange called when the person changed the list */
export function createCommands({ client, store, audio, training, recordings }, onChange) {
  /** @type {Observable<string[]>} */
  const commands = new Observable(['yes', 'no']);
  let isDefault = true;
  const form = byId('command-form', HTMLFormElement);
  const input = byId('command-input', HTMLInputElement);
  const hint = byId('commands-hint', HTMLElement);

  /** Takes a list and keeps it for the next visit. @param {string[]} chosen */
  const set = (chosen) => {
    isDefault = false;
    commands.value = chosen;
    store.setSetting('commands', chosen).catch(() => {}); // if this fails, the next visit only starts with another list
  };

  /** Takes a list that the person changed. @param {string[]} chosen */
  const change = (chosen) => {
    set(chosen);
    onChange();
  };

  /** A word with the capitals that the audio has it with. @param {string} word */
  const spelled = (word) => {
    const state = audio.state.value;
    const labels = state.kind === 'loaded' ? state.counts.labels.map(({ label }) => label) : [];
    return labels.includes(word) ? word : (labels.find((label) => label.toLowerCase() === word.toLowerCase()) ?? word);
  };

  const render = () => {
    const busy = training.isBusy;
    const chosen = commands.value;
    byId('commands', HTMLElement).replaceChildren(
      ...chosen.map((command) =>
        element(
          'li',
          { class: 'chip' },
          command,
          button(
            '×',
            () => {
              change(chosen.filter((other) => other !== command));
              input.focus();
            },
            { class: '', 'aria-label': `Remove ${command}`, disabled: busy || chosen.length === 1 },
          ),
        ),
      ),
    );
    input.disabled = busy;
    const state = audio.state.value;
    const isHeard = (/** @type {string} */ word) =>
      state.kind !== 'loaded' ||
      recordings.of(word).length > 0 ||
      state.counts.labels.some(({ label }) => label === word);
    const missing = chosen.filter((word) => !isHeard(word));
    hint.textContent = missing.length
      ? `The audio has no clips of ${missing.map((word) => `“${word}”`).join(', ')}.`
      : HINT;
    hint.classList.toggle('warning', missing.length > 0);
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const word = spelled(input.value.replace(/[/\\]/g, ' ').trim().toLowerCase()); // folders are named after words
    input.value = '';
    if (!word || commands.value.includes(word)) return;
    if (RESERVED.includes(word.toLowerCase())) hint.textContent = `“${word}” is there by itself.`;
    else change([...commands.value, word]);
  });

  let wasBusy = training.isBusy;
  training.state.subscribe(() => {
    if (training.isBusy !== wasBusy) render(); // nothing here changes from step to step of a training
    wasBusy = training.isBusy;
  });
  audio.state.subscribe(({ kind }) => {
    if (kind === 'loaded') commands.value = commands.value.map(spelled);
    else render();
  });
  client.state.subscribe((state) => {
    if (state.kind === 'ready' && isDefault) commands.value = state.boot.defaults.commands;
  });
  store.setting('commands').then(
    (kept) => kept && isDefault && set(kept),
    () => {},
  );
  commands.subscribe(render);
  recordings.all.subscribe(render);

  return {
    get: () => commands.value,
    set,
    subscribe: (/** @type {() => void} */ listener) => commands.subscribe(listener),
  };
}
