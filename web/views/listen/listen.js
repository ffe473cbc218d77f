/**
 * The Listen view: switch, level, picture, word, detections.
 *
 * @import {App} from '../app.d.ts'
 * @import {ListeningState} from '../../state/listening.js'
 */
import { button, byId, element } from '../../ui/dom.js';
import { formatCount, formatPercent } from '../../util/format.js';
import { announce, showFailure } from '../../ui/notices.js';
import { ScrollingPicture } from '../../ui/picture.js';
import { EVENTS } from '../../worker/protocol.js';
import { ConfidenceBars } from '../../ui/confidence-bars.js';
import { commandsOf } from '../../util/labels.js';
import { createChoices } from './choices.js';
import { createTuning } from './tuning.js';

/** How much sound the picture shows. */
const PICTURE_S = 3;
const MAX_HISTORY = 50;
/** Words of more letters are set smaller. */
const LONG_WORD = 7;
/** A word stays at least this long, however quiet it gets. */
const WORD_S = 0.9;
/** The lower end of the level meter. */
const FLOOR_DBFS = -80;
const SOUND = { muted: 'The microphone is muted', missing: 'No sound arrives from the microphone' };

/** @param {App} app */
export function createListenView({ client, library, listening, store, training, audio, preparation }) {
  const toggle = byId('listen-switch', HTMLButtonElement);
  const hint = byId('listen-hint', HTMLElement);
  const word = byId('word', HTMLElement);
  const failure = byId('listen-failure', HTMLElement);
  const history = byId('history', HTMLElement);
  const dropped = byId('dropped', HTMLElement);
  const bars = new ConfidenceBars(byId('confidences', HTMLElement));
  const level = createLevel();
  const canvas = byId('listen-picture', HTMLCanvasElement);
  /** @type {ScrollingPicture | null} */
  let picture = null;
  let wordSince = -Infinity;
  let shown = listening.state.value;

  createChoices({ library, listening, store, training });
  createTuning({ library, listening, store });

  const say = (/** @type {string} */ text, /** @type {'off' | 'waiting' | 'shown' | 'faded'} */ state) => {
    word.textContent = text;
    word.dataset.state = state;
    word.dataset.length = text.length > LONG_WORD ? 'long' : 'short';
  };

  toggle.addEventListener('click', () => (listening.isActive ? listening.stop() : listening.start()));

  const render = () => {
    const state = listening.state.value;
    const model = library.current.value;
    const busy = listening.waitsFor();
    // It stays enabled while starting or stopping, since a control that is disabled loses the keyboard's focus.
    const canStart = model.kind === 'loaded' || (client.state.value.kind === 'booting' && model.kind !== 'failed');
    toggle.disabled = !listening.isActive && state.kind !== 'stopping' && (busy !== null || !canStart);
    toggle.setAttribute('aria-checked', String(state.kind === 'on'));
    hint.textContent = hintFor(state, model.kind, busy, client.state.value.kind);
    hint.classList.toggle('warning', state.kind === 'on' && state.sound !== 'arriving');
    if (state.kind === 'failed') {
      const again = button('Try again', () => listening.start(), { class: 'button primary' });
      const ways = [again];
      if (listening.deviceId)
        ways.push(button('Use the default microphone', () => ((listening.deviceId = ''), listening.start())));
      showFailure(failure, state.failure, ...ways);
    } else {
      showFailure(failure, model.kind === 'failed' && client.state.value.kind === 'ready' ? model.failure : null);
    }
    if (state.kind === 'off' || state.kind === 'failed') say('Flip the switch and say a word', 'off');
    if (state.kind === 'starting') say(state.step, 'waiting');
  };

  listening.state.subscribe((state) => {
    const before = shown;
    shown = state;
    if (state.kind === 'on' && before.kind !== 'on') begin(state);
    if (state.kind === 'on' && state.sound !== 'arriving' && (before.kind !== 'on' || before.sound !== state.sound)) {
      announce(SOUND[state.sound]);
    }
    if (state.kind !== 'on') {
      level.show(FLOOR_DBFS, FLOOR_DBFS);
      bars.clear();
    }
    render();
  });
  library.current.subscribe((model) => {
    if (model.kind === 'loaded') bars.setLabels(model.card.labels);
    render();
  });
  for (const part of [training, client, audio, preparation]) part.state.subscribe(render);

  /** @param {Extract<ListeningState, {kind: 'on'}>} state */
  const begin = ({ card }) => {
    say(
      `Say ${commandsOf(card.labels)
        .map((label) => `“${label}”`)
        .join(' or ')}`,
      'waiting',
    );
    picture = null;
    wordSince = -Infinity;
    dropped.hidden = true;
    announce('Listening');
  };

  client.on(EVENTS.LISTEN_UPDATE, ({ levelDbfs, peakDbfs, columns, posteriors, quiet, timeS }) => {
    const state = listening.state.value;
    if (state.kind !== 'on') return;
    picture ??= new ScrollingPicture(canvas, Math.round((PICTURE_S * 1000 * columns.width) / state.hopMs));
    level.show(levelDbfs, peakDbfs);
    picture.push(columns);
    bars.show(posteriors);
    if (quiet && word.dataset.state === 'shown' && timeS - wordSince > WORD_S) word.dataset.state = 'faded';
  });

  client.on(EVENTS.LISTEN_DETECTION, ({ label, confidence, timeS }) => {
    if (!listening.isOn) return;
    wordSince = timeS;
    say(label, 'shown');
    announce(label);
    byId('history-empty', HTMLElement).hidden = true;
    history.prepend(
      element(
        'li',
        {},
        element('span', { class: 'heard' }, label),
        element('span', { class: 'sure' }, formatPercent(confidence)),
        element('time', {}, new Date().toLocaleTimeString('en-GB')),
      ),
    );
    while (history.children.length > MAX_HISTORY) history.lastElementChild?.remove();
  });

  client.on(EVENTS.AUDIO_DROPPED, ({ nDropped }) => {
    dropped.hidden = nDropped === 0;
    dropped.textContent = `${formatCount(nDropped)} microphone samples lost: this device was too busy.`;
  });
}

