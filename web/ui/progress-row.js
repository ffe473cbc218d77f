/**
 * A progress bar with its words. Page only.
 *
 * @import {Progress} from '../types.d.ts'
 */
import { formatCount } from '../util/format.js';

/** @param {HTMLElement} row holds a bar and a `.hint` @param {Progress | null} progress null hides the row */
export function showProgress(row, progress) {
  row.hidden = !progress;
  if (!progress) return;
  const { label, done, total } = progress;
  const bar = /** @type {HTMLProgressElement} */ (row.querySelector('progress'));
  const words = /** @type {HTMLElement} */ (row.querySelector('.hint'));
  bar.max = total || 1;
  bar.value = done;
  words.textContent = total > 1 ? `${label}, ${formatCount(done)} of ${formatCount(total)}` : label;
}
