/** One window in, posteriors out, in TensorFlow.js, with batch norms folded and activations fused. */
import { firstRows } from '../tensors.js';
import { fold } from './fold.js';
import { buildNetwork } from './network.js';

export class Inference {
  /**
   * @param {any} tf @param {import('./network.js').Step[]} plan
   * @param {import('../tensors.js').Tensors} file @param {import('../tensors.js').Tensors} batch
   */
  constructor(tf, plan, file, batch) {
    const { plan: folded, file: weights } = fold(plan, file);
    const tensors = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
    );
    this.tf = tf;
    this.network = buildNetwork(tf, folded, tensors, {});
    this.first = firstRows(batch, 1);
  }

  /** @returns {Promise<Float32Array>} posteriors of one window */
  window() {
    return this.posteriors(this.first);
  }

  /** @param {import('../tensors.js').Tensors} batch @returns {Promise<Float32Array>} posteriors of every window */
  async posteriors({ frames: { values, shape } }) {
    const posteriors = this.tf.tidy(() => this.tf.softmax(this.network(this.tf.tensor(values, shape))));
    const found = this.tf.getBackend().startsWith('webg') ? await posteriors.data() : posteriors.dataSync();
    posteriors.dispose();
    return found;
  }
}
