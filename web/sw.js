/**
 * Offline: one cache a version, filled completely or not at all, and served before the network.
 */
import { ASSETS, VERSION } from './assets.js';

/** The policy of index.html; a static host may send none. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope; // other copies of Sayso on this origin have caches of their own
const PREFIX = `sayso ${SCOPE} `;
const CACHE = PREFIX + VERSION;
const PARALLEL = 4;
/** A page's policy comes with the page itself, a worker's with its script. */
const UNDER_POLICY = ['index.html', 'worker/worker.js'];

worker.addEventListener('install', (event) => event.waitUntil(Promise.all([precache(), route(event)])));
worker.addEventListener('activate', (event) =>
  event.waitUntil(Promise.all([removeOldVersions(), worker.clients.claim()])),
);
worker.addEventListener('message', ({ data }) => {
  if (data === 'activate') worker.skipWaiting();
});
worker.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(SCOPE)) event.respondWith(respond(event.request));
});

/**
 * Has the browser answer from the cache by itself, where it can: requests need not wait for this worker then. What the
 * cache lacks comes from the network, and what `respond` alone understands is left to it.
 * @param {ExtendableEvent & {addRoutes?: (rules: object) => Promise<void>}} event
 */
async function route(event) {
  if (!event.addRoutes) return;
  const urlPattern = new URLPattern({ pathname: '*', search: '', baseURL: SCOPE });
  await event
    .addRoutes({ condition: { urlPattern, requestMethod: 'GET' }, source: { cacheName: CACHE } })
    .catch(() => {}); // `respond` gives the same answers
}

async function precache() {
  const cache = await caches.open(CACHE);
  const left = [...ASSETS];
  const fetchNext = async () => {
    for (let asset = left.pop(); asset; asset = left.pop()) await keep(cache, asset);
  };
  try {
    await Promise.all([keepListing(cache), ...Array.from({ length: PARALLEL }, fetchNext)]);
  } catch (error) {
    left.length = 0;
    await caches.delete(CACHE);
    throw error;
  }
}

/** The list of assets is none of its own entries, but the page and its worker import it too. @param {Cache} cache */
async function keepListing(cache) {
  const url = new URL('assets.js', SCOPE);
  const response = await fetch(url, { cache: 'no-cache' });
  if (!(await response.clone().text()).includes(VERSION)) throw new Error(`assets.js: expected version ${VERSION}`);
  await cache.put(url, response);
}

/** @param {Cache} cache @param {{url: string, bytes: number}} asset */
async function keep(cache, asset) {
  const response = await whole(asset);
  if (asset.url === 'index.html') await cache.put(SCOPE, response.clone());
  await cache.put(new URL(asset.url, SCOPE), response);
}

/** An asset of this very version: its size tells a file of another one. @param {{url: string, bytes: number}} asset */
async function whole({ url, bytes }) {
  const response = await fetch(new URL(url, SCOPE), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const body = await response.clone().arrayBuffer();
  if (body.byteLength !== bytes) throw new Error(`${url}: ${body.byteLength} bytes, expected ${bytes}`);
  // Browsers keep the code they have compiled of a script only with a response that came from the network as it is. One
  // that was redirected, or is for some requests only, would not be found or not be taken later.
  const isForAll = !response.redirected && /^(accept-encoding)?$/i.test(response.headers.get('Vary') ?? '');
  if (isForAll && !UNDER_POLICY.includes(url)) return response;
  const headers = new Headers({ 'Content-Security-Policy': POLICY });
  const type = response.headers.get('Content-Type');
  if (type) headers.set('Content-Type', type);
  return new Response(body, { headers });
}

async function removeOldVersions() {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
}

/** @param {Request} request */
async function respond(request) {
  const { origin, pathname } = new URL(request.url);
  const cache = await caches.open(CACHE);
  // Without the query, and not by `ignoreSearch`: with that, Chromium goes through all the cache for each request.
  return (await cache.match(origin + pathname)) ?? fetch(request);
}
