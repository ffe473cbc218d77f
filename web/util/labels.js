/** Labels that every model has beside its commands, as in `py/sayso/labels.py`. */
export const RESERVED = Object.freeze(['other', 'silence']);

/** @param {string[]} labels a model's labels */
export function commandsOf(labels) {
  return labels.filter((label) => !RESERVED.includes(label));
}
