/**
 * One tab per training run, by Web Locks: a lock goes with its tab, however that ends. Where there are none (an address that
 * is not secure), every run is free.
 */
const PREFIX = 'sayso-run-';

/**
 * @param {string} runId
 * @returns {Promise<(() => Promise<void>) | null>} releases the run; null: another tab holds it
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

/** @returns {Promise<Set<string> | null>} the runs that any tab holds; null: nobody knows */
export async function heldRuns() {
  if (!navigator.locks) return null;
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : [])));
}
