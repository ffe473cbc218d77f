/**
 * One step of training in TensorFlow.js: the loss, its gradients, AdamW. It is the same work as that of sayso.nn.losses
 * and sayso.training.optim.
 */
import { buildNetwork } from './network.js';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPS = 1e-8;

/**
 * Mean cross-entropy with the gradient in closed form.
 * @param {any} tf @param {any} logits (B, L) @param {any} wanted (B, L)
 */
function crossEntropy(tf, logits, wanted) {
  return tf.customGrad((logits, save) => {
    const nExamples = logits.shape[0];
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    const logPosteriors = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)));
    save([logPosteriors]);
    const gradFunc = (dLoss, [logPosteriors]) =>
      tf.mul(dLoss, tf.div(tf.sub(tf.exp(logPosteriors), wanted), nExamples));
    return { value: tf.div(tf.sum(tf.mul(wanted, logPosteriors)), -nExamples), gradFunc };
  })(logits);
}

/** Trains all parameters as one vector, which is far quicker than one by one. */
export class Training {
  /**
   * @param {any} tf @param {import('./network.js').Step[]} plan
   * @param {import('../tensors.js').Tensors} file the model's tensors
   * @param {import('../tensors.js').Tensors} batch frames (B, T, M) and targets (B,)
   * @param {{
   *   names: string[], nLabels: number, closedForm: boolean, labelSmoothing: number, weightDecay: number, rate: number,
   * }} settings
   *     names of the tensors that are trained
   */
  constructor(tf, plan, file, batch, { names, nLabels, closedForm, labelSmoothing, weightDecay, rate }) {
    this.tf = tf;
    this.names = names;
    this.shapes = names.map((name) => file[name].shape);
    const state = Object.keys(file).filter((name) => !names.includes(name));
    const fixed = Object.fromEntries(state.map((name) => [name, tf.tensor(file[name].values, file[name].shape)]));
    /** @param {import('../tensors.js').Tensors} batch */
    this.lossOf = ({ frames, targets }) => {
      const x = tf.tensor(frames.values, frames.shape);
      const hot = tf.oneHot(tf.tensor1d(Array.from(targets.values), 'int32'), nLabels);
      const wanted = tf.add(tf.mul(tf.cast(hot, 'float32'), 1 - labelSmoothing), labelSmoothing / nLabels);
      return (...tensors) => {
        const trained = Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
        return crossEntropy(tf, buildNetwork(tf, plan, { ...fixed, ...trained }, { closedForm })(x), wanted);
      };
    };
    this.loss = this.lossOf(batch);
    this.weights = tf.variable(tf.concat(names.map((name) => tf.tensor1d(file[name].values))));
    const share = (name) => tf.fill([file[name].values.length], name.endsWith('.weight') ? 1 - rate * weightDecay : 1);
    this.keep = tf.concat(names.map(share)); // the share of each weight that decay leaves
    this.first = tf.variable(tf.zerosLike(this.weights));
    this.second = tf.variable(tf.zerosLike(this.weights));
    this.rate = rate;
    this.nSteps = 0;
  }

  /** @param {(...tensors: any[]) => any} loss @returns {{value: any, grads: any[]}} */
  #gradients(loss) {
    const { tf } = this;
    let start = 0;
    const tensors = this.shapes.map((shape) => {
      const size = tf.util.sizeFromShape(shape);
      start += size;
      return tf.reshape(tf.slice(this.weights, [start - size], [size]), shape);
    });
    return tf.valueAndGrads(loss)(tensors);
  }

  /**
   * @param {import('../tensors.js').Tensors} batch
   * @returns {Promise<Record<string, Float32Array>>} its loss, and the gradients by their parameters' names
   */
  async results(batch) {
    const { value, grads } = this.tf.tidy(() => this.#gradients(this.lossOf(batch)));
    const results = { loss: await value.data() };
    for (const [i, name] of this.names.entries()) results[name] = await grads[i].data();
    this.tf.dispose([value, grads]);
    return results;
  }

  /** @returns {Promise<number>} the loss before the step */
  async step() {
    const { tf, weights, first, second } = this;
    const loss = tf.tidy(() => {
      const { value, grads } = this.#gradients(this.loss);
      const gradient = tf.concat(grads.map((grad) => tf.reshape(grad, [-1])));
      this.nSteps += 1;
      const correction1 = 1 - BETA_1 ** this.nSteps;
      const correction2 = Math.sqrt(1 - BETA_2 ** this.nSteps);
      first.assign(tf.add(first, tf.mul(tf.sub(gradient, first), 1 - BETA_1)));
      second.assign(tf.add(second, tf.mul(tf.sub(tf.square(gradient), second), 1 - BETA_2)));
      const step = tf.div(tf.mul(first, this.rate / correction1), tf.add(tf.div(tf.sqrt(second), correction2), EPS));
      weights.assign(tf.sub(tf.mul(weights, this.keep), step));
      return value;
    });
    const [value] = this.tf.getBackend().startsWith('webg') ? await loss.data() : loss.dataSync();
    loss.dispose();
    return value;
  }
}
