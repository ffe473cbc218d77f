/** The audio of a training: what is sent to the worker, and what is left after a refusal, a cancel or a death. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsOf, picked, readyClient, recorded, Refusal, serve, settled, stopClock, until } from './fakes.mjs';
import { TrainingAudio } from '../../web/state/training-audio.js';
import { REQUESTS } from '../../web/worker/protocol.js';

const { CLIPS_ADD_FILES, CLIPS_ADD_SPRITE, CLIPS_ADD_ZIP, CLIPS_CLEAR, CLIPS_MARK, CLIPS_RESTORE, CANCEL } = REQUESTS;
const INDEX = JSON.stringify({ sprites: [{ file: 'a.ogg' }, { file: 'b.ogg' }, { file: 'a.ogg' }] });
const PARCEL_FILES = 500;

/** Files whose content is how many seconds they last, as the worker of `openPage` counts them. */
const filesOf = (name, ...durations) => ({
  kind: 'files',
  name,
  files: durations.map((duration, i) => picked(`${name}/yes/ann_nohash_${i}.wav`, String(duration))),
});

/** A page whose worker counts what it is sent: a second for each sprite file, and for each byte of a zip. */
function openPage(t) {
  stopClock(t);
  const held = new WeakMap(); // keys are workers; values, the seconds that each holds and those it marked
  const of = (worker) => held.get(worker) ?? held.set(worker, { seconds: 0, marked: null }).get(worker);
  const add = (worker, seconds) => countsOf((of(worker).seconds += seconds));
  const made = readyClient({
    [CLIPS_CLEAR]: (_, worker) => Object.assign(of(worker), { seconds: 0, marked: null }),
    [CLIPS_MARK]: (_, worker) => (of(worker).marked = of(worker).seconds),
    [CLIPS_RESTORE](_, worker) {
      if (of(worker).marked === null) throw new Refusal('not_marked', 'no clips to go back to');
      Object.assign(of(worker), { seconds: of(worker).marked, marked: null });
    },
    [CLIPS_ADD_FILES]: ({ files }, worker) =>
      add(
        worker,
        files.reduce((sum, { bytes }) => sum + Number(new TextDecoder().decode(bytes)), 0),
      ),
    [CLIPS_ADD_SPRITE]: (_, worker) => add(worker, 1),
    [CLIPS_ADD_ZIP]: ({ file }, worker) => ({ ...add(worker, file.size), pack: null }),
  });
  const audio = new TrainingAudio(made.client);
  return Object.assign(made, { audio, secondsOf: (worker) => of(worker).seconds });
}

/** Has the browser decode what it is given: as many channels as the bytes say, at 16 kHz. */
function decodeWith(t, decode = () => {}) {
  globalThis.OfflineAudioContext = class {
    constructor(nChannels, nSamples, sampleRate) {
      this.sampleRate = sampleRate;
    }

    async decodeAudioData(bytes) {
      await decode(bytes);
      const channel = Float32Array.of(0.5, -0.5);
      return { numberOfChannels: 2, sampleRate: this.sampleRate, getChannelData: () => channel };
    }
  };
  t.after(() => delete globalThis.OfflineAudioContext);
}

const loadedOf = ({ state }) => [state.value.kind, state.value.counts?.durationS, state.value.failure?.code];

test('audio that is added shows what the worker counted, and adds up', async (t) => {
  const { audio, worker } = openPage(t);
  assert.deepEqual(audio.state.value, { kind: 'empty' });
  const [first, second] = [filesOf('words', 2, 3), filesOf('more', 4)];
  await audio.add(first);
  const states = recorded(audio.state);
  await audio.add(second);
  assert.deepEqual(states[1], {
    kind: 'adding',
    progress: { label: 'Opening', done: 0, total: 1 },
    counts: countsOf(5),
    canCancel: true,
  });
  assert.deepEqual(audio.state.value, { kind: 'loaded', counts: countsOf(9), sources: [first, second] });
  assert.deepEqual(audio.sources, [first, second]);
  assert.deepEqual(
    worker.payloads(CLIPS_ADD_FILES).map(({ files }) => files.map(({ path }) => path)),
    [['words/yes/ann_nohash_0.wav', 'words/yes/ann_nohash_1.wav'], ['more/yes/ann_nohash_0.wav']],
  );
});

