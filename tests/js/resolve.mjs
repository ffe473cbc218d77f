/**
 * Lets Node import the page's modules where they lie: what the build puts beside them comes from npm's folders, and the
 * list of the page's files from assets.mjs. Given to Node by --import; build/checks/javascript.py names the folders.
 */
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const { SAYSO_PAGE_PACKAGES = '.', SAYSO_CHECK_PACKAGES = '.' } = process.env;

if (isMainThread) register(import.meta.url); // Node runs the hooks in a thread of their own

/** @param {string} folder that holds node_modules @returns {string} an importer whose packages those are */
function importerIn(folder) {
  return pathToFileURL(`${folder}/importer.mjs`).href;
}

/** Node's hook: where the module is that `specifier` names. */
export function resolve(specifier, context, next) {
  if (specifier.endsWith('/vendor/idb.js'))
    return next('idb', { ...context, parentURL: importerIn(SAYSO_PAGE_PACKAGES) });
  if (specifier.startsWith('fake-indexeddb'))
    return next(specifier, { ...context, parentURL: importerIn(SAYSO_CHECK_PACKAGES) });
  if (specifier.endsWith('/assets.js'))
    return { url: new URL('assets.mjs', import.meta.url).href, format: 'module', shortCircuit: true };
  return next(specifier, context);
}
