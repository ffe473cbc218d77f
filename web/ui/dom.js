/** Finding and making elements. Page only. */

/**
 * The element with this id, checked to be what the caller takes it for.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 * @throws {TypeError} when there is none, or it is of another type
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type))
    throw new TypeError(`#${id}: expected ${type.name}, found ${found?.tagName ?? 'nothing'}`);
  return found;
}

/**
 * A new element with attributes and children; `true` sets an empty attribute, `false` none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, '');
    else if (value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * A button with a listener; `attributes.class` styles it.
 * @param {string} label
 * @param {(event: MouseEvent) => void} onClick
 * @param {Record<string, string | number | boolean>} [attributes]
 */
export function button(label, onClick, attributes = {}) {
  const made = element('button', { type: 'button', class: 'button', ...attributes }, label);
  made.addEventListener('click', onClick);
  return made;
}
