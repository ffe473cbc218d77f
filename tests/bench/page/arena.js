/** The page's side of the races: contestants in workers of their own, of which only one works at a time. */

/** @type {Map<string, Worker>} */
const contestants = new Map();

/** @param {string} name @param {string} script a module worker, relative to this file */
export function enter(name, script) {
  contestants.set(name, new Worker(new URL(script, import.meta.url), { type: 'module' }));
}

/** @param {string} name @param {string} method @param {unknown[]} given @returns {Promise<unknown>} */
export function ask(name, method, ...given) {
  const worker = /** @type {Worker} */ (contestants.get(name));
  return new Promise((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(`${name}: ${message}`));
    worker.onmessage = ({ data: { result, failure } }) =>
      failure ? reject(new Error(`${name}: ${failure}`)) : resolve(result);
    worker.postMessage({ method, given });
  });
}
