/** Drag and drop anywhere on the page. */
import { byId } from './dom.js';
import { droppedFiles } from './files.js';

/** @param {(files: import('./files.js').PickedFile[]) => void} onFiles */
export function acceptDrops(onFiles) {
  const hint = byId('drop-hint', HTMLElement);
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  let depth = 0; // dragenter and dragleave come for every element under the pointer
  const setDepth = (/** @type {number} */ value) => {
    depth = Math.max(0, value);
    hint.hidden = depth === 0;
  };
  addEventListener('dragenter', (event) => holdsFiles(event) && setDepth(depth + 1));
  addEventListener('dragleave', (event) => holdsFiles(event) && setDepth(depth - 1));
  addEventListener('dragover', (event) => holdsFiles(event) && event.preventDefault());
  addEventListener('drop', async (event) => {
    if (!holdsFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    setDepth(0);
    onFiles(await droppedFiles(event.dataTransfer));
  });
}
