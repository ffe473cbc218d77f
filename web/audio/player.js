/** @type {AudioContext | null} */
let context = null;

/**
 * Plays samples once. Page only; call from a click, or the browser stays silent.
 * @param {Float32Array} samples from -1 to 1
 * @param {number} sampleRateHz
 */
export async function play(samples, sampleRateHz) {
  context ??= new AudioContext();
  await context.resume();
  const buffer = context.createBuffer(1, samples.length, sampleRateHz);
  buffer.copyToChannel(/** @type {Float32Array<ArrayBuffer>} */ (samples), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
}
