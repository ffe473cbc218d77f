/** The labels that every model has beside its commands, as in `py/sayso/labels.py`. */
export const RESERVED = Object.freeze(['other', 'silence']);

/** The commands among a model's labels, in the same order. @param {string[]} labels */
export function commandsOf(labels) {
  return labels.filter((label) => !RESERVED.includes(label));
}
