/** The worker that is started before the rest of the page is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOOT, FakeWorker, settled, stopClock } from './fakes.mjs';
import { Client } from '../../web/worker/client.js';
import { EVENTS } from '../../web/worker/protocol.js';

let nImports = 0;

/** The module as index.html loads it, while the page is still being read or after. */
async function openPage(readyState = 'complete') {
  const page = { workers: [], scripts: [] };
  globalThis.Worker = class extends FakeWorker {
    constructor(url, options) {
      super({});
      page.workers.push(Object.assign(this, { path: url.pathname, options }));
    }
  };
  globalThis.ErrorEvent ??= class ErrorEvent extends Event {
    constructor(type, { message, ...options }) {
      super(type, options);
      this.message = message;
    }
  };
  globalThis.document = Object.assign(new EventTarget(), {
    readyState,
    head: { append: ({ src }) => page.scripts.push(src.split('/').at(-1)) },
    createElement: () => ({}),
  });
  return Object.assign(page, await import(`../../web/first-worker.js?${(nImports += 1)}`));
}

test('the worker starts at once, and the rest of the page after all of it is read', async () => {
  const { workers, scripts } = await openPage('loading');
  assert.equal(workers.length, 1);
  assert.match(workers[0].path, /\/web\/worker\/worker\.js$/);
  assert.equal(workers[0].options.type, 'module');
  assert.deepEqual(scripts, []);
  document.dispatchEvent(new Event('DOMContentLoaded'));
  assert.deepEqual(scripts, ['main.js']);
  assert.deepEqual((await openPage('interactive')).scripts, ['main.js']);
});

test('what the worker said before anybody listened is told to who takes it, once and in order', async (t) => {
  stopClock(t);
  const { workers, takeWorker } = await openPage();
  workers[0].say(EVENTS.BOOT_PROGRESS, { step: 'python', fraction: 0.5, label: 'Starting Python' });
  workers[0].boot();
  const client = new Client(takeWorker);
  const states = [];
  client.state.subscribe(({ kind, fraction }) => states.push([kind, fraction]));
  client.start();
  await settled();
  workers[0].say(EVENTS.LISTEN_DETECTION, {});
  assert.deepEqual(states.slice(1), [
    ['booting', 0],
    ['booting', 0.5],
    ['ready', undefined],
  ]);
  assert.deepEqual(client.state.value.boot, BOOT);
});

test('a worker that failed before anybody listened has failed for who takes it', async () => {
  const { workers, takeWorker } = await openPage();
  workers[0].dispatchEvent(new ErrorEvent('error', { message: 'no such file', cancelable: true }));
  const client = new Client(takeWorker);
  client.start();
  await settled();
  assert.deepEqual(client.state.value.failure, { code: 'worker_died', message: 'no such file' });
});

test('whoever takes a worker after that gets a new one', async () => {
  const { workers, takeWorker } = await openPage();
  assert.equal(takeWorker(), workers[0]);
  assert.equal(takeWorker(), workers[1]);
  assert.equal(workers.length, 2);
});
