/** The small things every part of the page uses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recorded, serve } from './fakes.mjs';
import { explain } from '../../web/ui/explanations.js';
import { asFailure, hasCode, SaysoError } from '../../web/util/failure.js';
import {
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatNoun,
  formatPercent,
} from '../../web/util/format.js';
import { newId } from '../../web/util/ids.js';
import { commandsOf } from '../../web/util/labels.js';
import { Observable } from '../../web/util/observable.js';
import { comesWithPage } from '../../web/util/site.js';

test('counts are told in groups of three digits, and a noun takes its s but for one', () => {
  assert.equal(formatCount(1_234_567), '1,234,567');
  assert.deepEqual(
    [0, 1, 2, 4_380].map((n) => formatNoun(n, 'clip')),
    ['0 clips', '1 clip', '2 clips', '4,380 clips'],
  );
});

test('a share is told in percent, to the digits asked for', () => {
  assert.equal(formatPercent(0.456), '46 %');
  assert.equal(formatPercent(0.456, 1), '45.6 %');
  assert.equal(formatPercent(1), '100 %');
});

test('sizes are told in the unit that suits them', () => {
  assert.deepEqual([0, 999, 1_000, 64_400, 1_000_000, 64_000_000].map(formatBytes), [
    '0 B',
    '999 B',
    '1 kB',
    '64 kB',
    '1.0 MB',
    '64.0 MB',
  ]);
});

test('times are told in whole seconds, minutes or hours, and are never negative', () => {
  assert.deepEqual([-3, 0.4, 59.4, 59.6, 61, 3_599.6, 7_325].map(formatDuration), [
    '0 s',
    '0 s',
    '59 s',
    '1 min 0 s',
    '1 min 1 s',
    '1 h 0 min',
    '2 h 2 min',
  ]);
});

test('a date that a file lacks, or has wrong, is said to be unknown', () => {
  assert.match(formatDate('2026-01-02T03:04:00'), /^2 Jan 2026,? (at )?03:04$/);
  assert.equal(formatDate('the other day'), 'date unknown');
});

test('ids differ, and are made on an address that is not secure too', (t) => {
  t.mock.method(crypto, 'randomUUID', () => assert.fail('only on secure addresses'));
  const ids = Array.from({ length: 100 }, newId);
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{24}$/);
});

test('commands are the labels of a model but for those that every model has', () => {
  assert.deepEqual(commandsOf(['yes', 'other', 'no', 'silence']), ['yes', 'no']);
});

test('who subscribes is told the present value at once and every later one until the end', () => {
  const number = new Observable(1);
  const values = [];
  const unsubscribe = number.subscribe((value) => values.push(value));
  number.value = 2;
  unsubscribe();
  number.value = 3;
  assert.deepEqual(values, [1, 2]);
  assert.equal(number.value, 3);
});

test('a listener may end its subscription, or another start one, while a value is told', () => {
  const number = new Observable(0);
  const late = [];
  const unsubscribe = number.subscribe((value) => {
    if (value !== 1) return;
    unsubscribe();
    number.subscribe((later) => late.push(later));
  });
  const all = recorded(number);
  number.value = 1;
  number.value = 2;
  assert.deepEqual(all, [0, 1, 2]);
  assert.deepEqual(late, [1, 2]);
});

test('whatever is thrown becomes a code and a message', () => {
  const cases = [
    [new SaysoError('mic_none', 'No microphone was found.'), 'mic_none', 'No microphone was found.'],
    [new DOMException('The operation was aborted.', 'AbortError'), 'cancelled', 'Cancelled.'],
    [new DOMException('no', 'NotAllowedError'), 'internal', 'NotAllowedError: no'],
    [new TypeError('x is undefined'), 'internal', 'TypeError: x is undefined'],
    ['a text', 'internal', 'a text'],
    [undefined, 'internal', 'undefined'],
  ];
  for (const [thrown, code, message] of cases) {
    assert.deepEqual(asFailure(thrown), { code, message });
    if (thrown instanceof SaysoError) assert.equal(String(thrown), `SaysoError: ${message}`);
    assert.ok(hasCode(thrown, code));
    assert.ok(!hasCode(thrown, 'storage_full'));
  }
});

test('an aborted fetch counts as cancelled', () => {
  const { signal } = new AbortController();
  assert.ok(!hasCode(signal.reason, 'cancelled'));
  assert.ok(hasCode(AbortSignal.abort().reason, 'cancelled'));
});

test('only what the build listed is said to come with the page', (t) => {
  serve(t, { 'models/index.json': '[]' });
  assert.ok(comesWithPage('models/index.json'));
  assert.ok(!comesWithPage('index.json'));
  assert.ok(!comesWithPage('voices/sprites.json'));
});

test('a failure is explained by its code, with its own message between', () => {
  const { title, message, advice } = explain({ code: 'storage_full', message: '3 MB' });
  assert.deepEqual([title, message], ['The browser’s storage is full', '3 MB']);
  assert.match(advice, /Save to a file/);
});

test('a failure that has no explanation still says what it says and what to do', () => {
  const { title, message, advice } = explain({ code: 'never_heard_of', message: 'hop_samples=0: expected > 0' });
  assert.ok(title && advice);
  assert.equal(message, 'hop_samples=0: expected > 0');
});
