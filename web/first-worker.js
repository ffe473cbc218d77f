/**
 * Starts the worker before anything else of the page is there, since Python takes longest. Page only; index.html loads
 * this module alone and, unlike others, at once, before all of the page is read; main.js imports the same one.
 */

/** @returns {Worker} */
const createWorker = () => new Worker(new URL('worker/worker.js', import.meta.url), { type: 'module', name: 'sayso' });

/** @type {Worker | null} */
let first = createWorker();
/** What happened before anybody listened. @type {Event[]} */
const missed = [];
/** @param {Event} event */
const keep = (event) => missed.push(event);
first.addEventListener('message', keep);
first.addEventListener('error', keep);

/** The rest of the page's scripts: asked for by index.html, they would be in the worker's way. */
function startPage() {
  document.head.append(
    Object.assign(document.createElement('script'), { type: 'module', src: new URL('main.js', import.meta.url).href }),
  );
}
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', startPage, { once: true });
else startPage();

/** A worker: the first time the one that has started already, which tells what it told before. */
export function takeWorker() {
  const worker = first ?? createWorker();
  if (worker === first) {
    first = null;
    queueMicrotask(() => {
      // by then whoever took it listens
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
