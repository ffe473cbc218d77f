/**
 * Keeps each training run to one tab, by Web Locks: a lock goes when its tab does, however that ends. There are none
 * on an address that is not secure, where every run is free. Page only.
 */
const PREFIX = 'sayso-run-';

/**
 * Holds a run for this tab.
 * @param {string} runId
 * @returns {Promise<(() => Promise<void>) | null>} a function that releases the run; null when another tab holds it
 */
export function acquireRun(runId) {
  if (!navigator.locks) return Promise.resolve(async () => {});
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(PREFIX + runId, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) =>
        resolve(async () => {
          release(undefined);
          await held;
        }),
      );
    });
    held.catch(reject);
  });
}

/** @returns {Promise<Set<string> | null>} ids of the runs that any tab holds; null where the browser cannot tell */
export async function heldRuns() {
  if (!navigator.locks) return null;
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])));
}
