/**
 * Whether the page works offline, which is the service worker's doing. Page only.
 *
 * @typedef {'unsupported' | 'installing' | 'ready' | 'failed'} OfflineState
 */
import { Observable } from '../util/observable.js';

/** @type {Observable<OfflineState>} */
export const offline = new Observable(
  /** @type {OfflineState} */ ('serviceWorker' in navigator ? 'installing' : 'unsupported'),
);

/**
 * Registers the service worker.
 * @param {(activate: () => void) => void} onNewVersion called when another version is installed; `activate` reloads the
 *   page into it
 */
export async function registerOffline(onNewVersion) {
  if (offline.value === 'unsupported') return;
  try {
    const registration = await navigator.serviceWorker.register('sw.js', { type: 'module', updateViaCache: 'none' });
    const offer = (/** @type {ServiceWorker} */ waiting) =>
      onNewVersion(() => {
        navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
        waiting.postMessage('activate');
      });
    if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const installing = registration.installing;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed' && navigator.serviceWorker.controller) offer(installing);
        if (installing.state === 'redundant' && !registration.active) offline.value = 'failed';
      });
    });
    await navigator.serviceWorker.ready;
    offline.value = 'ready';
  } catch {
    offline.value = 'failed'; // with a network the page works all the same
  }
}
