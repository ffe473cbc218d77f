/** What the page keeps between visits, in a database that is made anew for each test; two stores are two tabs. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { forceCloseDatabase } from 'fake-indexeddb';
import { cardOf, freshBrowser, outcome, recorded, settled, stopClock, until } from './fakes.mjs';
import { Store, UNDO_MS } from '../../web/storage/store.js';

const bytesOf = (...values) => Uint8Array.from(values);
const names = async (store) => (await store.models()).map(({ name }) => name);
const modelOf = (name, ...values) => ({ name, bytes: bytesOf(...values), card: cardOf(name) });

/** A store as one tab has it, with what it was warned of. */
function openTab() {
  const warnings = [];
  return { store: new Store(({ code }) => warnings.push(code)), warnings };
}

/** Has every write fail for want of room: as it is made, or as its transaction ends. @param {'write' | 'commit'} at */
function fillStorage(t, at = 'commit') {
  const { put } = IDBObjectStore.prototype;
  const nLeft = new WeakMap(); // keys are transactions; values, how many writes are under way
  return t.mock.method(IDBObjectStore.prototype, 'put', function (...values) {
    const { transaction, _rawObjectStore: records } = this;
    if (at === 'commit') {
      const request = put.apply(this, values);
      const count = (change) => nLeft.set(transaction, (nLeft.get(transaction) ?? 0) + change).get(transaction);
      count(1);
      request.addEventListener('success', () => count(-1) || transaction._abort('QuotaExceededError'));
      return request;
    }
    records.storeRecord = () => {
      throw new DOMException('3 MB over', 'QuotaExceededError');
    };
    try {
      return put.apply(this, values);
    } finally {
      delete records.storeRecord;
    }
  }).mock;
}

/** Runs with the raw database, as another version of the page would open it. */
function openRaw(version, upgrade = () => {}) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('sayso', version);
    opening.onupgradeneeded = () => upgrade(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result);
  });
}

/** The connections to the database that are open. */
async function connections() {
  const raw = await openRaw();
  raw.close();
  return raw._rawDatabase.connections.filter((connection) => connection !== raw && !connection._closed);
}

beforeEach(freshBrowser);

test('a model that was added is there in the next visit, newest first', async (t) => {
  const clock = stopClock(t);
  const first = await openTab().store.addModel(modelOf('first', 1, 2));
  await clock.pass(1000);
  await openTab().store.addModel(modelOf('second', 3));
  const { store } = openTab();
  assert.deepEqual(await names(store), ['second', 'first']);
  const read = await store.model(first.id);
  assert.deepEqual([...read.bytes], [1, 2]);
  assert.deepEqual(read.card, cardOf('first'));
});

test('two models of one name are two models', async () => {
  const { store } = openTab();
  await store.addModel(modelOf('twice', 1));
  await store.addModel(modelOf('twice', 2));
  assert.deepEqual(await names(store), ['twice', 'twice']);
});

test('a twin is a saved model of the same bytes, whatever its name; a draft is none', async () => {
  const { store } = openTab();
  await store.addDraft(modelOf('draft', 1, 2, 3));
  assert.equal(await store.twinOf(bytesOf(1, 2, 3)), undefined);
  const { id } = await store.addModel(modelOf('saved', 1, 2, 3));
  assert.equal((await store.twinOf(bytesOf(1, 2, 3))).id, id);
  assert.equal(await store.twinOf(bytesOf(1, 2)), undefined);
  assert.equal(await store.twinOf(bytesOf(1, 2, 4)), undefined);
});

test('a model that is renamed keeps everything else', async () => {
  const { store } = openTab();
  const before = await store.addModel(modelOf('old', 5));
  assert.equal(await store.renameModel(before.id, 'new'), true);
  assert.deepEqual(await store.model(before.id), { ...before, name: 'new' });
});

test('renaming, deleting or keeping what is gone says so and makes nothing', async () => {
  const { store } = openTab();
  assert.deepEqual(
    [await store.renameModel('gone', 'new'), await store.deleteModel('gone'), await store.keepDraft('gone', 'new')],
    [false, false, false],
  );
  assert.deepEqual(await store.models(), []);
});

