/**
 * Drag and drop anywhere on the page. Page only.
 *
 * @import {PickedFile} from '../types.d.ts'
 */
import { byId } from './dom.js';
import { asFailure } from '../util/failure.js';
import { droppedFiles } from '../state/files.js';
import { toastFailure } from './notices.js';

/**
 * Takes files that are dropped, and shows a hint while they are dragged over the page.
 * @param {(files: PickedFile[]) => void} onFiles called with what was dropped
 */
export function acceptDrops(onFiles) {
  const hint = byId('drop-hint', HTMLElement);
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  let depth = 0; // counted, since dragenter and dragleave come for every element under the pointer
  const setDepth = (/** @type {number} */ value) => {
    depth = Math.max(0, value);
    hint.hidden = depth === 0;
  };
  addEventListener('dragenter', (event) => holdsFiles(event) && setDepth(depth + 1));
  addEventListener('dragleave', (event) => holdsFiles(event) && setDepth(depth - 1));
  addEventListener('dragover', (event) => holdsFiles(event) && event.preventDefault());
  addEventListener('drop', (event) => {
    if (!holdsFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    setDepth(0);
    droppedFiles(event.dataTransfer).then(onFiles, (error) => toastFailure(asFailure(error)));
  });
}
