/** The models to choose from, and the one in force: after a choice, a reload, a refusal and a worker's death. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { cardOf, freshBrowser, outcome, readyClient, recorded, Refusal, serve, settled, stopClock } from './fakes.mjs';
import { Library, refKey, refOf, UNKEPT } from '../../web/state/library.js';
import { Store } from '../../web/storage/store.js';
import { REQUESTS } from '../../web/worker/protocol.js';

const { MODEL_LOAD } = REQUESTS;
const SHIPPED = [
  { file: 'yes-no.safetensors', name: 'Yes and no', card: 'yes-no.md' },
  { file: 'small.safetensors', name: 'Small', card: 'small.md' },
];
const SITE = {
  'models/index.json': JSON.stringify(SHIPPED),
  'models/yes-no.safetensors': 'yes-no',
  'models/small.safetensors': 'small',
};
const FIRST = { kind: 'shipped', file: 'yes-no.safetensors' };
const SMALL = { kind: 'shipped', file: 'small.safetensors' };
const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder().decode(bytes);
const loads = (worker) => worker.payloads(MODEL_LOAD).map(({ name, bytes }) => [name, textOf(bytes)]);
const names = async (store) => (await store.models()).map(({ name }) => name);

/** A page whose worker loads every model but those called "broken". */
function openPage(t, files = SITE) {
  stopClock(t);
  const fetched = serve(t, files);
  const made = readyClient({
    [MODEL_LOAD]: ({ name }) => {
      if (name === 'broken') throw new Refusal('file_truncated', 'cut short');
      return cardOf(name);
    },
  });
  const store = new Store(() => {});
  const library = new Library(made.client, store);
  return { ...made, worker: made.worker, store, library, fetched };
}

/** Refuses every use of the database from here on. */
function failStorage(t) {
  return t.mock.method(indexedDB, 'open', () => {
    throw new DOMException('', 'SecurityError');
  }).mock;
}

beforeEach(freshBrowser);

test('at the first visit the first model that came with the page is in force', async (t) => {
  const { library, worker } = openPage(t);
  const states = recorded(library.current);
  await library.open();
  assert.deepEqual(library.shipped.value, SHIPPED);
  assert.deepEqual(states, [
    { kind: 'none' },
    { kind: 'loading', ref: FIRST, name: 'Yes and no' },
    { kind: 'loaded', ref: FIRST, name: 'Yes and no', card: cardOf('Yes and no') },
  ]);
  assert.deepEqual(loads(worker), [['Yes and no', 'yes-no']]);
});

test('a page that came without models asks its server for none, and has none in force', async (t) => {
  const { library, fetched } = openPage(t, {});
  await library.open();
  assert.deepEqual(fetched, []);
  assert.deepEqual(library.current.value, { kind: 'none' });
});

test('a list of models that cannot be fetched leaves the page without them', async (t) => {
  const { library } = openPage(t);
  t.mock.method(globalThis, 'fetch', async () => {
    throw new TypeError('no network');
  });
  await library.open();
  assert.deepEqual(library.shipped.value, []);
  assert.deepEqual(library.current.value, { kind: 'none' });
});

test('the next visit begins with the model that was chosen last', async (t) => {
  const page = openPage(t);
  await page.library.open();
  await page.library.choose(SMALL);
  await settled();
  const next = openPage(t);
  await next.library.open();
  assert.deepEqual(next.library.current.value.ref, SMALL);
  assert.deepEqual(loads(next.worker), [['Small', 'small']]);
});

test('a choice of which nothing is left falls back to the first model', async (t) => {
  for (const ref of [
    { kind: 'saved', id: 'deleted' },
    { kind: 'shipped', file: 'of-an-older-page.safetensors' },
  ]) {
    const { library, store } = openPage(t);
    await store.setSetting('currentModel', ref);
    await library.open();
    assert.deepEqual(library.current.value.ref, FIRST);
  }
});

test('a person who chooses before the page has looked is not overruled', async (t) => {
  const { library, store } = openPage(t);
  await store.setSetting('currentModel', FIRST);
  const opening = library.open();
  await library.choose(SMALL);
  await opening;
  assert.deepEqual(library.current.value.ref, SMALL);
});

test('a choice that is still being fetched as the page looks is not overruled either', async (t) => {
  const { library } = openPage(t);
  const { fetch } = globalThis;
  let arrive;
  t.mock.method(globalThis, 'fetch', async (address) => {
    if (address.href.endsWith(SMALL.file)) await new Promise((resolve) => (arrive = resolve));
    return fetch(address);
  });
  const choosing = library.choose(SMALL);
  const opening = library.open();
  await settled(30);
  arrive();
  await Promise.all([choosing, opening]);
  assert.deepEqual(library.current.value.ref, SMALL);
});

test('of two choices made at once the later stays', async (t) => {
  const { library, worker } = openPage(t);
  await library.open();
  await Promise.all([library.choose(SMALL), library.choose(FIRST)]);
  assert.deepEqual(library.current.value.ref, FIRST);
  assert.deepEqual(
    loads(worker).map(([name]) => name),
    ['Yes and no', 'Small', 'Yes and no'],
  );
});