/**
 * What is said beside the switch.
 * @param {ListeningState} state
 * @param {'none' | 'loading' | 'loaded' | 'failed'} model
 * @param {'training' | 'audio' | null} busy
 * @param {'booting' | 'ready' | 'failed'} worker
 */
function hintFor(state, model, busy, worker) {
  if (state.kind === 'on') return state.sound === 'arriving' ? state.device || 'On' : SOUND[state.sound];
  if (state.kind === 'starting') return state.step;
  if (busy) return busy === 'training' ? 'Waits for the training to end' : 'Waits for the audio';
  if (worker === 'booting') return 'Python is starting';
  if (worker === 'failed') return 'Python did not start';
  if (model === 'loading') return 'Loading the model';
  if (model === 'none') return 'Train or load a model first';
  return 'Off';
}

/** The level meter: a bar for the level, a mark for the peak. */
function createLevel() {
  const meter = byId('level', HTMLElement);
  const [bar, peak] = [...meter.children].map((child) => /** @type {HTMLElement} */ (child));
  const shareOf = (/** @type {number} */ dbfs) => Math.min(1, Math.max(0, 1 - dbfs / FLOOR_DBFS));
  return {
    /** @param {number} levelDbfs @param {number} peakDbfs */
    show(levelDbfs, peakDbfs) {
      const decibels = Math.max(FLOOR_DBFS, levelDbfs).toFixed(0);
      if (meter.getAttribute('aria-valuenow') !== decibels) {
        meter.setAttribute('aria-valuenow', decibels);
        meter.setAttribute('aria-valuetext', `${decibels} decibels`);
      }
      // A transform moves the bars without a new layout of the page; a transition would draw 60 times a second.
      bar.style.transform = `translateX(${(shareOf(levelDbfs) - 1) * 100}%)`;
      peak.style.transform = `translateX(${(shareOf(peakDbfs) - 1) * 100}%)`;
      peak.style.opacity = peakDbfs > FLOOR_DBFS ? '0.7' : '0';
    },
  };
}
