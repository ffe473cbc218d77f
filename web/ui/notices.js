/**
 * How the page tells people something: failures inside a view, and short notices (toasts) at its foot. Page only.
 *
 * @import {Failure} from '../types.d.ts'
 */
import { button, byId, element } from './dom.js';
import { explain } from './explanations.js';

const TOAST_MS = 6_000;
const FAILURE_MS = 12_000;
/** The failure that each host shows. @type {WeakMap<HTMLElement, Failure>} */
const shown = new WeakMap();

/**
 * Shows a failure in `host`, or empties it. A failure that is shown already stays as it is, with the focus inside it.
 * @param {HTMLElement} host
 * @param {Failure | null | undefined} failure
 * @param {...HTMLElement} actions buttons that offer a way on
 */
export function showFailure(host, failure, ...actions) {
  if (failure && shown.get(host) === failure) return;
  host.hidden = !failure;
  host.replaceChildren();
  shown.delete(host);
  if (!failure) return;
  shown.set(host, failure);
  const { title, message, advice } = explain(failure);
  host.append(
    element(
      'div',
      { class: 'failure', role: 'alert' },
      element('p', { class: 'failure-title' }, title),
      element('p', { class: 'failure-message' }, message),
      element('p', {}, advice),
      ...(actions.length ? [element('div', { class: 'actions' }, ...actions)] : []),
    ),
  );
}

/**
 * Shows a notice for a while; it stays as long as it is pointed at or focused.
 * @param {string | HTMLElement[]} content
 * @param {{action?: {label: string, run: () => void}, forMs?: number, isFailure?: boolean}} [options] with `forMs` of
 *   Infinity it stays until it is dismissed
 */
export function toast(content, { action, forMs = TOAST_MS, isFailure = false } = {}) {
  const text = element('div', { class: 'toast-text' }, ...(typeof content === 'string' ? [content] : content));
  const made = element('div', { class: isFailure ? 'toast toast-failure' : 'toast' }, text);
  const close = () => made.remove();
  if (action) made.append(button(action.label, () => (close(), action.run()), { class: 'toast-action' }));
  made.append(button('×', close, { class: 'toast-close', 'aria-label': 'Dismiss' }));
  byId('toasts', HTMLElement).append(made);
  if (forMs === Infinity) return;
  const timer = setInterval(() => {
    if (made.matches(':hover, :focus-within')) return;
    clearInterval(timer);
    close();
  }, forMs);
}

/** Has screen readers say something, whichever view is shown. @param {string} text */
export function announce(text) {
  const announcer = byId('announcer', HTMLElement);
  announcer.textContent = ''; // emptied first, so that the same word twice is announced twice
  requestAnimationFrame(() => (announcer.textContent = text));
}

/** Shows, as a notice, a failure that belongs to no view in particular. @param {Failure} failure */
export function toastFailure(failure) {
  const { title, message, advice } = explain(failure);
  toast(
    [title, message, advice].map((sentence) => element('p', {}, sentence)),
    { isFailure: true, forMs: FAILURE_MS },
  );
}
