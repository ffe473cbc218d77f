/** One tab a training run. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { freshBrowser } from './fakes.mjs';
import { acquireRun, heldRuns } from '../../web/storage/run-lock.js';

beforeEach(freshBrowser);

test('a run that is held cannot be had by another tab until it is released', async () => {
  const release = await acquireRun('a');
  assert.equal(await acquireRun('a'), null);
  assert.deepEqual(await heldRuns(), new Set(['a']));
  await release();
  assert.deepEqual(await heldRuns(), new Set());
  const again = await acquireRun('a');
  assert.equal(typeof again, 'function');
});

test('two runs do not wait for each other, and locks of other pages are no runs', async () => {
  navigator.locks.request('another page', { ifAvailable: true }, () => new Promise(() => {}));
  assert.ok(await acquireRun('a'));
  assert.ok(await acquireRun('b'));
  assert.deepEqual(await heldRuns(), new Set(['a', 'b']));
});

test('where the browser refuses a lock the run is refused with its error', async (t) => {
  t.mock.method(navigator.locks, 'request', async () => {
    throw new DOMException('not now', 'InvalidStateError');
  });
  await assert.rejects(acquireRun('a'), { name: 'InvalidStateError' });
});

test('on an address without locks every run is free, and nobody knows which are held', async () => {
  delete navigator.locks;
  const [first, second] = [await acquireRun('a'), await acquireRun('a')];
  await first();
  await second();
  assert.equal(await heldRuns(), null);
});
