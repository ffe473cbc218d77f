/** The views by the address's hash: `#train` shows the section with that id. Page only. */
import { byId } from './dom.js';

const VIEWS = ['listen', 'train', 'models', 'help'];

/** Shows the view that the hash names, now and whenever it changes. */
export function startRouting() {
  addEventListener('hashchange', () => show(true));
  /** @type {HTMLAnchorElement} */ (document.querySelector('.skip')).addEventListener('click', (event) => {
    event.preventDefault(); // the link's hash names no view
    byId('main-content', HTMLElement).focus();
  });
  show(false);
}

/** Shows a view and adds it to the browser's history. @param {string} view */
export function goTo(view) {
  location.hash = view;
}

/** @param {boolean} moveFocus moves it to the view's heading, so that a screen reader reads on from there */
function show(moveFocus) {
  const asked = location.hash.slice(1);
  const view = VIEWS.includes(asked) ? asked : VIEWS[0];
  for (const name of VIEWS) byId(name, HTMLElement).hidden = name !== view;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === `#${view}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const heading = byId(`${view}-title`, HTMLElement);
  document.title = `${heading.textContent} · Sayso`;
  if (moveFocus) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}
