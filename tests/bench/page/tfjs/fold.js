/** @typedef {import('./network.js').Step} Step */
/** @typedef {import('../tensors.js').Tensors} Tensors */

const EPS = 1e-5;

/**
 * A plan for inference alone, as converters make it: each batch norm goes into the convolution before it, and each ReLU
 * becomes that convolution's activation.
 * @param {Step[]} plan @param {Tensors} file @returns {{plan: Step[], file: Tensors}}
 */
export function fold(plan, file) {
  let tensors = file;
  /** @type {Step[]} */
  const folded = [];
  for (const step of plan) {
    const last = folded.at(-1);
    if (step.kind === 'Residual') {
      const branch = fold(step.branch, tensors);
      const skip = fold(step.skip, branch.file);
      tensors = skip.file;
      folded.push({ ...step, branch: branch.plan, skip: skip.plan });
    } else if (step.kind === 'BatchNorm') {
      tensors = { ...tensors, ...intoConvolution(tensors, last.name, step.name) };
    } else if (step.kind === 'ReLU' && last.kind.startsWith('Conv')) {
      folded.splice(-1, 1, { ...last, activation: 'relu' });
    } else {
      folded.push(step);
    }
  }
  return { plan: folded, file: tensors };
}

/**
 * @param {Tensors} tensors @param {string} conv @param {string} norm
 * @returns {Tensors} the convolution's new weight and bias
 */
function intoConvolution(tensors, conv, norm) {
  const [scale, shift, mean, variance] = ['scale', 'shift', 'mean', 'variance'].map(
    (part) => tensors[`${norm}.${part}`].values,
  );
  const factors = scale.map((value, i) => value / Math.sqrt(variance[i] + EPS));
  const { shape, values } = tensors[`${conv}.weight`];
  return {
    [`${conv}.weight`]: { shape, values: values.map((value, i) => value * factors[i % factors.length]) },
    [`${conv}.bias`]: { shape: [factors.length], values: shift.map((value, i) => value - mean[i] * factors[i]) },
  };
}
