/**
 * What runs in the page while it is measured: the very Session that the worker uses, on the page's own thread, so that its
 * memory and its methods are in reach.
 */
(({ wheel, rounds }) => {
  const BLOCK_SAMPLES = 1024;

  async function openSession() {
    const { loadPyodide } = await import(new URL('runtime/pyodide.mjs', location.href).href);
    const runtime = new URL('runtime/', location.href).href;
    const pyodide = await loadPyodide({ indexURL: runtime, packageBaseUrl: runtime });
    await pyodide.loadPackage(['numpy'], { messageCallback: () => {} });
    pyodide.unpackArchive(await (await fetch(new URL(wheel, location.href))).arrayBuffer(), 'wheel');
    const waiting = new Map();
    const events = [];
    const session = pyodide.pyimport('sayso.session').Session((message) => {
      if (message.id === undefined) events.push(message);
      else waiting.get(message.id)(message);
    });
    let lastId = 0;
    const ask = (type, payload) => new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, ({ ok, result, error }) => (ok ? resolve(result) : reject(new Error(`${error.code}: ${error.message}`))));
      session.receive({ id, type, payload });
      const turn = () => session.pump() && setTimeout(turn);
      turn();
    });
    return { pyodide, session, ask, events };
  }

  const timed = async (work) => {
    const began = performance.now();
    await work();
    return (performance.now() - began) / 1000;
  };

  async function loadVoices(ask) {
    const voices = new URL('voices/', location.href);
    const index = await (await fetch(new URL('sprites.json', voices))).text();
    for (const { file } of JSON.parse(index).sprites) {
      const bytes = await (await fetch(new URL(file, voices))).arrayBuffer();
      const audio = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes);
      await ask('clips.add_sprite', { index, sprite: file, channels: [audio.getChannelData(0)], sampleRateHz: audio.sampleRate });
    }
    return (await ask('clips.prepare', { preset: 'classic', commands: ['yes', 'no'] })).labels
      .reduce((sum, { label, nTrain, nTest }) => (label === 'silence' ? sum : sum + nTrain + nTest), 0);
  }

  function microphoneBlock({ pyodide, session }, samples, sequence) {
    const address = session.inbox(samples.length);
    pyodide._module.HEAPF32.set(samples, address / samples.BYTES_PER_ELEMENT);
    session.push_audio(samples.length, sequence);
  }

  return (async () => {
    const open = await openSession();
    const { pyodide, ask, events } = open;
    const python = (code) => pyodide.runPython(code);
    const measured = {};
    const note = (name, value) => (measured[name] ??= []).push(value);
    const nClips = await loadVoices(ask);

    for (let round = 0; round < rounds; round++) {
      note('matrix product 512 x 512, GFLOP/s', python(`
import time, numpy as np
a = np.ones((512, 512), np.float32)
def product_s(began):
    a @ a
    return time.perf_counter() - began
2 * 512**3 / min(product_s(time.perf_counter()) for _ in range(10)) / 1e9`));
      for (const network of ['classic', 'compact']) {
        const features = { preset: network, commands: ['yes', 'no'] };
        note(`${network}: clips/s into features`, nClips / (await timed(() => ask('clips.prepare', features))));
        events.length = 0;
        const settings = { network, learningRate: 1e-3, batchSize: 64, nIterations: 40, seed: round, optimizer: 'adamw' };
        await ask('train.run', settings);
        note(`${network}: examples/s of training`, events.filter(({ type }) => type === 'train.progress').at(-1).payload.examplesPerSecond);
        const { bytes } = await ask('model.save', { name: network });
        pyodide.globals.set('content', bytes);
        note(`${network}: ms per inference of one window`, python(`
from sayso.weights import load_model
model, _ = load_model(bytes(content.to_py()))
window = np.zeros((1, *model.features.image_shape), np.float32)
def inference_s(began):
    model.posteriors(window)
    return time.perf_counter() - began
1000 * float(np.median([inference_s(time.perf_counter()) for _ in range(100)]))`));
        await ask('listen.start', { sampleRateHz: 48_000 });
        const block = Float32Array.from({ length: BLOCK_SAMPLES }, () => 0.1 * (Math.random() - 0.5));
        const nBlocks = 400;
        const took = await timed(() => {
          for (let i = 0; i < nBlocks; i++) microphoneBlock(open, block, i);
        });
        note(`${network}: us per microphone block of 1,024 samples, recognition included`, (took / nBlocks) * 1e6);
        note(`${network}: share of one core while listening, %`, (100 * took) / ((nBlocks * BLOCK_SAMPLES) / 48_000));
        await ask('listen.stop', {});
        const handed = await timed(() => { // with nobody listening, only the hand-over is left
          for (let i = 0; i < nBlocks; i++) microphoneBlock(open, block, i);
        });
        note('us per microphone block, hand-over alone', (handed / nBlocks) * 1e6);
      }
    }
    note('MB of WebAssembly memory after training on the built-in voices', pyodide._module.HEAP8.length / 1e6);
    return measured;
  })();
})
