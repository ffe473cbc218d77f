/** The curve of a training, which must not grow for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPoint, emptyHistory, historyUpTo } from '../../web/state/training-history.js';

test('a curve with too many points drops every second, but for those with an accuracy', () => {
  const history = emptyHistory();
  for (let iteration = 1; iteration <= 10_000; iteration += 1) {
    addPoint(history, { iteration, loss: iteration / 2, accuracy: iteration % 1000 === 0 ? iteration / 10_000 : null });
  }
  const { iterations, costs, accuracies } = history;
  assert.ok(iterations.length <= 2000 && iterations.length > 900);
  assert.deepEqual([costs.length, accuracies.length], [iterations.length, iterations.length]);
  assert.deepEqual(
    iterations.filter((_, i) => accuracies[i] !== null),
    Array.from({ length: 10 }, (_, i) => (i + 1) * 1000),
  );
  assert.ok(iterations.every((iteration, i) => costs[i] === iteration / 2 && (!i || iteration > iterations[i - 1])));
  assert.deepEqual([iterations[0], iterations.at(-1)], [1, 10_000]);
});

test('a curve up to an iteration has the points up to and with it, and is another object', () => {
  const history = { iterations: [1, 5, 9], costs: [3, 2, 1], accuracies: [null, 0.5, null] };
  assert.deepEqual(historyUpTo(history, 5), { iterations: [1, 5], costs: [3, 2], accuracies: [null, 0.5] });
  assert.deepEqual(historyUpTo(history, 7), historyUpTo(history, 5));
  assert.deepEqual(historyUpTo(history, 0), emptyHistory());
  const whole = historyUpTo(history, 100);
  assert.deepEqual(whole, history);
  addPoint(whole, { iteration: 10, loss: 0, accuracy: null });
  assert.equal(history.iterations.length, 3);
});
