/**
 * The status in the page's head: what the page is doing, how far Python is, and what to do when it does not start.
 *
 * @import {App} from './app.d.ts'
 */
import { button, byId } from '../ui/dom.js';
import { formatPercent } from '../util/format.js';
import { showFailure } from '../ui/notices.js';

/** @param {App} app */
export function createStatus({ client, training, listening }) {
  const status = byId('status', HTMLElement);
  const boot = byId('boot', HTMLElement);
  const progress = byId('boot-progress', HTMLProgressElement);

  /** @param {string} kind @param {string} text */
  const say = (kind, text) => {
    if (status.textContent === text && status.dataset.kind === kind) return;
    status.dataset.kind = kind;
    status.textContent = text;
  };
  const render = () => {
    const worker = client.state.value;
    if (worker.kind === 'booting') say('busy', `${worker.label} …`);
    else if (worker.kind === 'failed') say('failed', 'Not running');
    else if (training.isBusy) say('busy', 'Training');
    else if (listening.isOn) say('live', 'Listening');
    else say('ready', 'Ready');
  };
  client.state.subscribe((state) => {
    boot.hidden = state.kind !== 'booting';
    if (state.kind === 'booting') {
      progress.value = state.fraction;
      progress.setAttribute('aria-valuetext', `${state.label}, ${formatPercent(state.fraction)}`);
    }
    const again = button('Try again', () => client.start(), { class: 'button primary' });
    showFailure(byId('boot-failure', HTMLElement), state.kind === 'failed' ? state.failure : null, again);
    if (state.kind === 'ready') {
      const { sayso, python, numpy } = state.boot.versions;
      byId('versions', HTMLElement).textContent = `Sayso ${sayso}, Python ${python}, NumPy ${numpy}.`;
    }
    render();
  });
  training.state.subscribe(render);
  listening.state.subscribe(render);
}
