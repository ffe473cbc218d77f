/** Sayso as a contestant. */
import { bootPython, loadContestant } from './python.js';
import { serve } from './serve.js';

const booted = bootPython();
/** @type {any} */
let contestant;

serve({
  async load(network) {
    contestant?.destroy();
    contestant = await loadContestant(await booted, network);
  },
  deviations: () => contestant.deviations().toJs({ dict_converter: Object.fromEntries }),
  train: (nSteps) => contestant.train(nSteps),
  infer: (nWindows) => contestant.infer(nWindows),
});
