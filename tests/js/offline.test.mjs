/** The service worker as the page sees it; what it keeps is tested on the built page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recorded, settled } from './fakes.mjs';

let nImports = 0;

/** The module as a page loads it that has this container of service workers, or none. */
async function openPage(container) {
  globalThis.navigator = container ? { serviceWorker: container } : {};
  return import(`../../web/state/offline.js?${(nImports += 1)}`);
}

/** A service worker in some state, with what it was sent. */
function workerIn(state) {
  const sent = [];
  return Object.assign(new EventTarget(), { state, sent, postMessage: (message) => sent.push(message) });
}

function containerOf(registration, { controller = null, ready = Promise.resolve() } = {}) {
  return Object.assign(new EventTarget(), { controller, ready, register: async () => registration });
}

const registrationOf = (parts = {}) =>
  Object.assign(new EventTarget(), { waiting: null, installing: null, active: null, ...parts });

/** Has a registration find a new version, which then comes to `state`. */
function install(registration, state) {
  registration.installing = workerIn('installing');
  registration.dispatchEvent(new Event('updatefound'));
  registration.installing.state = state;
  registration.installing.dispatchEvent(new Event('statechange'));
  return registration.installing;
}

test('a browser without service workers is told apart, and asked for nothing', async () => {
  const { offline, registerOffline } = await openPage(null);
  await registerOffline(() => assert.fail('there is none'));
  assert.equal(offline.value, 'unsupported');
});

test('the first visit is ready once everything is kept, and offers no new version', async () => {
  const registration = registrationOf();
  const { offline, registerOffline } = await openPage(containerOf(registration));
  const states = recorded(offline);
  const registering = registerOffline(() => assert.fail('it is the first'));
  await settled();
  install(registration, 'installed');
  await registering;
  assert.deepEqual(states, ['installing', 'ready']);
});

test('a first version that cannot be kept is told as a failure', async () => {
  const registration = registrationOf();
  const { offline, registerOffline } = await openPage(containerOf(registration, { ready: new Promise(() => {}) }));
  registerOffline(() => {});
  await settled();
  assert.equal(offline.value, 'installing');
  install(registration, 'redundant');
  assert.equal(offline.value, 'failed');
});

test('a new version that cannot be kept leaves the one that is', async () => {
  const registration = registrationOf({ active: workerIn('activated') });
  const { offline, registerOffline } = await openPage(containerOf(registration, { controller: {} }));
  await registerOffline(() => assert.fail('it is of no use'));
  install(registration, 'redundant');
  assert.equal(offline.value, 'ready');
});

for (const when of ['while the page is open', 'before the page was opened']) {
  test(`a version that was installed ${when} is offered, and reloads the page only when it is taken`, async (t) => {
    const early = when.startsWith('before') ? workerIn('installed') : null;
    const registration = registrationOf({ waiting: early, active: workerIn('activated') });
    const container = containerOf(registration, { controller: {} });
    const reload = t.mock.fn();
    globalThis.location = { reload };
    const { registerOffline } = await openPage(container);
    const offers = [];
    await registerOffline((activate) => offers.push(activate));
    const worker = early ?? install(registration, 'installed');
    assert.equal(offers.length, 1);
    container.dispatchEvent(new Event('controllerchange'));
    assert.deepEqual([worker.sent, reload.mock.callCount()], [[], 0]);
    offers[0]();
    assert.deepEqual(worker.sent, ['activate']);
    container.dispatchEvent(new Event('controllerchange'));
    container.dispatchEvent(new Event('controllerchange'));
    assert.equal(reload.mock.callCount(), 1);
  });
}

test('a service worker that the browser refuses leaves the page as it works on line', async () => {
  const container = containerOf(registrationOf());
  container.register = async () => {
    throw new DOMException('', 'SecurityError');
  };
  const { offline, registerOffline } = await openPage(container);
  await registerOffline(() => {});
  assert.equal(offline.value, 'failed');
});
