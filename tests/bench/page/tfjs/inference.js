/** One window in, posteriors out, in TensorFlow.js, with batch norms folded and activations fused. */
import { fold } from './fold.js';
import { buildNetwork } from './network.js';

export class Inference {
  /**
   * @param {any} tf @param {import('./network.js').Step[]} plan
   * @param {import('../tensors.js').Tensors} file @param {import('../tensors.js').Tensors} batch
   */
  constructor(tf, plan, file, batch) {
    const { plan: folded, file: weights } = fold(plan, file);
    const tensors = Object.fromEntries(Object.entries(weights).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]));
    this.tf = tf;
    this.network = buildNetwork(tf, folded, tensors, {});
    this.batch = batch.frames;
    this.first = this.batch.values.slice(0, this.batch.values.length / this.batch.shape[0]);
  }

  /** @returns {Promise<Float32Array>} of every window of the batch */
  posteriors() {
    return this.#run(this.batch.values, this.batch.shape);
  }

  /** @returns {Promise<Float32Array>} */
  window() {
    return this.#run(this.first, [1, ...this.batch.shape.slice(1)]);
  }

  async #run(values, shape) {
    const posteriors = this.tf.tidy(() => this.tf.softmax(this.network(this.tf.tensor(values, shape))));
    const found = this.tf.getBackend().startsWith('webg') ? await posteriors.data() : posteriors.dataSync();
    posteriors.dispose();
    return found;
  }
}
