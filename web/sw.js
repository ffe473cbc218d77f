/**
 * Offline: one cache a version, filled completely or not at all, and served before the network.
 */
import { ASSETS, VERSION } from './assets.js';

/** The policy of index.html; a static host may send none. */
const POLICY = [
  "default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'", "worker-src 'self'",
  "img-src 'self' data: blob:", "media-src 'self' blob:", "style-src 'self'", "object-src 'none'", "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SCOPE = worker.registration.scope; // other copies of Sayso on this origin have caches of their own
const PREFIX = `sayso ${SCOPE} `;
const CACHE = PREFIX + VERSION;
const PARALLEL = 4;

worker.addEventListener('install', (event) => event.waitUntil(precache()));
worker.addEventListener('activate', (event) => event.waitUntil(Promise.all([removeOldVersions(), worker.clients.claim()])));
worker.addEventListener('message', ({ data }) => {
  if (data === 'activate') worker.skipWaiting();
});
worker.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(SCOPE)) event.respondWith(respond(event.request));
});

async function precache() {
  const cache = await caches.open(CACHE);
  const left = [...ASSETS];
  const fetchNext = async () => {
    for (let asset = left.pop(); asset; asset = left.pop()) await cache.put(new URL(asset.url, SCOPE), await whole(asset));
  };
  try {
    await Promise.all([putListing(cache), ...Array.from({ length: PARALLEL }, fetchNext)]);
  } catch (error) {
    left.length = 0;
    await caches.delete(CACHE);
    throw error;
  }
}

/** The list of assets is none of its own entries, but the page and its worker import it too. @param {Cache} cache */
async function putListing(cache) {
  const url = new URL('assets.js', SCOPE);
  const text = await (await fetch(url, { cache: 'no-cache' })).text();
  if (!text.includes(VERSION)) throw new Error(`assets.js: expected version ${VERSION}`);
  await cache.put(url, new Response(text, { headers: { 'Content-Security-Policy': POLICY, 'Content-Type': 'text/javascript; charset=utf-8' } }));
}

/** An asset of this very version: its size tells a file of another one. @param {{url: string, bytes: number}} asset */
async function whole({ url, bytes }) {
  const response = await fetch(new URL(url, SCOPE), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const body = await response.arrayBuffer();
  if (body.byteLength !== bytes) throw new Error(`${url}: ${body.byteLength} bytes, expected ${bytes}`);
  const headers = new Headers({ 'Content-Security-Policy': POLICY });
  const type = response.headers.get('Content-Type');
  if (type) headers.set('Content-Type', type);
  return new Response(body, { headers });
}

async function removeOldVersions() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** @param {Request} request */
async function respond(request) {
  const cache = await caches.open(CACHE);
  const target = new URL(request.url).pathname.endsWith('/') ? new URL('index.html', SCOPE) : request;
  return (await cache.match(target, { ignoreSearch: true })) ?? fetch(request);
}
