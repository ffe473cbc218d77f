/** The views by the address's hash: `#train` shows the section with that id. Page only. */
import { byId } from './dom.js';
import { asFailure } from './failure.js';
import { toastFailure } from './notices.js';

const VIEWS = ['listen', 'train', 'models', 'help'];

/**
 * Shows the view that the hash names, now and whenever it changes.
 * @param {(view: string) => Promise<void>} prepare waited for before a view is shown
 */
export function startRouting(prepare) {
  addEventListener('hashchange', () => go(prepare, true));
  /** @type {HTMLAnchorElement} */ (document.querySelector('.skip')).addEventListener('click', (event) => {
    event.preventDefault(); // its hash is no view
    byId('main-content', HTMLElement).focus();
  });
  go(prepare, false);
}

/** @param {string} view */
export function goTo(view) {
  location.hash = view;
}

function asked() {
  const view = location.hash.slice(1);
  return VIEWS.includes(view) ? view : VIEWS[0];
}

/** @param {(view: string) => Promise<void>} prepare @param {boolean} moveFocus */
async function go(prepare, moveFocus) {
  const view = asked();
  try {
    await prepare(view);
    if (view === asked()) show(view, moveFocus); // another may have been asked for meanwhile
  } catch (error) {
    toastFailure(asFailure(error));
    goTo(VIEWS[0]);
  }
}

/** @param {string} view @param {boolean} moveFocus to its heading, so that a screen reader reads on from there */
function show(view, moveFocus) {
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
