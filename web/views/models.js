/**
 * The Models view: what is saved in the browser, and what came with the page.
 *
 * @import {App} from './app.d.ts'
 * @import {SavedModel} from '../storage/database.js'
 * @import {Library, ModelRef} from '../state/library.js'
 * @import {Store} from '../storage/store.js'
 * @typedef {{library: Library, store: Store}} Parts
 */
import { button, byId, element } from '../ui/dom.js';
import { asFailure } from '../util/failure.js';
import { download, modelFileName, pickedFiles } from '../state/files.js';
import { ACCEPTED_MODELS } from '../util/file-kinds.js';
import { formatBytes, formatDate, formatPercent } from '../util/format.js';
import { renderCard } from '../ui/model-card.js';
import { showFailure, toast, toastFailure } from '../ui/notices.js';
import { UNDO_MS } from '../storage/store.js';

/** @param {App} app */
export function createModelsView({ library, listening, store, training, openFiles, goTo }) {
  const list = byId('model-list', HTMLElement);
  const input = byId('model-input', HTMLInputElement);
  input.accept = ACCEPTED_MODELS;
  byId('model-open', HTMLButtonElement).addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    openFiles(pickedFiles(input));
    input.value = ''; // emptied, so that the same file can be chosen again
  });

  /** @param {ModelRef} ref */
  const listenWith = (ref) => {
    if (training.isBusy)
      return toastFailure({ code: 'wrong_state', message: 'The model was not loaded: a training is running.' });
    goTo('listen');
    listening.pauseFor(() => library.choose(ref));
  };

  /** Whether the list was not drawn when it should have been, because a name was being typed. */
  let isBehind = false;
  const render = async () => {
    const failure = byId('models-failure', HTMLElement);
    try {
      const models = await store.models();
      isBehind = list.querySelector('form')?.contains(document.activeElement) ?? false;
      if (isBehind) return;
      showFailure(failure, null);
      list.replaceChildren(...models.map((model) => savedRow(model, { library, store }, listenWith)));
      byId('models-empty', HTMLElement).hidden = models.length > 0;
    } catch (error) {
      showFailure(failure, asFailure(error));
    }
  };
  store.modelChanges.subscribe(render);
  list.addEventListener('focusout', () => isBehind && render());

  library.shipped.subscribe((shipped) => {
    byId('shipped-title', HTMLElement).hidden = shipped.length === 0;
    byId('shipped-list', HTMLElement).replaceChildren(
      ...shipped.map(({ file, name, card }) =>
        element(
          'li',
          { class: 'card model' },
          element(
            'div',
            { class: 'model-about' },
            element('h3', { class: 'model-name' }, name),
            element('p', { class: 'hint' }, 'Trained beforehand, ready to use.'),
          ),
          element(
            'div',
            { class: 'actions' },
            button('Listen', () => listenWith({ kind: 'shipped', file }), { 'aria-label': `Listen with ${name}` }),
            button('How it was made', () => showCard(name, card), {
              class: 'button quiet',
              'aria-label': `How it was made: ${name}`,
            }),
          ),
        ),
      ),
    );
  });
}

/** Shows a model card. @param {string} name @param {string} card a file of models/ */
async function showCard(name, card) {
  const response = await fetch(new URL(`../models/${card}`, import.meta.url)).catch(() => null);
  byId('card-title', HTMLElement).textContent = name;
  const text = response?.ok ? await response.text() : `models/${card} could not be loaded.`;
  byId('card-text', HTMLElement).replaceChildren(...renderCard(text));
  byId('card-dialog', HTMLDialogElement).showModal();
}

/** A saved model's row. @param {SavedModel} model @param {Parts} parts @param {(ref: ModelRef) => void} listenWith */
function savedRow(model, parts, listenWith) {
  const { id, name, created, bytes, card, draft } = model;
  const title = element(
    'h3',
    { class: 'model-name' },
    name,
    ...(draft ? [element('span', { class: 'chip plain' }, 'not saved yet')] : []),
  );
  const facts = [
    card.accuracy === null ? '' : `${formatPercent(card.accuracy, 1)} accuracy`,
    card.network,
    formatBytes(bytes.length),
    formatDate(created),
  ]
    .filter(Boolean)
    .join(' · ');
  const about = element(
    'div',
    { class: 'model-about' },
    title,
    element(
      'ul',
      { class: 'chips', 'aria-label': 'Labels' },
      ...card.labels.map((label) => element('li', { class: 'chip plain' }, label)),
    ),
    element('p', { class: 'hint' }, facts),
  );
  const row = element(
    'li',
    { class: 'card model' },
    about,
    element(
      'div',
      { class: 'actions' },
      button('Listen', () => listenWith({ kind: 'saved', id }), { 'aria-label': `Listen with ${name}` }),
      button('Download', () => download(bytes, modelFileName(name, bytes)), { 'aria-label': `Download ${name}` }),
      button(draft ? 'Save' : 'Rename', () => editName(model, title, parts), {
        'aria-label': `${draft ? 'Save' : 'Rename'} ${name}`,
      }),
      // The second click of a double one is ignored: by then another model may be in this one's place.
      button('Delete', ({ detail }) => detail < 2 && remove(model, parts.store), {
        class: 'button quiet danger',
        'aria-label': `Delete ${name}`,
      }),
    ),
  );
  return row;
}

/** Puts a form in the title's place. @param {SavedModel} model @param {HTMLElement} title @param {Parts} parts */
function editName({ id, name, draft, bytes, card }, title, { library, store }) {
  if (!title.isConnected) return;
  const input = element('input', { type: 'text', value: name, 'aria-label': 'Name', required: true, maxlength: 80 });
  const form = element(
    'form',
    { class: 'inline-form' },
    input,
    element('button', { class: 'button primary', type: 'submit' }, 'Save'),
  );
  const close = () => {
    form.replaceWith(title);
    store.modelChanges.value += 1; // draws the list anew: it may have changed meanwhile
    byId('models-title', HTMLElement).focus({ preventScroll: true }); // the element that had the focus is drawn anew
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const chosen = input.value.trim();
    if (!chosen) return;
    try {
      if (draft) await library.keep({ kind: 'saved', id }, { name: chosen, bytes, card });
      else await store.renameModel(id, chosen);
    } catch (error) {
      toastFailure(asFailure(error));
    }
    close();
  });
  form.addEventListener('keydown', ({ key }) => key === 'Escape' && close());
  title.replaceWith(form);
  input.select();
}

/** Deletes a model and offers to undo that. @param {SavedModel} model @param {Store} store */
async function remove(model, store) {
  try {
    await store.deleteModel(model.id);
    const purge = () => store.purge().catch(() => {}); // the next visit tries again
    setTimeout(purge, UNDO_MS + 1000);
    byId('models-title', HTMLElement).focus({ preventScroll: true });
    toast(`Deleted “${model.name}”.`, {
      forMs: UNDO_MS,
      action: { label: 'Undo', run: () => store.undeleteModel(model).catch((error) => toastFailure(asFailure(error))) },
    });
  } catch (error) {
    toastFailure(asFailure(error));
  }
}
