/**
 * The words to train: an editable list.
 *
 * @import {App} from '../main.js'
 */
import { button, byId, element } from '../dom.js';
import { RESERVED } from '../labels.js';

const HINT = 'Every other word becomes “other”; when nobody speaks, it is “silence”.';

/** @param {App} app @param {() => void} onChange called when the person changed the list */
export function createCommands({ client, audio, training }, onChange) {
  /** @type {string[]} */
  let commands = ['yes', 'no'];
  let isDefault = true;
  const form = byId('command-form', HTMLFormElement);
  const input = byId('command-input', HTMLInputElement);
  const hint = byId('commands-hint', HTMLElement);

  /** @param {string[]} chosen */
  const set = (chosen) => {
    commands = chosen;
    isDefault = false;
    render();
  };

  /** @param {string[]} chosen */
  const change = (chosen) => {
    set(chosen);
    onChange();
  };

  /** A word as the audio spells it. @param {string} word */
  const spelled = (word) => {
    const state = audio.state.value;
    const labels = state.kind === 'loaded' ? state.counts.labels.map(({ label }) => label) : [];
    return labels.includes(word) ? word : labels.find((label) => label.toLowerCase() === word.toLowerCase()) ?? word;
  };

  const render = () => {
    const busy = training.isBusy;
    byId('commands', HTMLElement).replaceChildren(...commands.map((command) => element('li', { class: 'chip' }, command,
      button('×', () => {
        change(commands.filter((other) => other !== command));
        input.focus();
      }, { class: '', 'aria-label': `Remove ${command}`, disabled: busy || commands.length === 1 }))));
    input.disabled = busy;
    const state = audio.state.value;
    const missing = state.kind === 'loaded' ? commands.filter((command) => !state.counts.labels.some(({ label }) => label === command)) : [];
    hint.textContent = missing.length ? `The audio has no clips of ${missing.map((word) => `“${word}”`).join(', ')}.` : HINT;
    hint.classList.toggle('warning', missing.length > 0);
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const word = spelled(input.value.trim().toLowerCase());
    input.value = '';
    if (!word || commands.includes(word)) return;
    if (RESERVED.includes(word.toLowerCase())) hint.textContent = `“${word}” is there by itself.`;
    else change([...commands, word]);
  });

  let wasBusy = training.isBusy;
  training.state.subscribe(() => {
    if (training.isBusy !== wasBusy) render(); // not at every step of a training
    wasBusy = training.isBusy;
  });
  audio.state.subscribe(({ kind }) => {
    if (kind === 'loaded') commands = commands.map(spelled);
    render();
  });
  client.state.subscribe((state) => {
    if (state.kind === 'ready' && isDefault) {
      commands = state.boot.defaults.commands;
      render();
    }
  });

  return { get: () => commands, set };
}
