/** @typedef {Record<string, {shape: number[], values: Float32Array}>} Tensors by name */

/**
 * Fetches a file of the safetensors layout: 8 bytes of header length, a JSON header, raw little-endian tensors; float32
 * alone.
 * @param {URL} url @returns {Promise<Tensors>}
 */
export async function fetchTensors(url) {
  return readTensors(await (await fetch(url)).arrayBuffer());
}

/** @param {ArrayBuffer} content @returns {Tensors} */
export function readTensors(content) {
  const start = 8 + Number(new DataView(content).getBigUint64(0, true));
  const { __metadata__: _, ...header } = JSON.parse(new TextDecoder().decode(content.slice(8, start)));
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [begin, end],
        },
      ]) => [name, { shape, values: new Float32Array(content.slice(start + begin, start + end)) }],
    ),
  );
}

/** The first rows of each tensor. @param {Tensors} tensors @param {number} n @returns {Tensors} */
export function firstRows(tensors, n) {
  return Object.fromEntries(
    Object.entries(tensors).map(
      ([
        name,
        {
          shape: [nRows, ...row],
          values,
        },
      ]) => [name, { shape: [n, ...row], values: values.slice(0, (n * values.length) / nRows) }],
    ),
  );
}

/**
 * The largest difference, as a share of the largest expected value.
 * @param {ArrayLike<number>} values @param {Float32Array} expected
 */
export function deviation(values, expected) {
  let largest = 0;
  let difference = 0;
  for (const [i, wanted] of expected.entries()) {
    largest = Math.max(largest, Math.abs(wanted));
    difference = Math.max(difference, Math.abs(values[i] - wanted));
  }
  return difference / largest;
}