test('a model that is gone, or that the worker refuses, shows as failed with the reason', async (t) => {
  const { library, store } = openPage(t);
  const { id } = await store.addModel({ name: 'broken', bytes: bytesOf('x'), card: cardOf('broken') });
  await library.choose({ kind: 'saved', id });
  assert.deepEqual(library.current.value, {
    kind: 'failed',
    ref: { kind: 'saved', id },
    name: 'broken',
    failure: { code: 'file_truncated', message: 'cut short' },
  });
  await library.choose({ kind: 'saved', id: 'gone' });
  assert.equal(library.current.value.failure.code, 'model_missing');
  await library.choose({ kind: 'shipped', file: 'gone.safetensors' });
  assert.deepEqual(library.current.value.failure, {
    code: 'model_missing',
    message: 'models/gone.safetensors: 404 Not Found',
  });
});

test('a file that is opened is in force, kept under its name, and chosen in the next visit', async (t) => {
  const { library, store, worker } = openPage(t);
  const result = await library.import(new File(['bytes'], 'my words.v2.safetensors'));
  assert.deepEqual(result, { name: 'my words.v2', unsaved: null });
  const [saved] = await store.models();
  assert.deepEqual([saved.name, textOf(saved.bytes)], ['my words.v2', 'bytes']);
  assert.deepEqual(library.current.value.ref, { kind: 'saved', id: saved.id });
  assert.deepEqual(loads(worker), [['my words.v2', 'bytes']]);
  await settled();
  assert.deepEqual(await store.setting('currentModel'), { kind: 'saved', id: saved.id });
});

test('a file that is kept already is not kept twice', async (t) => {
  const { library, store } = openPage(t);
  await library.import(new File(['bytes'], 'mine.safetensors'));
  await library.import(new File(['bytes'], 'copy.safetensors'));
  assert.deepEqual(await names(store), ['mine']);
  assert.equal(library.current.value.ref.id, (await store.models())[0].id);
});

test('a file that the worker refuses leaves the model in force, and nothing is kept', async (t) => {
  const { library, store } = openPage(t);
  await library.open();
  const before = library.current.value;
  await assert.rejects(library.import(new File(['x'], 'broken.safetensors')), { code: 'file_truncated' });
  assert.equal(library.current.value, before);
  assert.deepEqual(await names(store), []);
});

test('a file counts as loading before it is read, and one that cannot be read leaves the model in force', async (t) => {
  const { library, store } = openPage(t);
  await library.open();
  const before = library.current.value;
  const file = new File(['x'], 'moved.safetensors');
  let kind = '';
  file.arrayBuffer = async () => {
    kind = library.current.value.kind;
    throw new DOMException('The file was moved.', 'NotReadableError');
  };
  await assert.rejects(library.import(file), { name: 'NotReadableError' });
  assert.equal(kind, 'loading');
  assert.equal(library.current.value, before);
  assert.deepEqual(await names(store), []);
});

test('a file that cannot be kept is in force all the same, and why is told', async (t) => {
  const { library } = openPage(t);
  failStorage(t);
  const { name, unsaved } = await library.import(new File(['bytes'], 'mine.safetensors'));
  assert.deepEqual([name, unsaved.code], ['mine', 'storage_unavailable']);
  assert.deepEqual(library.current.value, { kind: 'loaded', ref: UNKEPT, name: 'mine', card: cardOf('mine') });
});

test('a trained model is in force without being loaded, and kept as a draft under a free name', async (t) => {
  const { library, store, worker } = openPage(t);
  const trained = { bytes: bytesOf('trained'), card: cardOf('yes no') };
  const first = await library.adopt(trained);
  assert.deepEqual([first.name, first.unsaved], ['yes no', null]);
  assert.equal((await library.adopt(trained)).name, 'yes no 2');
  assert.equal((await library.adopt(trained)).name, 'yes no 3');
  assert.deepEqual(worker.types, []);
  assert.deepEqual(
    (await store.models()).map(({ draft }) => draft),
    [true, true, true],
  );
  assert.equal(library.current.value.name, 'yes no 3');
});

test('a model chosen while another is being kept stays chosen', async (t) => {
  const { library, store } = openPage(t);
  await library.open();
  const adopting = library.adopt({ bytes: bytesOf('trained'), card: cardOf('mine') });
  await settled(1);
  const [{ ref }] = await Promise.all([adopting, library.choose(SMALL)]);
  assert.deepEqual(library.current.value.ref, SMALL);
  await settled();
  assert.deepEqual(await store.setting('currentModel'), SMALL);
  assert.ok(await store.model(ref.id), 'and the trained one is kept');
});

test('saving a draft makes it a model under the name given, here and in the list', async (t) => {
  const { library, store } = openPage(t);
  const model = { bytes: bytesOf('trained'), card: cardOf('mine') };
  const { ref } = await library.adopt(model);
  await library.keep(ref, { ...model, name: 'My words' });
  assert.deepEqual(await names(store), ['My words']);
  assert.equal(library.current.value.name, 'My words');
});