test('many files go in parcels, whose bytes are handed over, with progress between', async (t) => {
  const { audio, worker } = openPage(t);
  const states = recorded(audio.state);
  await audio.add(filesOf('words', ...Array(2 * PARCEL_FILES + 1).fill(1)));
  const parcels = worker.sent.filter(({ type }) => type === CLIPS_ADD_FILES);
  assert.deepEqual(
    parcels.map(({ payload }) => payload.files.length),
    [PARCEL_FILES, PARCEL_FILES, 1],
  );
  for (const { payload, transfer } of parcels) {
    assert.deepEqual(
      transfer,
      payload.files.map(({ bytes }) => bytes.buffer),
    );
  }
  const reading = states.filter(({ progress }) => progress?.label === 'Reading WAV files');
  assert.deepEqual(
    reading.map(({ progress }) => [progress.done, progress.total]),
    [
      [500, 1001],
      [1000, 1001],
      [1001, 1001],
    ],
  );
  assert.deepEqual(
    reading.map(({ counts }) => counts?.durationS),
    [undefined, 500, 1000],
  );
});

test('large files go in smaller parcels', async (t) => {
  const { audio, worker, answers } = openPage(t);
  answers[CLIPS_ADD_FILES] = () => countsOf(1);
  const large = Array.from({ length: 3 }, (_, i) => picked(`w/yes/ann_nohash_${i}.wav`, 'x'.repeat(5e6)));
  await audio.add({ kind: 'files', name: 'w', files: large });
  assert.deepEqual(
    worker.payloads(CLIPS_ADD_FILES).map(({ files }) => files.length),
    [2, 1],
  );
});

test('a folder without a WAV file is refused and leaves what was there', async (t) => {
  const { audio } = openPage(t);
  await audio.add(filesOf('words', 2));
  await audio.add({ kind: 'files', name: 'empty', files: [] });
  assert.deepEqual(loadedOf(audio), ['loaded', 2, 'files_unknown']);
});

test('audio of which nothing can be used is refused with the first reason, and is not a source', async (t) => {
  const { audio, answers, worker, secondsOf } = openPage(t);
  const words = filesOf('words', 2);
  const earlier = { path: 'words/b.wav', code: 'bad_wav', message: 'cut short' };
  const rejected = [earlier, { path: 'noise/a.wav', code: 'bad_wav', message: 'not a WAV file' }];
  const addFiles = answers[CLIPS_ADD_FILES];
  answers[CLIPS_ADD_FILES] = (...request) => ({ ...addFiles(...request), rejected: [earlier] });
  await audio.add(words);
  answers[CLIPS_ADD_FILES] = () => countsOf(2, rejected);
  await audio.add(filesOf('noise', 1));
  assert.deepEqual(audio.state.value, {
    kind: 'loaded',
    counts: countsOf(2, [earlier]),
    sources: [words],
    failure: {
      code: 'no_clips',
      message: 'noise: none of its files could be used; the first, “noise/a.wav”: not a WAV file.',
    },
  });
  assert.equal(secondsOf(worker), 2);
});

test('an addition that fails half-way is taken back in the worker too', async (t) => {
  const { audio, answers, worker, secondsOf } = openPage(t);
  await audio.add(filesOf('words', 2));
  const addFiles = answers[CLIPS_ADD_FILES];
  answers[CLIPS_ADD_FILES] = (payload, ...rest) => {
    if (worker.payloads(CLIPS_ADD_FILES).length === 3) throw new Refusal('too_many_clips', 'more than fits');
    return addFiles(payload, ...rest);
  };
  await audio.add(filesOf('large', ...Array(PARCEL_FILES + 1).fill(1)));
  assert.deepEqual(loadedOf(audio), ['loaded', 2, 'too_many_clips']);
  assert.equal(secondsOf(worker), 2);
});

test('the next addition forgets what went wrong with the last', async (t) => {
  const { audio } = openPage(t);
  await audio.add(filesOf('silence', 0));
  assert.deepEqual(loadedOf(audio), ['empty', undefined, 'no_clips']);
  await audio.add(filesOf('words', 2));
  assert.deepEqual(loadedOf(audio), ['loaded', 2, undefined]);
});

test('a second addition while one runs does nothing', async (t) => {
  const { audio, worker } = openPage(t);
  await Promise.all([audio.add(filesOf('words', 2)), audio.add(filesOf('more', 3))]);
  assert.deepEqual(loadedOf(audio), ['loaded', 2, undefined]);
  assert.equal(worker.payloads(CLIPS_ADD_FILES).length, 1);
});

test('an addition that is cancelled ends in the worker, and is no failure', async (t) => {
  const { audio, answers, worker } = openPage(t);
  await audio.add(filesOf('words', 2));
  answers[CLIPS_ADD_ZIP] = () => new Promise(() => {});
  answers[CANCEL] = ({ id }) => {
    worker.refuse(id, 'cancelled');
    return { cancelled: true };
  };
  const adding = audio.add({ kind: 'zip', name: 'all.zip', file: new File(['12345'], 'all.zip') });
  await until(() => worker.types.includes(CLIPS_ADD_ZIP));
  assert.equal(audio.state.value.canCancel, true);
  audio.cancel();
  audio.cancel();
  await adding;
  assert.deepEqual(loadedOf(audio), ['loaded', 2, undefined]);
  assert.equal(worker.payloads(CANCEL).length, 1);
  audio.cancel();
  assert.deepEqual(loadedOf(audio), ['loaded', 2, undefined]);
});

