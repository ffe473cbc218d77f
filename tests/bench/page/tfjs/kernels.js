/**
 * Kernels for the wasm backend, composed of its own quick ones: convolutions, products and arithmetic run in XNNPACK.
 * Stock 4.22 has no kernel for a filter's gradient at all; those replaced here are plain loops, several times slower.
 */

/** What reports say of each kernel. */
const PATCHES = {
  Conv2DBackpropFilter: 'which stock lacks: a convolution of x with dy, batch and channels exchanged',
  Conv2DBackpropInput: 'a convolution of dy with the flipped filter, one for each phase of a stride',
  MaxPoolGrad: 'differences, steps and products of shifted images',
};

/**
 * @param {any} tf, with the wasm backend started @param {'missing' | 'all'} which
 * @returns {Record<string, string>} what was patched
 */
export function patchKernels(tf, which) {
  const patched = {};
  const kernels = {
    Conv2DBackpropFilter: filterGradient,
    Conv2DBackpropInput: inputGradient,
    MaxPoolGrad: maxPoolGradient,
  };
  for (const [kernelName, compute] of Object.entries(kernels)) {
    const stock = tf.getKernel(kernelName, 'wasm');
    if (stock && which === 'missing') continue;
    if (stock) tf.unregisterKernel(kernelName, 'wasm');
    const kernelFunc = ({ inputs, attrs }) => tf.tidy(() => compute(tf, inputs, attrs));
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
    patched[kernelName] = PATCHES[kernelName];
  }
  return patched;
}

/** x as (C, H, W, B) with dy as (H_out, W_out, B, O) for its filter: (C, >= h, >= w, O). */
function filterGradient(tf, { x, dy }, { strides, pad, filterShape }) {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
  const { top, bottom, left, right } = info.padInfo;
  const { filterHeight, filterWidth, strideHeight, strideWidth, inChannels, outChannels } = info;
  const image = tf.transpose(x, [3, 1, 2, 0]);
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  const around = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const dFilter = tf.conv2d(image, filter, 1, around, 'NHWC', [strideHeight, strideWidth]);
  const whole = dFilter.shape[1] === filterHeight && dFilter.shape[2] === filterWidth;
  const size = [inChannels, filterHeight, filterWidth, outChannels];
  return tf.transpose(whole ? dFilter : tf.slice(dFilter, [0, 0, 0, 0], size), [1, 2, 0, 3]);
}

function inputGradient(tf, { dy, filter }, { strides, pad, inputShape }) {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad);
  const { strideHeight, strideWidth: stride, filterHeight, filterWidth, inHeight, inWidth, inChannels, padInfo } = info;
  if (strideHeight !== 1) throw new Error('a stride along the height is not raced');
  const rows = [filterHeight - 1 - padInfo.top, filterHeight - 1 - padInfo.bottom];
  const convolve = (taps, columns) =>
    tf.conv2d(dy, tf.transpose(taps, [0, 1, 3, 2]), 1, [[0, 0], rows, columns, [0, 0]]); // (B, H, W, C)
  if (stride === 1) {
    return convolve(flip(tf, filter, 0, 1), [filterWidth - 1 - padInfo.left, filterWidth - 1 - padInfo.right]);
  }
  const nColumns = Math.ceil((inWidth + padInfo.left + padInfo.right) / stride);
  const phases = Array.from({ length: stride }, (_, phase) => {
    const nTaps = Math.ceil((filterWidth - phase) / stride);
    if (nTaps < 1) return tf.zeros([info.batchSize, inHeight, nColumns, inChannels]); // stepped over by the stride
    const behind = nColumns - info.outWidth;
    return convolve(flip(tf, filter, phase, stride), [nTaps - 1, behind]);
  });
  const dx = tf.reshape(tf.stack(phases, 3), [info.batchSize, inHeight, nColumns * stride, inChannels]);
  return tf.slice(dx, [0, 0, padInfo.left, 0], inputShape);
}

/** The taps phase, phase + stride, ... along the width, the last first; all along the height, the last first. */
function flip(tf, filter, phase, stride) {
  const [height, width] = filter.shape;
  const columns = Array.from({ length: Math.ceil((width - phase) / stride) }, (_, i) => phase + i * stride).reverse();
  const taps = tf.gather(filter, tf.tensor1d(columns, 'int32'), 1);
  if (height === 1) return taps;
  return tf.gather(
    taps,
    tf.tensor1d(
      Array.from({ length: height }, (_, i) => height - 1 - i),
      'int32',
    ),
    0,
  );
}

/**
 * Every corner of a neighbourhood that holds the maximum gets the output's gradient; stride 1, no padding. Images are
 * laid out flat, with zeros where there is no output, so that a corner's neighbour is a constant number of values away.
 */
function maxPoolGradient(tf, { dy, input, output }, { filterSize: size, strides }) {
  if (strides !== 1) throw new Error('pooling with a stride is not raced');
  const [, , width, channels] = input.shape;
  const around = [
    [0, 0],
    [0, size - 1],
    [0, size - 1],
    [0, 0],
  ];
  const flat = (image) => tf.reshape(tf.pad(image, around), [-1]);
  const flatDy = flat(dy);
  const flatOutput = flat(output);
  const furthest = (size - 1) * (width + 1) * channels;
  const flatInput = tf.pad(tf.reshape(input, [-1]), [[0, furthest]]);
  const all = [];
  const smaller = [];
  for (let corner = 0; corner < size * size; corner += 1) {
    const shift = (Math.floor(corner / size) * width + (corner % size)) * channels;
    const shifted = [[shift, furthest - shift]];
    const gradient = tf.pad(flatDy, shifted);
    all.push(gradient);
    smaller.push(tf.mul(gradient, tf.step(tf.sub(tf.pad(flatOutput, shifted), flatInput))));
  }
  const dx = tf.sub(tf.addN(all), tf.addN(smaller));
  return tf.reshape(tf.slice(dx, [0], [input.size]), input.shape);
}
