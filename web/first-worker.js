/**
 * Starts the worker before anything else of the page is there, since Python takes longest. Page only.
 *
 * index.html names this module alone, which runs before all of the page is read; main.js imports it again, to take the
 * worker.
 */

/** @returns {Worker} */
const createWorker = () => new Worker(new URL('worker/worker.js', import.meta.url), { type: 'module', name: 'sayso' });

/** @type {Worker | null} */
let first = createWorker();
/** Events that came before anybody listened. @type {Event[]} */
const missed = [];
/** @param {Event} event */
const keep = (event) => missed.push(event);
first.addEventListener('message', keep);
first.addEventListener('error', keep);

/** Loads the rest of the page's scripts; if index.html asked for them, they would be in the worker's way. */
function startPage() {
  document.head.append(
    Object.assign(document.createElement('script'), { type: 'module', src: new URL('main.js', import.meta.url).href }),
  );
}
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', startPage, { once: true });
else startPage();

/** A worker: at the first call the one that has started already, which repeats what it told before; later a new one. */
export function takeWorker() {
  const worker = first ?? createWorker();
  if (worker === first) {
    first = null;
    queueMicrotask(() => {
      // The caller has its listeners in place by now.
      worker.removeEventListener('message', keep);
      worker.removeEventListener('error', keep);
      for (const event of missed) worker.dispatchEvent(again(event));
    });
  }
  return worker;
}

/** An event that can be dispatched once more. @param {Event} event */
function again(event) {
  if (event instanceof MessageEvent) return new MessageEvent('message', { data: event.data });
  return new ErrorEvent('error', { message: event instanceof ErrorEvent ? event.message : '', cancelable: true });
}