test('a zip goes to the worker as the file it is, and its progress shows', async (t) => {
  const { audio, worker, answers } = openPage(t);
  const states = recorded(audio.state);
  const file = new File(['12345'], 'all.zip');
  answers[CLIPS_ADD_ZIP] = (_, at, id) => {
    at.say('job.progress', { id, label: 'Reading all.zip', done: 1, total: 5 });
    return { ...countsOf(5), pack: null };
  };
  await audio.add({ kind: 'zip', name: 'all.zip', file });
  assert.deepEqual(worker.payloads(CLIPS_ADD_ZIP), [{ name: 'all.zip', file }]);
  assert.deepEqual(
    states.flatMap(({ progress }) => (progress ? [[progress.label, progress.done, progress.total]] : [])).slice(-2),
    [
      ['Opening all.zip', 0, 1],
      ['Reading all.zip', 1, 5],
    ],
  );
  assert.equal('pack' in audio.state.value.counts, false);
});

test('the built-in voices are fetched, decoded one by one and sent, each file once', async (t) => {
  const { audio, worker } = openPage(t);
  const fetched = serve(t, { 'voices/sprites.json': INDEX, 'voices/a.ogg': 'a', 'voices/b.ogg': 'b' });
  decodeWith(t);
  const states = recorded(audio.state);
  await audio.add({ kind: 'voices' });
  assert.deepEqual(fetched, ['voices/sprites.json', 'voices/a.ogg', 'voices/b.ogg']);
  assert.deepEqual(
    worker
      .payloads(CLIPS_ADD_SPRITE)
      .map(({ index, sprite, channels, sampleRateHz }) => [index, sprite, channels.length, sampleRateHz]),
    [
      [INDEX, 'a.ogg', 2, 16_000],
      [INDEX, 'b.ogg', 2, 16_000],
    ],
  );
  assert.deepEqual(
    states.flatMap(({ progress }) => (progress ? [[progress.label, progress.done, progress.total]] : [])).slice(-3),
    [
      ['Opening the built-in voices', 0, 1],
      ['Decoding a.ogg', 0, 2],
      ['Decoding b.ogg', 1, 2],
    ],
  );
  assert.deepEqual(loadedOf(audio), ['loaded', 2, undefined]);
});

test('voices that the site lacks are named with the server’s answer', async (t) => {
  const { audio } = openPage(t);
  serve(t, {});
  await audio.add({ kind: 'voices' });
  assert.deepEqual(audio.state.value, {
    kind: 'empty',
    failure: { code: 'voices_missing', message: 'voices/sprites.json: 404 Not Found' },
  });
});

test('a sprite pack is read from the folder of its index', async (t) => {
  const { audio, worker } = openPage(t);
  decodeWith(t);
  const files = [picked('p/sprites.json', INDEX), picked('p/a.ogg'), picked('p/b.ogg'), picked('q/a.ogg')];
  await audio.add({ kind: 'sprites', name: 'p', files });
  assert.deepEqual(
    worker.payloads(CLIPS_ADD_SPRITE).map(({ sprite }) => sprite),
    ['a.ogg', 'b.ogg'],
  );
});

for (const [name, files, code, message] of [
  ['has no index', [picked('a.ogg')], 'bad_sprites', /There is no sprites.json/],
  ['misses a file that its index names', [picked('sprites.json', INDEX), picked('a.ogg')], 'bad_sprites', /“b.ogg”/],
  ['has an index that is no JSON', [picked('sprites.json', '{')], 'bad_sprites', /could not be read/],
  ['has an index without sprites', [picked('sprites.json', '{}')], 'bad_sprites', /could not be read/],
  ['lists no audio', [picked('sprites.json', '{"sprites": []}')], 'bad_sprites', /lists no audio files/],
]) {
  test(`a sprite pack that ${name} is refused, and nothing of it stays`, async (t) => {
    const { audio, worker, secondsOf } = openPage(t);
    decodeWith(t);
    await audio.add({ kind: 'sprites', name: 'pack', files });
    assert.equal(audio.state.value.kind, 'empty');
    assert.equal(audio.state.value.failure.code, code);
    assert.match(audio.state.value.failure.message, message);
    assert.equal(secondsOf(worker), 0);
  });
}