test('a deleted model is hidden at once and can be brought back as it was', async () => {
  const { store } = openTab();
  const model = await store.addModel(modelOf('mine', 1));
  await store.deleteModel(model.id);
  assert.deepEqual(await store.models(), []);
  assert.equal(await store.model(model.id), undefined);
  assert.equal(await store.twinOf(model.bytes), undefined);
  await store.undeleteModel(model);
  assert.deepEqual(await store.models(), [model]);
});

test('a deleted model is gone for good only when it could not be brought back any more', async (t) => {
  const clock = stopClock(t);
  const { store } = openTab();
  const model = await store.addModel(modelOf('mine', 1));
  await store.addModel(modelOf('other', 2));
  await store.deleteModel(model.id);
  const nKept = async () => {
    const database = await openRaw();
    const keys = await new Promise((resolve) => {
      const counting = database.transaction('models').objectStore('models').count();
      counting.onsuccess = () => resolve(counting.result);
    });
    database.close();
    return keys;
  };
  await clock.pass(UNDO_MS - 1);
  await store.purge();
  assert.equal(await nKept(), 2);
  await clock.pass(1);
  await store.purge();
  assert.equal(await nKept(), 1);
  assert.deepEqual(await names(store), ['other']);
});

test('a model that is gone for good can be brought back by who still shows it', async (t) => {
  const clock = stopClock(t);
  const { store } = openTab();
  const model = await store.addModel(modelOf('mine', 1));
  await store.deleteModel(model.id);
  await clock.pass(UNDO_MS);
  await store.purge();
  await store.undeleteModel(model);
  assert.deepEqual(await store.models(), [model]);
});

test('of results that nobody saved the newest five are kept, and saved models are not counted', async (t) => {
  const clock = stopClock(t);
  const { store } = openTab();
  await store.addModel(modelOf('saved', 0));
  const changes = recorded(store.modelChanges);
  for (let i = 1; i <= 7; i += 1) {
    await clock.pass(1000);
    await store.addDraft(modelOf(`draft ${i}`, i));
  }
  assert.deepEqual(await names(store), ['draft 7', 'draft 6', 'draft 5', 'draft 4', 'draft 3', 'saved']);
  assert.equal(changes.length, 8, 'each is told');
});

test('a draft that is kept is a saved model under the name given', async () => {
  const { store } = openTab();
  const { id } = await store.addDraft(modelOf('draft', 1));
  assert.equal(await store.keepDraft(id, 'mine'), true);
  const [model] = await store.models();
  assert.equal(model.name, 'mine');
  assert.equal('draft' in model, false);
  assert.equal((await store.twinOf(bytesOf(1))).id, id);
});

test('a change to the models is told in this tab and in others', async () => {
  const [here, there] = [openTab().store, openTab().store];
  const [seenHere, seenThere] = [recorded(here.modelChanges), recorded(there.modelChanges)];
  const { id } = await here.addModel(modelOf('mine', 1));
  assert.deepEqual(seenHere, [0, 1]);
  await until(() => seenThere.length === 2);
  assert.deepEqual(await names(there), ['mine']);
  await there.deleteModel(id);
  await until(() => seenHere.length === 3);
  assert.deepEqual(seenThere, [0, 1, 2]);
  assert.deepEqual(await names(here), []);
});

test('a run is kept with its newest checkpoint and its audio until both are forgotten together', async () => {
  const { store } = openTab();
  const checkpoint = (runId, iteration, saved) => ({ runId, iteration, saved, bytes: bytesOf(iteration) });
  await store.putCheckpoint(checkpoint('a', 100, 1));
  await store.putCheckpoint(checkpoint('b', 100, 3));
  await store.putCheckpoint(checkpoint('a', 200, 2));
  await store.putAudio({ runId: 'a', sources: [{ kind: 'voices' }] });
  await store.putAudio({ runId: 'c', sources: [] });
  assert.deepEqual(
    (await store.checkpoints()).map(({ runId, iteration }) => [runId, iteration]),
    [
      ['b', 100],
      ['a', 200],
    ],
  );
  assert.deepEqual(await store.audioRuns(), ['a', 'c']);
  assert.deepEqual(await store.audio('a'), { runId: 'a', sources: [{ kind: 'voices' }] });
  await store.deleteRun('a');
  assert.equal(await store.checkpoint('a'), undefined);
  assert.equal(await store.audio('a'), undefined);
  assert.deepEqual(await store.audioRuns(), ['c']);
  assert.equal((await store.checkpoint('b')).iteration, 100);
});

