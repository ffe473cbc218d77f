/** TensorFlow.js as a contestant. */
import { serve } from '../serve.js';
import { deviation, fetchTensors, firstRows } from '../tensors.js';
import { startBackend } from './backend.js';
import { Inference } from './inference.js';
import { Training } from './training.js';

const RACES = new URL('../races/', import.meta.url);

/** @type {any} */
let tf;
/** @type {Training} */
let training;
/** @type {Inference} */
let inference;
/** @type {import('../tensors.js').Tensors} */
let expected;
/** @type {import('../tensors.js').Tensors} */
let checked;
/** @type {{closedForm: boolean}} */
let style;

serve({
  async start(backend, patches) {
    const started = await startBackend(backend, patches);
    tf = started.tf;
    style = { closedForm: patches === 'all' };
    return { version: tf.version_core, kernels: started.kernels };
  },
  async load(network, settings) {
    const at = (kind) => new URL(`${network}.${kind}`, RACES);
    const [{ plan, parameters: names, nLabels }, model, batch] = await Promise.all([
      fetch(at('plan.json')).then((answer) => answer.json()),
      fetchTensors(at('model.safetensors')),
      fetchTensors(at('batch.safetensors')),
    ]);
    expected = await fetchTensors(at('expected.safetensors'));
    checked = firstRows(batch, settings.nChecked);
    tf.disposeVariables();
    training = new Training(tf, plan, model, batch, { ...settings, ...style, names, nLabels });
    inference = new Inference(tf, plan, model, batch);
  },
  async deviations() {
    const results = { ...(await training.results(checked)), posteriors: await inference.posteriors(checked) };
    return Object.fromEntries(
      Object.entries(expected).map(([name, { values }]) => [name, deviation(results[name], values)]),
    );
  },
  async train(nSteps) {
    const began = performance.now();
    for (let i = 0; i < nSteps; i += 1) await training.step();
    return (performance.now() - began) / 1000;
  },
  async infer(nWindows) {
    const began = performance.now();
    for (let i = 0; i < nWindows; i += 1) await inference.window();
    return (performance.now() - began) / 1000;
  },
});
