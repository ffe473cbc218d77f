/**
 * What came with the page; asking assets.js first keeps a site without voices or models from asking its server in vain.
 */
import { ASSETS } from '../assets.js';

/** @param {string} path as in `models/index.json` */
export function comesWithPage(path) {
  return ASSETS.some(({ url }) => url === path);
}