test('recordings are kept and deleted several at a time', async () => {
  const { store } = openTab();
  const recordings = ['a', 'b', 'c'].map((id, take) => ({ id, word: 'yes', take, bytes: bytesOf(take) }));
  await store.putRecordings(recordings);
  await store.deleteRecordings(['a', 'c', 'never there']);
  assert.deepEqual(await openTab().store.recordings(), [recordings[1]]);
});

test('a setting is what it was set to last, and undefined before', async () => {
  const { store } = openTab();
  assert.equal(await store.setting('device'), undefined);
  await store.setSetting('device', 'first');
  await store.setSetting('device', { kind: 'second' });
  assert.deepEqual(await openTab().store.setting('device'), { kind: 'second' });
});

test('the browser is asked once ever not to clear the storage, and never where it cannot be asked', async (t) => {
  const { store } = openTab();
  await store.persist();
  const persist = t.mock.fn(async () => true);
  navigator.storage = { persist };
  await store.persist();
  await store.persist();
  await openTab().store.persist();
  assert.equal(persist.mock.callCount(), 1);
});

for (const at of ['write', 'commit']) {
  test(`a model that finds no room at the ${at} is refused as such, and works once there is room`, async (t) => {
    const { store } = openTab();
    await store.addModel(modelOf('there', 1));
    const filling = fillStorage(t, at);
    const changes = recorded(store.modelChanges);
    const refused = await outcome(store.addModel(modelOf('too large', 2)));
    assert.equal(refused.code, 'storage_full');
    assert.match(refused.message, /no room left/);
    assert.deepEqual(changes, [1], 'nothing has changed');
    filling.restore();
    await store.addModel(modelOf('smaller', 3));
    assert.deepEqual((await names(store)).sort(), ['smaller', 'there']);
    assert.equal((await connections()).length, 1, 'a full storage is no reason to open it anew');
  });
}

/** How a promise ends, and the errors that nobody caught meanwhile, which a browser reports as the page's. */
async function endOf(promise) {
  const uncaught = [];
  const runners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', ({ name }) => uncaught.push(name));
  const { is, code } = await outcome(promise);
  process.removeAllListeners('unhandledRejection');
  for (const runner of runners) process.on('unhandledRejection', runner);
  return { is, code, uncaught };
}

const REFUSED = { is: 'rejected', code: 'storage_full', uncaught: [] };

for (const at of ['write', 'commit']) {
  test(`a draft that finds no room at the ${at} leaves the older drafts`, async (t) => {
    const clock = stopClock(t);
    const { store } = openTab();
    for (let i = 1; i <= 5; i += 1) {
      await clock.pass(1000);
      await store.addDraft(modelOf(`draft ${i}`, i));
    }
    const filling = fillStorage(t, at);
    assert.deepEqual(await endOf(store.addDraft(modelOf('too large', 6))), REFUSED);
    filling.restore();
    assert.equal((await store.models()).length, 5);
  });

  test(`recordings that find no room at the ${at} are refused together`, async (t) => {
    const { store } = openTab();
    const filling = fillStorage(t, at);
    assert.deepEqual(await endOf(store.putRecordings([{ id: 'a' }, { id: 'b' }])), REFUSED);
    filling.restore();
    assert.deepEqual(await store.recordings(), []);
  });
}

test('a change of a model that finds no room leaves it as it was', async (t) => {
  const { store } = openTab();
  const model = await store.addModel(modelOf('mine', 1));
  const filling = fillStorage(t);
  await assert.rejects(store.renameModel(model.id, 'a longer name'), { code: 'storage_full' });
  filling.restore();
  assert.deepEqual(await store.models(), [model]);
});

