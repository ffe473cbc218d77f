/**
 * Gathers the render quanta of one input into blocks and posts them, numbered from 0, on the port it is handed. Audio thread.
 *
 * Blocks are numbered by the audio clock: where quanta are missing their block is left out, and so is its number.
 *
 * Messages in: `{port}` starts; `'stop'` posts the samples gathered so far and ends the processor.
 */
const BLOCK_SAMPLES = 1024;
/** As the microphone starts, quanta go missing before the first sound. */
const SETTLING_S = 0.25;

class BlockSender extends AudioWorkletProcessor {
  /** @type {MessagePort | null} */
  #port = null;
  #samples = new Float32Array(BLOCK_SAMPLES);
  #filled = 0;
  /** Of the block being filled. */
  #sequence = 0;
  /** The audio clock at the first sample. @type {number | null} */
  #firstFrame = null;
  #running = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data === 'stop') this.#stop();
      else this.#port = data.port;
    };
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channel = inputs[0][0]; // missing while nothing arrives
    if (!channel || !this.#port || currentTime < SETTLING_S) return this.#running;
    this.#firstFrame ??= currentFrame;
    const position = currentFrame - this.#firstFrame;
    if (position !== this.#sequence * BLOCK_SAMPLES + this.#filled) {
      this.#filled = 0;
      this.#sequence = Math.ceil(position / BLOCK_SAMPLES);
      if (position < this.#sequence * BLOCK_SAMPLES) return this.#running; // the rest of a block that lacks its beginning
    }
    for (let at = 0; at < channel.length; ) {
      const n = Math.min(channel.length - at, BLOCK_SAMPLES - this.#filled);
      this.#samples.set(channel.subarray(at, at + n), this.#filled);
      this.#filled += n;
      at += n;
      if (this.#filled === BLOCK_SAMPLES) this.#send();
    }
    return this.#running;
  }

  #send() {
    const samples = this.#filled === BLOCK_SAMPLES ? this.#samples : this.#samples.slice(0, this.#filled);
    this.#port?.postMessage({ sequence: this.#sequence++, samples }, [samples.buffer]);
    this.#samples = new Float32Array(BLOCK_SAMPLES);
    this.#filled = 0;
  }

  #stop() {
    if (this.#filled) this.#send();
    this.#port = null;
    this.#running = false;
    this.port.postMessage('stopped');
  }
}

registerProcessor('block-sender', BlockSender);
