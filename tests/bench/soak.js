/** Listens through the page's own parts, its client, worker and microphone; returns the function that ends it. */
(async () => {
  const at = (file) => new URL(file, location.href).href;
  const [{ Client }, { openMicrophone }] = await Promise.all([import(at('client.js')), import(at('mic.js'))]);
  const client = new Client(() => new Worker(at('worker.js'), { type: 'module' }));
  client.start();
  const [{ file }] = await (await fetch(at('models/index.json'))).json();
  const bytes = new Uint8Array(await (await fetch(at(`models/${file}`))).arrayBuffer());
  await client.request('model.load', { bytes, name: file });
  const { sampleRateHz, port, close } = await openMicrophone('', (failure) => { throw failure; });
  const began = performance.now();
  await client.request('listen.start', { sampleRateHz, port }, { transfer: [port] });
  return async () => {
    await close();
    const tookS = (performance.now() - began) / 1000;
    return { ...(await client.request('listen.stop', {})), sampleRateHz, tookS };
  };
})
