/**
 * A network in TensorFlow.js, made from the plan of Sayso's: the same layers, tensors and names. A convolution over
 * time is conv2d of an image one pixel high, which is what conv1d becomes anyway.
 */
import { batchNorm, derivedBatchNorm } from './batch-norm.js';

/**
 * @typedef {{
 *   kind: string, name: string, stride?: number, pad?: number, activation?: 'relu', branch?: Step[], skip?: Step[],
 * }} Step
 */
/** @typedef {Record<string, any>} Tensors by name */

/** @param {number} pad */
const alongTime = (pad) => [
  [0, 0],
  [0, 0],
  [pad, pad],
  [0, 0],
];

/** One function a kind: (x, tensors by the layer's own names, step, mode) to y. */
const LAYERS = {
  Standardise: (tf, x, { mean, std }) => tf.div(tf.sub(x, mean), std),
  ToImage: (tf, x) => tf.expandDims(x, 3),
  Conv2d: (tf, x, { weight, bias }, { activation }) =>
    tf.fused.conv2d({ x, filter: weight, strides: 1, pad: 'same', bias, activation }),
  Conv1d: (tf, x, { weight, bias }, { stride, pad, activation }) => {
    const [size, nIn, nOut] = weight.shape;
    const image = x.rank === 4 ? x : tf.expandDims(x, 1); // stays (B, 1, T, C) until the mean over time
    const filter = tf.reshape(weight, [1, size, nIn, nOut]);
    return tf.fused.conv2d({ x: image, filter, strides: [1, stride], pad: alongTime(pad), bias, activation });
  },
  BatchNorm: (tf, x, { scale, shift }, _, { closedForm }) =>
    closedForm ? batchNorm(tf, x, scale, shift) : derivedBatchNorm(tf, x, scale, shift), // folded away for inference
  ReLU: (tf, x) => tf.relu(x),
  MaxPool2x2: (tf, x) => tf.maxPool(x, 2, 1, 'valid'),
  MeanOverTime: (tf, x) => tf.mean(x, [1, 2]),
  Flatten: (tf, x) => tf.reshape(x, [x.shape[0], -1]),
  Dropout: (tf, x) => x, // raced with a share of 0
  Dense: (tf, x, { weight, bias }) => tf.fused.matMul({ a: x, b: weight, bias }),
};

/** @param {Tensors} tensors @param {string} name */
function ownTensors(tensors, name) {
  const own = Object.entries(tensors).filter(([key]) => key.startsWith(`${name}.`));
  return Object.fromEntries(own.map(([key, tensor]) => [key.slice(name.length + 1), tensor]));
}

/**
 * @param {any} tf @param {Step[]} plan @param {Tensors} tensors @param {{closedForm?: boolean}} mode
 * @returns {(x: any) => any} (B, T, M) frames to (B, L) logits
 */
export function buildNetwork(tf, plan, tensors, mode) {
  const layers = plan.map((step) => {
    if (step.kind === 'Residual') {
      const branch = buildNetwork(tf, step.branch, tensors, mode);
      const skip = buildNetwork(tf, step.skip, tensors, mode);
      return (x) => tf.relu(tf.add(branch(x), skip(x)));
    }
    const own = ownTensors(tensors, step.name);
    return (x) => LAYERS[step.kind](tf, x, own, step, mode);
  });
  return (x) => layers.reduce((y, layer) => layer(y), x);
}
