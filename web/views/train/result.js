/**
 * The result of a training: accuracy, recall of each label, confusion matrix, and what to do with the model.
 *
 * @import {App} from '../app.d.ts'
 * @import {TrainingState} from '../../state/training.js'
 * @import {Evaluation, TrainResult} from '../../worker/protocol.js'
 */
import { byId, element } from '../../ui/dom.js';
import { asFailure } from '../../util/failure.js';
import { download, modelFileName } from '../../state/files.js';
import { formatBytes, formatCount, formatNoun, formatPercent } from '../../util/format.js';
import { commandsOf, RESERVED } from '../../util/labels.js';
import { announce, toastFailure } from '../../ui/notices.js';
import { ConfidenceBars } from '../../ui/confidence-bars.js';

const ENDS = { finished: 'Finished', stopped: 'Stopped', diverged: 'Ended early' };

/** @param {App} app */
export function createResult({ training, library, goTo }) {
  const section = byId('result', HTMLElement);
  const name = byId('save-name', HTMLInputElement);
  const save = byId('save-browser', HTMLButtonElement);
  const done = byId('save-done', HTMLElement);
  const recall = new ConfidenceBars(byId('recall', HTMLElement));
  let isSaving = false;

  /** @returns {Extract<TrainingState, {kind: 'trained'}> | null} */
  const trained = () => (training.state.value.kind === 'trained' ? training.state.value : null);

  training.state.subscribe((state) => {
    section.hidden = state.kind !== 'trained';
    if (state.kind !== 'trained') return;
    const { evaluation } = state.result;
    const summary = byId('result-summary', HTMLElement);
    summary.replaceChildren(...summaryOf(state.result));
    announce(summary.innerText);
    byId('result-tables', HTMLElement).hidden = !evaluation;
    if (evaluation) {
      recall.setLabels(evaluation.labels);
      recall.show(evaluation.recall);
      showConfusion(evaluation);
    }
    name.value = state.name;
    save.disabled = false;
    done.textContent = '';
  });

  byId('save-form', HTMLFormElement).addEventListener('submit', async (event) => {
    event.preventDefault();
    const state = trained();
    const chosen = name.value.trim();
    if (!state || !chosen || isSaving) return;
    isSaving = save.disabled = true;
    try {
      await library.keep(state.ref, { name: chosen, bytes: state.result.bytes, card: state.result.card });
      done.textContent = `Saved in this browser as “${chosen}” (${formatBytes(state.result.bytes.length)}).`;
    } catch (error) {
      save.disabled = false;
      toastFailure(asFailure(error));
    }
    isSaving = false;
  });
  name.addEventListener('input', () => (save.disabled = false));
  byId('save-file', HTMLButtonElement).addEventListener('click', () => {
    const state = trained();
    if (!state) return;
    const file = modelFileName(name.value, state.result.bytes);
    download(state.result.bytes, file);
    done.textContent = `Saved to the file ${file}.`;
  });
  byId('listen-with', HTMLButtonElement).addEventListener('click', () => goTo('listen'));
}

/** The result in words. @param {TrainResult} result */
function summaryOf({ reason, iteration, evaluation }) {
  const end = `${ENDS[reason]} at iteration ${formatCount(iteration)}.`;
  if (!evaluation) return [`${end} There was nothing to test with: all clips are by one speaker.`];
  const { accuracy, balancedAccuracy, n, labels, confusion, recall } = evaluation;
  const nSilent = confusion[labels.indexOf(RESERVED[1])].reduce((sum, of) => sum + of, 0);
  const tested = `of ${formatNoun(n - nSilent, 'test clip')} by unheard speakers and ${formatCount(nSilent)} of silence`;
  const untested = commandsOf(labels).filter((label) => recall[labels.indexOf(label)] === null);
  const quoted = untested.map((label) => `“${label}”`).join(' and ');
  const untold = untested.length ? ` No test speaker says ${quoted}, so listen and try.` : '';
  if (untested.length === commandsOf(labels).length) {
    return [
      element('strong', {}, 'Ready to try'),
      `Other words and silence are told from your own: ${formatPercent(accuracy, 1)} ${tested}.${untold} ${end}`,
    ];
  }
  return [
    element('strong', {}, formatPercent(accuracy, 1)),
    `${tested}; ${formatPercent(balancedAccuracy, 1)} averaged over the labels.${untold} ${end}`,
  ];
}

/**
 * Draws the confusion matrix. A row is what was said, a column what was recognised; a cell is shaded by its share of
 * its row.
 * @param {Evaluation} evaluation
 */
function showConfusion({ labels, confusion }) {
  const head = element('tr', {}, element('td'), ...labels.map((label) => element('th', { scope: 'col' }, label)));
  const rows = confusion.map((row, i) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, j) => {
      const share = total ? n / total : 0;
      const title = `${labels[i]} taken for ${labels[j]}: ${formatPercent(share)}`;
      const cell = element('td', { title }, formatCount(n));
      cell.style.setProperty('--share', share.toFixed(3));
      return cell;
    });
    return element('tr', {}, element('th', { scope: 'row' }, labels[i]), ...cells);
  });
  byId('confusion', HTMLTableElement).replaceChildren(
    element('caption', {}, 'Rows: what was said. Columns: what was recognised.'),
    element('thead', {}, head),
    element('tbody', {}, ...rows),
  );
}