test('a browser without storage says so at every use, and works once it has some', async (t) => {
  const { store } = openTab();
  const blocked = t.mock.method(indexedDB, 'open', () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  });
  for (const use of [store.models(), store.setSetting('a', 1), store.deleteRun('a')]) {
    await assert.rejects(use, { code: 'storage_unavailable', message: /SecurityError: The operation is insecure/ });
  }
  blocked.mock.restore();
  await store.setSetting('a', 1);
  assert.equal(await store.setting('a'), 1);
});

test('a connection that the browser lost is opened anew', async () => {
  const { store } = openTab();
  await store.setSetting('a', 1);
  const [lost] = await connections();
  forceCloseDatabase(lost);
  assert.equal(await store.setting('a'), 1);
});

/** The stores of each older version, from 1 on, and their keys: whoever adds to UPGRADES adds the version before. */
const OLDER = [{ models: 'id', checkpoints: 'runId', audio: 'runId', settings: 'key' }];

for (const [i, layout] of OLDER.entries()) {
  test(`a database of version ${i + 1} is brought up to date with what is in it`, async () => {
    const old = await openRaw(i + 1, (database) => {
      for (const [name, keyPath] of Object.entries(layout)) {
        const records = database.createObjectStore(name, { keyPath });
        records.put({ [keyPath]: 'kept', value: name, created: 0, saved: 0 });
      }
    });
    old.close();
    const { store, warnings } = openTab();
    assert.deepEqual(await store.models(), [{ id: 'kept', value: 'models', created: 0, saved: 0 }]);
    assert.equal((await store.checkpoint('kept')).value, 'checkpoints');
    assert.deepEqual(await store.audioRuns(), ['kept']);
    assert.equal(await store.setting('kept'), 'settings');
    await store.putRecordings([{ id: 'new' }]);
    assert.deepEqual(await store.recordings(), [{ id: 'new' }]);
    assert.deepEqual(warnings, []);
  });
}

test('a database that is made anew is of the version after the last of the older ones', async () => {
  const { store } = openTab();
  await store.setSetting('a', 1);
  const [{ name, version }] = await indexedDB.databases();
  assert.deepEqual([name, version], ['sayso', OLDER.length + 1]);
});

test('a database of a newer version is named and left alone', async () => {
  const newer = await openRaw(99, (database) => database.createObjectStore('treasures').put('kept', 'key'));
  newer.close();
  const { store } = openTab();
  for (const use of [store.models(), store.addModel(modelOf('mine', 1))]) {
    await assert.rejects(use, { code: 'storage_newer', message: /of a newer Sayso than this page/ });
  }
  const [{ version }] = await indexedDB.databases();
  assert.equal(version, 99);
  indexedDB.deleteDatabase('sayso');
  assert.deepEqual(await store.models(), [], 'and once that is gone the store works');
});

test('a tab gives way to a newer version of the page, says so, and then finds the database newer', async () => {
  const { store, warnings } = openTab();
  await store.setSetting('a', 1);
  const newer = await openRaw(99);
  assert.deepEqual(warnings, ['storage_newer']);
  await assert.rejects(store.setting('a'), { code: 'storage_newer' });
  newer.close();
});

test('a tab that an older page holds up says so, and goes on once that gives way', async () => {
  const older = await openRaw(1, (database) => {
    for (const [name, keyPath] of Object.entries(OLDER[0])) database.createObjectStore(name, { keyPath });
  });
  const { store, warnings } = openTab();
  const setting = store.setting('a');
  assert.equal((await outcome(setting)).is, 'waiting');
  assert.deepEqual(warnings, ['storage_blocked']);
  older.close();
  assert.equal(await setting, undefined);
});

test('two tabs of one version use the database together, each at any time', async () => {
  const [here, there] = [openTab(), openTab()];
  await Promise.all([here.store.setSetting('a', 1), there.store.setSetting('b', 2)]);
  assert.deepEqual(await Promise.all([there.store.setting('a'), here.store.setting('b')]), [1, 2]);
  await settled();
  assert.deepEqual([...here.warnings, ...there.warnings], []);
});
