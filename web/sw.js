/**
 * The service worker, by which the page works offline: one cache a version, filled completely or not at all, and served
 * before the network.
 */
import { ASSETS, VERSION } from './assets.js';

/** The Content-Security-Policy that index.html declares; a static host may send none. */
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
const SCOPE = worker.registration.scope;
/** Begins a cache's name, so that other copies of Sayso on this origin have caches of their own. */
const PREFIX = `sayso ${SCOPE} `;
const CACHE = PREFIX + VERSION;
/** How many files are fetched at a time. */
const PARALLEL = 4;
/** Files that are served with the policy: the page takes it from its own response, a worker from its script's. */
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
    .catch(() => {}); // without routes, `respond` gives the same answers
}

/** Fetches every file of this version into its cache; when one fails, there is no cache. */
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

/** Keeps assets.js, which does not list itself but is imported by the page. @param {Cache} cache */
async function keepListing(cache) {
  const url = new URL('assets.js', SCOPE);
  const response = await fetch(url, { cache: 'no-cache' });
  if (!(await response.clone().text()).includes(VERSION)) throw new Error(`assets.js: expected version ${VERSION}`);
  await cache.put(url, response);
}

/**
 * Keeps an asset; index.html also under the folder's own address.
 * @param {Cache} cache
 * @param {{url: string, bytes: number}} asset
 */
async function keep(cache, asset) {
  const response = await whole(asset);
  if (asset.url === 'index.html') await cache.put(SCOPE, response.clone());
  await cache.put(new URL(asset.url, SCOPE), response);
}

/** Fetches an asset; its size tells this version's from another's. @param {{url: string, bytes: number}} asset */
async function whole({ url, bytes }) {
  const response = await fetch(new URL(url, SCOPE), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const body = await response.clone().arrayBuffer();
  if (body.byteLength !== bytes) throw new Error(`${url}: ${body.byteLength} bytes, expected ${bytes}`);
  // Browsers keep the code they compile of a script only beside a response that came from the network as it is. But a
  // response that was redirected, or is for some requests only, would not be found or not be taken later: it is copied.
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

/** Answers from the cache of this version, else from the network. @param {Request} request */
async function respond(request) {
  const { origin, pathname } = new URL(request.url);
  const cache = await caches.open(CACHE);
  // The query is cut off by hand: with `ignoreSearch`, Chromium goes through all the cache for each request.
  return (await cache.match(origin + pathname)) ?? fetch(request);
}
