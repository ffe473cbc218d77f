/**
 * Gathers the render quanta of one input into blocks and posts them on the port it is handed. Audio thread.
 *
 * A block bears the position of its first sample by the audio clock, from 0: where quanta are missing, their positions
 * are missing too. Its samples are transferred.
 *
 * Messages in: `{port}` starts; `'stop'` posts the samples gathered so far, ends the processor and is answered with
 * `'stopped'`. A number on the port is the position where the block under way is to end; a past one changes
 * nothing.
 */

/** The length of a block, but for the first, and unless the port's other end asks for a longer one. */
const BLOCK_SAMPLES = 1024;
const MAX_BLOCK_SAMPLES = 32768;
/** Quanta go missing while a microphone starts. It has started when they have come for this long without a gap. */
const SETTLING_S = 0.15;
/** After this long a microphone counts as started, gaps or not. */
const MAX_SETTLING_S = 1;

class BlockSender extends AudioWorkletProcessor {
  /** @type {MessagePort | null} */
  #port = null;
  #samples = new Float32Array(MAX_BLOCK_SAMPLES);
  #filled = 0;
  /** Position of the first sample of the block under way. */
  #position = 0;
  /** Position where the block under way is to end. */
  #end = Math.min(Math.ceil(SETTLING_S * sampleRate), MAX_BLOCK_SAMPLES);
  /** The audio clock, in frames, when sound first came. @type {number | null} */
  #openedFrame = null;
  /** The audio clock, in frames, at position 0. @type {number | null} */
  #firstFrame = null;
  #running = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data === 'stop') this.#stop();
      else this.#start(data.port);
    };
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channel = inputs[0][0]; // undefined while no sound arrives
    if (!channel || !this.#port) return this.#running;
    this.#openedFrame ??= currentFrame;
    this.#firstFrame ??= currentFrame;
    let position = currentFrame - this.#firstFrame;
    let isMissing = position !== this.#position + this.#filled;
    const hasPosted = this.#position > 0;
    if (isMissing && !hasPosted && currentFrame - this.#openedFrame < MAX_SETTLING_S * sampleRate) {
      // A gap while the microphone starts: what came before it is dropped, and position 0 is here.
      this.#firstFrame = currentFrame;
      position = this.#filled = 0;
      isMissing = false;
    }
    if (isMissing || this.#filled + channel.length > MAX_BLOCK_SAMPLES) this.#send(position);
    this.#samples.set(channel, this.#filled);
    this.#filled += channel.length;
    const next = position + channel.length;
    if (next >= this.#end) this.#send(next);
    return this.#running;
  }

  /** @param {MessagePort} port */
  #start(port) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      if (data > this.#position + this.#filled) this.#end = data;
    };
  }

  /** @param {number} next the position from which the next block is gathered */
  #send(next) {
    const samples = this.#samples.slice(0, this.#filled);
    if (this.#filled) this.#port?.postMessage({ position: this.#position, samples }, [samples.buffer]);
    this.#filled = 0;
    this.#position = next;
    this.#end = next + BLOCK_SAMPLES;
  }

  #stop() {
    this.#send(this.#position + this.#filled);
    this.#port = null;
    this.#running = false;
    this.port.postMessage('stopped');
  }
}

registerProcessor('block-sender', BlockSender);
