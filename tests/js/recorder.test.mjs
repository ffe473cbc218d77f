/** Recording a word, take by take: what is recorded, what is taken again, and how a series ends. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { freshBrowser, plugInMicrophone, readyClient, Refusal, settled, stopClock, watched } from './fakes.mjs';
import { Recorder, TAKE_MS } from '../../web/state/recorder.js';
import { REQUESTS } from '../../web/worker/protocol.js';

const CHECK = REQUESTS.TAKE_CHECK;
const RATE_HZ = 1_000;
const TAKE_SAMPLES = (TAKE_MS / 1000) * RATE_HZ;
const BLOCK_SAMPLES = 500;
const BLOCK_MS = (BLOCK_SAMPLES / RATE_HZ) * 1000;
const READY_MS = 900;
const REFUSED_MS = 3_000;
const STALLED_MS = 3_000;
const SILENT = { code: 'recording_silent', message: 'nothing above -60 dBFS' };
const QUIET = Promise.resolve();

/** A page with a recorder; the worker finds every take good unless the test says otherwise. */
function openPage(t, microphoneOptions = {}) {
  const clock = stopClock(t);
  const microphone = plugInMicrophone(t, { sampleRateHz: RATE_HZ, ...microphoneOptions });
  const made = readyClient({
    [CHECK]: () => ({ bytes: Uint8Array.of(1), durationS: 0.5, peakDbfs: -6, picture: null, failure: null }),
  });
  const kept = [];
  const recorder = new Recorder(made.client, async (word, take) => void kept.push([word, take.durationS]));
  const states = [];
  recorder.state.subscribe(({ kind, take, refusal }) =>
    states.push([kind, take, refusal?.code].filter(Boolean).join(' ')),
  );
  /** Samples come block by block, each once its time has passed. */
  const hear = async (n, level = 0) => {
    for (let left = n; left > 0; left -= BLOCK_SAMPLES) {
      const nSamples = Math.min(left, BLOCK_SAMPLES);
      await clock.pass(BLOCK_MS);
      await microphone.hear(new Float32Array(nSamples).fill(level));
    }
  };
  return {
    ...made,
    clock,
    microphone,
    recorder,
    kept,
    states,
    hear,
    /** Waits as the person does, and says the word as it is asked for. */
    async speak(waitMs = READY_MS, level = 0.5) {
      const nBlocks = Math.ceil(waitMs / BLOCK_MS) - 1; // a block that comes after the sign is part of the take
      await hear(nBlocks * BLOCK_SAMPLES);
      await clock.pass(waitMs - nBlocks * BLOCK_MS);
      await hear(TAKE_SAMPLES, level);
      await settled();
    },
    /** A failure that ended the series, if one did. */
    get failure() {
      return recorder.state.value.failure?.code;
    },
  };
}

beforeEach(freshBrowser);

test('a series records so many takes of a word and keeps each', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 2, '', QUIET);
  await settled();
  await page.speak();
  await page.speak();
  assert.deepEqual(page.states, [
    'idle',
    'opening 1',
    'ready 1',
    'speak 1',
    'checking 1',
    'ready 2',
    'speak 2',
    'checking 2',
    'idle',
  ]);
  assert.deepEqual(page.kept, [
    ['yes', 0.5],
    ['yes', 0.5],
  ]);
  assert.deepEqual(page.recorder.state.value, { kind: 'idle', word: 'yes', failure: null });
  assert.equal(page.microphone.isOpen, false);
});

test('a take is what came from the sign on, to the sample, and nothing from before it', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, 'second', QUIET);
  await settled();
  await page.hear(BLOCK_SAMPLES, 0.1);
  await page.clock.pass(READY_MS - BLOCK_MS);
  assert.equal(page.recorder.state.value.kind, 'speak');
  await page.microphone.hear(new Float32Array(TAKE_SAMPLES - 1).fill(0.5));
  assert.equal(page.recorder.state.value.kind, 'speak');
  await page.microphone.hear(Float32Array.of(0.75, 0.25, 0.25));
  const { payload, transfer } = page.worker.last(CHECK);
  assert.equal(payload.sampleRateHz, RATE_HZ);
  assert.equal(payload.samples.length, TAKE_SAMPLES);
  assert.ok(payload.samples.subarray(0, -1).every((sample) => sample === 0.5));
  assert.equal(payload.samples.at(-1), 0.75);
  assert.deepEqual(transfer, [payload.samples.buffer]);
  assert.deepEqual(page.microphone.constraints[0].deviceId, { exact: 'second' });
});