test('audio that the browser cannot decode is named with its size', async (t) => {
  const { audio } = openPage(t);
  decodeWith(t, () => {
    throw new DOMException('Unable to decode', 'EncodingError');
  });
  const index = JSON.stringify({ sprites: [{ file: 'a.ogg' }] });
  await audio.add({ kind: 'sprites', name: 'p', files: [picked('sprites.json', index), picked('a.ogg', '12345')] });
  assert.deepEqual(audio.state.value.failure, {
    code: 'bad_audio',
    message: '“a.ogg” (5 bytes) could not be decoded. (Unable to decode)',
  });
});

test('a sprite pack in a zip is unpacked by the worker and decoded here', async (t) => {
  const { audio, worker, answers } = openPage(t);
  decodeWith(t);
  const files = ['a.ogg', 'b.ogg'].map((file) => ({ file, bytes: Uint8Array.of(1) }));
  answers[CLIPS_ADD_ZIP] = () => ({ ...countsOf(0), pack: { index: INDEX, files } });
  await audio.add({ kind: 'zip', name: 'pack.zip', file: new File(['x'], 'pack.zip') });
  assert.deepEqual(
    worker.payloads(CLIPS_ADD_SPRITE).map(({ sprite }) => sprite),
    ['a.ogg', 'b.ogg'],
  );
  assert.deepEqual(loadedOf(audio), ['loaded', 2, undefined]);
});

test('a training that wants more than is there has only the rest sent', async (t) => {
  const { audio, worker } = openPage(t);
  const [words, recording] = [filesOf('words', 2), filesOf('recorded', 1)];
  await audio.add(words);
  await audio.hold([words, recording], new AbortController().signal);
  assert.deepEqual(audio.sources, [words, recording]);
  assert.equal(worker.payloads(CLIPS_ADD_FILES).length, 2);
  assert.equal(worker.payloads(CLIPS_CLEAR).length, 1, 'for the first');
  await audio.hold([words, recording], new AbortController().signal);
  assert.equal(worker.payloads(CLIPS_ADD_FILES).length, 2);
});

test('a training that wants other audio than is there has all of its own sent', async (t) => {
  const { audio, worker, secondsOf } = openPage(t);
  const [words, other] = [filesOf('words', 2), filesOf('other', 5)];
  await audio.add(words);
  await audio.hold([other, words], new AbortController().signal);
  assert.deepEqual(audio.sources, [other, words]);
  assert.equal(secondsOf(worker), 7);
});

test('audio that a dead worker held is sent again before any is added', async (t) => {
  const { audio, workers, secondsOf } = openPage(t);
  const [words, more] = [filesOf('words', 2), filesOf('more', 3)];
  await audio.add(words);
  workers[0].die();
  workers[1].boot();
  await audio.add(more);
  assert.deepEqual(audio.sources, [words, more]);
  assert.equal(secondsOf(workers[1]), 5);
});

test('a worker that dies during an addition leaves what was there before, in the next worker', async (t) => {
  const { audio, workers, answers, secondsOf } = openPage(t);
  const words = filesOf('words', 2);
  await audio.add(words);
  answers[CLIPS_ADD_ZIP] = () => new Promise(() => {});
  const adding = audio.add({ kind: 'zip', name: 'all.zip', file: new File(['12345'], 'all.zip') });
  await until(() => workers[0].types.includes(CLIPS_ADD_ZIP));
  workers[0].die();
  workers[1].boot();
  await adding;
  assert.deepEqual(loadedOf(audio), ['loaded', 2, 'worker_died']);
  assert.deepEqual(audio.sources, [words]);
  assert.equal(secondsOf(workers[1]), 2);
});

test('audio that cannot be loaded again is not there any more', async (t) => {
  const { audio, answers } = openPage(t);
  await audio.add(filesOf('words', 2));
  answers[CLIPS_ADD_FILES] = () => {
    throw new Refusal('too_many_clips', 'more than fits');
  };
  await assert.rejects(audio.load(audio.sources), { code: 'too_many_clips' });
  assert.deepEqual(audio.state.value, { kind: 'empty' });
});

test('loading what was chosen cannot be cancelled as an addition can', async (t) => {
  const { audio, answers, worker } = openPage(t);
  await audio.add(filesOf('more', 3));
  answers[CLIPS_ADD_FILES] = () => new Promise(() => {});
  audio.load([filesOf('words', 2)]);
  await until(() => worker.payloads(CLIPS_ADD_FILES).length === 2);
  assert.deepEqual([audio.state.value.canCancel, audio.state.value.counts], [false, null]);
  audio.cancel();
  await settled();
  assert.deepEqual(worker.payloads(CANCEL), []);
});
