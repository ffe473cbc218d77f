/**
 * The views that listening does without: made when they are asked for, or a while after the start. Page only.
 *
 * @import {App} from './main.js'
 */

/** @type {Partial<Record<string, (app: App) => Promise<void>>>} */
const MAKERS = {
  train: async (app) => (await import('./views/train.js')).createTrainView(app),
  models: async (app) => (await import('./views/models.js')).createModelsView(app),
};
export const LATE_VIEWS = Object.keys(MAKERS);

/**
 * @param {App} app
 * @returns {(view: string) => Promise<void>} makes a view unless that is done or not needed; rejects when it cannot be fetched
 */
export function lateViews(app) {
  /** @type {Map<string, Promise<void>>} */
  const made = new Map();
  return (view) => {
    const making = made.get(view) ?? MAKERS[view]?.(app) ?? Promise.resolve();
    made.set(view, making);
    making.catch(() => made.delete(view)); // the next time is another try
    return making;
  };
}