test('the sign to speak waits until the microphone gives sound', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.clock.pass(2 * READY_MS);
  assert.equal(page.recorder.state.value.kind, 'ready');
  await page.hear(BLOCK_SAMPLES);
  assert.equal(page.recorder.state.value.kind, 'speak');
});

test('nothing is recorded before what makes a noise has ended', async (t) => {
  const page = openPage(t);
  let end;
  page.recorder.start('yes', 1, '', new Promise((resolve) => (end = resolve)));
  await settled();
  assert.equal(page.recorder.state.value.kind, 'opening');
  assert.equal(page.microphone.constraints.length, 0);
  end();
  await settled();
  assert.equal(page.recorder.state.value.kind, 'ready');
});

test('a take of no use is taken again, with the reason and time to read it', async (t) => {
  const page = openPage(t);
  const { [CHECK]: isGood } = page.answers;
  page.answers[CHECK] = () => ({ failure: SILENT });
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.speak();
  assert.deepEqual(page.recorder.state.value, { kind: 'ready', word: 'yes', take: 1, nTakes: 1, refusal: SILENT });
  page.answers[CHECK] = isGood;
  await page.hear(BLOCK_SAMPLES);
  await page.clock.pass(REFUSED_MS - BLOCK_MS - 100);
  assert.equal(page.recorder.state.value.kind, 'ready');
  await page.clock.pass(100);
  assert.deepEqual(page.recorder.state.value, { kind: 'speak', word: 'yes', take: 1, nTakes: 1, refusal: null });
  await page.hear(TAKE_SAMPLES);
  assert.deepEqual(page.states.slice(-4), ['ready 1 recording_silent', 'speak 1', 'checking 1', 'idle']);
  assert.equal(page.kept.length, 1);
});

test('two takes of no use in a row end the series, and those before are kept', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 3, '', QUIET);
  await settled();
  await page.speak();
  page.answers[CHECK] = () => ({ failure: SILENT });
  await page.speak();
  await page.speak(REFUSED_MS);
  assert.deepEqual(page.recorder.state.value, { kind: 'idle', word: 'yes', failure: SILENT });
  assert.equal(page.kept.length, 1);
  assert.equal(page.microphone.isOpen, false);
});

test('a good take between two of no use lets the series go on', async (t) => {
  const page = openPage(t);
  const { [CHECK]: isGood } = page.answers;
  const refuse = () => ({ failure: SILENT });
  page.recorder.start('yes', 3, '', QUIET);
  await settled();
  for (const [answer, waitMs] of [
    [refuse, READY_MS],
    [isGood, REFUSED_MS],
    [refuse, READY_MS],
    [isGood, REFUSED_MS],
    [isGood, READY_MS],
  ]) {
    page.answers[CHECK] = answer;
    await page.speak(waitMs);
  }
  assert.equal(page.failure, undefined);
  assert.equal(page.kept.length, 3);
});

test('a second start while one records does nothing', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', QUIET);
  page.recorder.start('no', 5, '', QUIET);
  await settled();
  assert.equal(page.microphone.captures.length, 1);
  assert.equal(page.recorder.state.value.word, 'yes');
});

for (const [when, prepare] of [
  ['while the person gets ready', () => settled()],
  [
    'in the middle of a take',
    async (page) => {
      await settled();
      await page.hear(BLOCK_SAMPLES);
      await page.clock.pass(READY_MS);
      await page.hear(TAKE_SAMPLES / 2);
    },
  ],
  [
    'while a take is checked',
    async (page) => {
      delete page.answers[CHECK];
      await settled();
      await page.speak();
    },
  ],
]) {
  test(`a series stopped ${when} lets the microphone go and keeps nothing of that take`, async (t) => {
    const page = openPage(t);
    page.recorder.start('yes', 3, '', QUIET);
    await prepare(page);
    const stopping = page.recorder.stop();
    const checked = page.worker.sent.find(({ type }) => type === CHECK);
    if (checked) page.worker.reply(checked.id, { failure: null });
    await stopping;
    assert.deepEqual(page.recorder.state.value, { kind: 'idle', word: 'yes', failure: null });
    assert.equal(page.microphone.isOpen, false);
    assert.deepEqual(page.kept, []);
  });
}

