/**
 * One word to record: how many recordings it has, buttons that make more, what happens meanwhile, and the recordings.
 *
 * @import {Failure} from '../../types.d.ts'
 * @import {Recording} from '../../state/recordings.js'
 * @import {RecorderState} from '../../state/recorder.js'
 * @typedef {{record: (nTakes: number) => void, stop: () => void, play: (recording: Recording) => void,
 *   remove: (recordings: Recording[]) => void}} Actions
 */
import { button, element } from '../../ui/dom.js';
import { formatNoun } from '../../util/format.js';
import { explain } from '../../ui/explanations.js';
import { showFailure } from '../../ui/notices.js';
import { drawPicture } from '../../ui/picture.js';
import { TAKE_MS } from '../../state/recorder.js';

/** Recordings of a word: enough to begin, good, and plenty. */
export const MIN_RECORDINGS = 3;
const GOOD_RECORDINGS = 5;
const MOST_RECORDINGS = 10;

export class RecordRow {
  element = element('li', { class: 'record-row' });
  #word;
  #title;
  #actions;
  #count = element('span', { class: 'hint' });
  #say = element('p', { class: 'record-say' });
  #place = element('p', { class: 'hint' });
  #why = element('p', { class: 'hint warning' });
  #live = element(
    'div',
    { class: 'record-live', hidden: true, 'aria-hidden': 'true' }, // the announcer tells screen readers instead
    this.#say,
    element('div', { class: 'record-time' }, element('span', { class: 'record-bar' }, element('span')), this.#place),
    this.#why,
  );
  #failure = element('div', { hidden: true });
  #takes = element('ul', { class: 'takes', hidden: true });
  #deleteAll;
  /** @type {HTMLButtonElement[]} */
  #buttons;
  /** The button that was pressed, while it records. @type {HTMLButtonElement | null} */
  #pressed = null;
  /** @type {Recording[]} */
  #shown = [];

  /** @param {string} word @param {Actions} actions */
  constructor(word, actions) {
    this.#word = word;
    this.#title = element('h4', { class: 'record-word', tabindex: -1 }, word);
    this.#actions = actions;
    this.#buttons = [this.#recordButton('Record', 1), this.#recordButton('5 in a row', GOOD_RECORDINGS)];
    // The second click of a double one is ignored, here and below: by then another button may be in this one's place.
    this.#deleteAll = button('Delete all', ({ detail }) => detail < 2 && this.#remove(this.#shown), {
      class: 'button quiet danger',
      'aria-label': `Delete all recordings of ${word}`,
    });
    this.#live.style.setProperty('--take', `${TAKE_MS}ms`);
    this.element.append(
      element(
        'div',
        { class: 'record-head' },
        element('div', {}, this.#title, this.#count),
        element('div', { class: 'actions' }, ...this.#buttons),
      ),
      this.#live,
      this.#failure,
      this.#takes,
    );
    this.#takes.setAttribute('aria-label', `Recordings of ${word}`);
  }

  /**
   * Draws the row.
   * @param {Recording[]} recordings of this word
   * @param {RecorderState} state
   * @param {{isCommand: boolean, canRecord: boolean}} options
   */
  show(recordings, state, { isCommand, canRecord }) {
    const isOwn = state.word === this.#word;
    const isActive = isOwn && state.kind !== 'idle';
    if (!isActive) this.#pressed = null;
    for (const made of this.#buttons) {
      made.textContent = made === this.#pressed ? 'Stop' : (made.dataset.label ?? '');
      made.setAttribute(
        'aria-label',
        made === this.#pressed ? `Stop recording ${this.#word}` : (made.dataset.name ?? ''),
      );
      made.setAttribute('aria-disabled', String(made !== this.#pressed && !canRecord));
    }
    this.#count.textContent = isCommand
      ? encouragement(recordings.length)
      : `${formatNoun(recordings.length, 'recording')}. Not a command: counts as “other”.`;
    this.#showLive(isActive ? state : null);
    showFailure(this.#failure, isOwn && state.kind === 'idle' ? state.failure : null);
    this.#showTakes(recordings);
  }

  /** Shows how far a take is; null hides it. @param {RecorderState | null} state */
  #showLive(state) {
    this.#live.hidden = !state;
    if (!state || state.kind === 'idle') return;
    this.#live.dataset.state = state.kind;
    this.#say.textContent = {
      opening: 'Asking for the microphone',
      ready: 'Get ready',
      speak: `Say “${this.#word}” now`,
      checking: 'Checking',
    }[state.kind];
    this.#place.textContent = state.nTakes > 1 ? `${state.take} of ${state.nTakes}` : '';
    this.#why.hidden = !state.refusal;
    this.#why.textContent = state.refusal ? `Not kept: ${sentence(state.refusal)}` : '';
  }

  /** Draws the recordings, if they have changed. @param {Recording[]} recordings */
  #showTakes(recordings) {
    if (recordings.length === this.#shown.length && recordings.every((recording, i) => recording === this.#shown[i]))
      return;
    this.#shown = recordings;
    const tiles = recordings.map((recording, i) => this.#tile(recording, i + 1));
    const all = recordings.length > 1 ? [element('li', { class: 'takes-all' }, this.#deleteAll)] : [];
    this.#takes.replaceChildren(...tiles, ...all);
    this.#takes.hidden = recordings.length === 0;
  }

  /** @param {Recording} recording @param {number} number */
  #tile(recording, number) {
    const canvas = element('canvas', { class: 'take-picture' });
    drawPicture(canvas, recording.saved.picture);
    const name = `recording ${number} of ${this.#word}`;
    const play = element('button', { type: 'button', class: 'take-play', 'aria-label': `Play ${name}` }, canvas);
    play.addEventListener('click', () => this.#actions.play(recording));
    return element(
      'li',
      { class: 'take' },
      play,
      button('×', ({ detail }) => detail < 2 && this.#remove([recording]), {
        class: 'button take-delete',
        'aria-label': `Delete ${name}`,
      }),
    );
  }

  /** @param {Recording[]} recordings */
  #remove(recordings) {
    this.#title.focus({ preventScroll: true }); // the button that was pressed goes, and Enter may still be held down
    this.#actions.remove(recordings);
  }

  /** @param {string} label @param {number} nTakes */
  #recordButton(label, nTakes) {
    const name = nTakes > 1 ? `Record ${this.#word}, ${label}` : `Record ${this.#word}`;
    const made = button(
      label,
      ({ detail }) => {
        if (made.getAttribute('aria-disabled') === 'true') return;
        if (this.#pressed) return detail < 2 && this.#actions.stop();
        this.#pressed = made;
        this.#actions.record(nTakes);
      },
      { 'aria-label': name, 'data-name': name, 'data-label': label },
    );
    return made;
  }
}

/** Why a take was refused, in a sentence or two. @param {Failure} failure */
export function sentence(failure) {
  const { title, advice } = explain(failure);
  return `${title}. ${advice}`;
}

/** What to say to so many recordings of a word. @param {number} n */
function encouragement(n) {
  if (n === 0) return 'No recordings yet';
  const made = formatNoun(n, 'recording');
  if (n < MIN_RECORDINGS) return `${made}: ${MIN_RECORDINGS - n} more to begin`;
  if (n < GOOD_RECORDINGS) return `${made}: enough to begin, ${GOOD_RECORDINGS} are better`;
  return n < MOST_RECORDINGS ? `${made}: good` : `${made}: plenty`;
}
