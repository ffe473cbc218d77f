/** Remembers every WebAssembly memory of this worker, and tells the size of the largest. */

const { Memory } = WebAssembly;
/** @type {Set<WebAssembly.Memory>} */
const memories = new Set();

WebAssembly.Memory = class extends Memory {
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  constructor(descriptor) {
    super(descriptor);
    memories.add(this);
  }
};
for (const name of /** @type {const} */ (['instantiate', 'instantiateStreaming'])) {
  const own = /** @type {(...given: any[]) => Promise<any>} */ (WebAssembly[name]);
  WebAssembly[name] = async (...given) => {
    const made = await own(...given);
    for (const exported of Object.values((made.instance ?? made).exports)) {
      if (exported instanceof Memory) memories.add(exported);
    }
    return made;
  };
}

const channel = new BroadcastChannel('heap');
channel.onmessage = ({ data }) => {
  if (data === 'size?') channel.postMessage(Math.max(...[...memories].map(({ buffer }) => buffer.byteLength)));
};