test('a prompt that nobody answers is taken back by stopping', async (t) => {
  let allow;
  const page = openPage(t, { answerPrompt: () => new Promise((resolve) => (allow = resolve)) });
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.recorder.stop();
  assert.deepEqual(page.recorder.state.value, { kind: 'idle', word: 'yes', failure: null });
  allow();
  await settled();
  assert.equal(page.microphone.isOpen, false);
});

test('a stop while something else still makes a noise opens no microphone', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', new Promise(() => {}));
  await page.recorder.stop();
  await settled();
  assert.equal(page.microphone.constraints.length, 0);
  assert.equal(page.recorder.isActive, false);
});

test('a series can be recorded after one that was stopped', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', QUIET);
  await page.recorder.stop();
  page.recorder.start('no', 1, '', QUIET);
  await settled();
  await page.speak();
  assert.deepEqual(page.kept, [['no', 0.5]]);
});

test('stopping what does not record is done at once', async (t) => {
  const page = openPage(t);
  await page.recorder.stop();
  assert.deepEqual(page.states, ['idle']);
});

test('a microphone that is refused ends the series with the reason', async (t) => {
  const page = openPage(t, {
    answerPrompt() {
      throw new DOMException('', 'NotFoundError');
    },
  });
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  assert.equal(page.failure, 'mic_none');
});

test('a microphone that is unplugged ends the series with the reason', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  page.microphone.track.dispatchEvent(new Event('ended'));
  await settled();
  assert.equal(page.failure, 'mic_lost');
});

test('a microphone from which no sound comes ends the series, whether it never came or has ceased', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.clock.pass(STALLED_MS);
  assert.equal(page.failure, 'recording_stalled');
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.hear(BLOCK_SAMPLES);
  await page.clock.pass(READY_MS);
  await page.hear(BLOCK_SAMPLES);
  await page.clock.pass(STALLED_MS - 100);
  assert.equal(page.recorder.state.value.kind, 'speak');
  await page.clock.pass(100);
  assert.equal(page.failure, 'recording_stalled');
  assert.equal(page.microphone.isOpen, false);
});

test('samples that are missing within a take end the series, those before it do not', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 2, '', QUIET);
  await settled();
  await page.hear(BLOCK_SAMPLES);
  await page.clock.pass(READY_MS);
  await page.microphone.hear(new Float32Array(TAKE_SAMPLES), { skip: 77 });
  assert.equal(page.kept.length, 1);
  await page.hear(BLOCK_SAMPLES);
  await page.clock.pass(READY_MS);
  await page.hear(BLOCK_SAMPLES);
  await page.microphone.hear(new Float32Array(BLOCK_SAMPLES), { skip: 77 });
  assert.deepEqual(page.recorder.state.value.failure, {
    code: 'recording_gap',
    message: '77 samples are missing.',
  });
  assert.equal(page.kept.length, 1);
});

test('a worker that refuses or dies as it checks ends the series with its failure', async (t) => {
  const page = openPage(t);
  page.answers[CHECK] = () => {
    throw new Refusal('bad_sample_rate', '1000 Hz');
  };
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.speak();
  assert.equal(page.failure, 'bad_sample_rate');
  delete page.answers[CHECK];
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  await page.speak();
  page.worker.die();
  await settled();
  assert.equal(page.failure, 'worker_died');
  assert.equal(page.microphone.isOpen, false);
});

test('stopping resolves when the microphone is let go', async (t) => {
  const page = openPage(t);
  page.recorder.start('yes', 1, '', QUIET);
  await settled();
  const { port } = page.microphone.captures[0].node;
  port.postMessage = () => {}; // an audio thread that does not answer
  const stopping = watched(page.recorder.stop());
  await settled();
  assert.equal(stopping.is, 'waiting');
  await page.clock.pass(200);
  assert.equal(stopping.is, 'resolved');
  assert.equal(page.microphone.isOpen, false);
});
