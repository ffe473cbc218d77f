/**
 * The curve of a training, thinned so that it stays small however long it gets. Page only.
 *
 * @import {History} from '../types.d.ts'
 * @import {TrainProgress} from '../worker/protocol.js'
 */
const MAX_POINTS = 2_000;

/** @returns {History} */
export function emptyHistory() {
  return { iterations: [], costs: [], accuracies: [] };
}

/**
 * Adds a point to the curve, in place; a curve that is full loses every second point that carries no accuracy.
 * @param {History} history
 * @param {TrainProgress} progress
 */
export function addPoint(history, { iteration, loss, accuracy }) {
  history.iterations.push(iteration);
  history.costs.push(loss);
  history.accuracies.push(accuracy);
  if (history.iterations.length > MAX_POINTS) thin(history);
}

/**
 * A copy of the curve up to and with an iteration: a resumed run takes the later ones again.
 * @param {History} history
 * @param {number} iteration
 * @returns {History}
 */
export function historyUpTo(history, iteration) {
  const after = history.iterations.findIndex((value) => value > iteration);
  const end = after < 0 ? history.iterations.length : after;
  return {
    iterations: history.iterations.slice(0, end),
    costs: history.costs.slice(0, end),
    accuracies: history.accuracies.slice(0, end),
  };
}

/** @param {History} history */
function thin(history) {
  const keep = history.iterations.map((_, i) => i % 2 === 0 || history.accuracies[i] !== null);
  history.iterations = history.iterations.filter((_, i) => keep[i]);
  history.costs = history.costs.filter((_, i) => keep[i]);
  history.accuracies = history.accuracies.filter((_, i) => keep[i]);
}