test('saving a result that is no longer in force leaves the model that is', async (t) => {
  const { library, store } = openPage(t);
  const model = { bytes: bytesOf('trained'), card: cardOf('mine') };
  const { ref } = await library.adopt(model);
  await library.choose(SMALL);
  await library.keep(ref, { ...model, name: 'My words' });
  assert.deepEqual(await names(store), ['My words']);
  assert.deepEqual([library.current.value.ref, library.current.value.name], [SMALL, 'small.safetensors']);
});

test('what is saved twice under one name is one model, and under two names two', async (t) => {
  const { library, store } = openPage(t);
  const model = { bytes: bytesOf('trained'), card: cardOf('mine') };
  const { ref } = await library.adopt(model);
  for (const name of ['first', 'first', 'second']) await library.keep(ref, { ...model, name });
  assert.deepEqual((await names(store)).sort(), ['first', 'second']);
  assert.equal(library.current.value.name, 'first');
});

test('a result that could not be kept as a draft can still be saved once there is room', async (t) => {
  const { library, store } = openPage(t);
  const failing = failStorage(t);
  const model = { bytes: bytesOf('trained'), card: cardOf('mine') };
  const { ref, unsaved } = await library.adopt(model);
  assert.deepEqual([ref, unsaved.code], [UNKEPT, 'storage_unavailable']);
  await assert.rejects(library.keep(ref, { ...model, name: 'mine' }), { code: 'storage_unavailable' });
  failing.restore();
  await library.keep(ref, { ...model, name: 'mine' });
  assert.deepEqual(await names(store), ['mine']);
});

test('a result that is saved late is the saved model in force, and not saved twice under one name', async (t) => {
  const { library, store } = openPage(t);
  const failing = failStorage(t);
  const model = { bytes: bytesOf('trained'), card: cardOf('mine') };
  const { ref } = await library.adopt(model);
  failing.restore();
  await library.keep(ref, { ...model, name: 'mine' });
  await library.keep(ref, { ...model, name: 'mine' });
  const saved = await store.models();
  assert.equal(saved.length, 1);
  assert.deepEqual(library.current.value.ref, { kind: 'saved', id: saved[0].id });
});

test('a new worker is given the model in force, from memory', async (t) => {
  const { library, workers, client, fetched } = openPage(t);
  await library.open();
  const nFetched = fetched.length;
  workers[0].die();
  workers[1].boot();
  await library.restore();
  assert.deepEqual(loads(workers[1]), [['Yes and no', 'yes-no']]);
  assert.equal(library.current.value.kind, 'loaded');
  assert.equal(fetched.length, nFetched);
  assert.equal(client.state.value.generation, 2);
});

test('a new worker is given a model that was trained in the dead one', async (t) => {
  const { library, workers } = openPage(t);
  await library.open();
  await library.adopt({ bytes: bytesOf('trained'), card: cardOf('mine') });
  workers[0].die();
  workers[1].boot();
  await library.restore();
  assert.deepEqual(loads(workers[1]), [['mine', 'trained']]);
});

test('a new worker is given the model that the dead one did not live to load', async (t) => {
  const { library, workers, answers } = openPage(t);
  await library.open();
  const load = answers[MODEL_LOAD];
  delete answers[MODEL_LOAD];
  const choosing = library.choose(SMALL);
  await settled();
  workers[0].die();
  await choosing;
  assert.equal(library.current.value.failure.code, 'worker_died');
  answers[MODEL_LOAD] = load;
  workers[1].boot();
  await library.restore();
  assert.deepEqual(library.current.value.ref, SMALL);
  assert.deepEqual(loads(workers[1]), [['Small', 'small']]);
});

test('a model that a new worker did not live to load is there for the one after', async (t) => {
  const { library, workers, answers } = openPage(t);
  await library.open();
  const before = library.current.value;
  const load = answers[MODEL_LOAD];
  delete answers[MODEL_LOAD];
  workers[0].die();
  workers[1].boot();
  const restoring = outcome(library.restore());
  await settled(2);
  workers[1].die();
  assert.equal((await restoring).code, 'worker_died');
  assert.deepEqual(library.current.value, before);
  answers[MODEL_LOAD] = load;
  workers[2].boot();
  await library.restore();
  assert.deepEqual(loads(workers[2]), [['Yes and no', 'yes-no']]);
});

test('with no model in force there is nothing to give a new worker', async (t) => {
  const { library, worker } = openPage(t, {});
  await library.restore();
  assert.deepEqual(worker.types, []);
});

test('a model’s place is told by a text and back, even with colons in it', () => {
  for (const ref of [FIRST, { kind: 'saved', id: 'a:b' }, { kind: 'shipped', file: 'a:b.safetensors' }, UNKEPT]) {
    assert.deepEqual(refOf(refKey(ref)), ref);
  }
  assert.notEqual(refKey({ kind: 'saved', id: 'x' }), refKey({ kind: 'shipped', file: 'x' }));
});
