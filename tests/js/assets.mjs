/** Stands for the assets.js that the build writes: `serve` of fakes.mjs fills the list. */
export const VERSION = 'tests';
/** @type {{url: string, bytes: number}[]} */
export const ASSETS = [];
