/**
 * What came with the page. A site may be built without voices or models; assets.js tells, so that its server is not
 * asked in vain.
 */
import { ASSETS } from '../assets.js';

/** @param {string} path below the page's folder, such as `models/index.json` */
export function comesWithPage(path) {
  return ASSETS.some(({ url }) => url === path);
}
