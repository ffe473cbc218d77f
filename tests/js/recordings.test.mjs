/** The words recorded here, and what a training takes of them and of the audio that is loaded. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { countsOf, freshBrowser, serve, settled, stopClock } from './fakes.mjs';
import { Recordings } from '../../web/state/recordings.js';
import { isWhole, sourcesFor } from '../../web/state/training-sources.js';
import { Store } from '../../web/storage/store.js';
import { Observable } from '../../web/util/observable.js';

const COMMANDS = ['yes', 'no'];
const VOICES = { kind: 'voices' };
const take = (value) => ({ bytes: Uint8Array.of(value), durationS: 0.5, picture: null, failure: null });

/** The recordings as one tab has them, whose clock moves a second with each that is added. */
function openTab(t) {
  const clock = stopClock(t);
  const warnings = [];
  const recordings = new Recordings(new Store(() => {}), ({ code }) => warnings.push(code));
  const add = async (word, value) => {
    await recordings.add(word, take(value));
    await clock.pass(1000);
  };
  return { recordings, add, warnings };
}

/** Audio that is loaded: sources, and the labels counted in them. */
function audioOf(sources, labels = []) {
  const counts = { ...countsOf(1), labels: labels.map((label) => ({ label, nClips: 1, nSpeakers: 1 })) };
  return { sources, state: new Observable(sources.length ? { kind: 'loaded', counts, sources } : { kind: 'empty' }) };
}

const pathsOf = (recordings) => recordings.sources.flatMap(({ files }) => files.map(({ path }) => path));
const folder = (name) => ({ kind: 'files', name, files: [] });

beforeEach(freshBrowser);

test('a recording becomes a WAV file of its word, by one speaker, with a number of its own', async (t) => {
  const { recordings, add } = openTab(t);
  for (const [word, value] of [
    ['yes', 1],
    ['no', 2],
    ['yes', 3],
  ])
    await add(word, value);
  assert.deepEqual(pathsOf(recordings), ['yes/me_nohash_0.wav', 'no/me_nohash_0.wav', 'yes/me_nohash_1.wav']);
  const { file } = recordings.sources[2].files[0];
  assert.deepEqual([file.name, file.type], ['me_nohash_1.wav', 'audio/wav']);
  assert.deepEqual([...new Uint8Array(await file.arrayBuffer())], [3]);
  assert.deepEqual(recordings.words, ['yes', 'no']);
  assert.deepEqual(
    recordings.of('yes').map(({ saved }) => saved.take),
    [0, 1],
  );
});

test('the next visit has the recordings in the order they were made', async (t) => {
  const { recordings, add } = openTab(t);
  await add('yes', 1);
  await add('no', 2);
  await add('yes', 3);
  const next = openTab(t).recordings;
  await next.open();
  assert.deepEqual(pathsOf(next), pathsOf(recordings));
});

test('a recording made before those of earlier visits were read comes after them', async (t) => {
  await openTab(t).add('yes', 1);
  const { recordings, add } = openTab(t);
  const opening = recordings.open();
  await add('no', 2);
  await opening;
  assert.deepEqual(pathsOf(recordings), ['yes/me_nohash_0.wav', 'no/me_nohash_0.wav']);
});

test('a number that was given is not given again while a later one is there', async (t) => {
  const { recordings, add } = openTab(t);
  await add('yes', 1);
  await add('yes', 2);
  await recordings.remove(recordings.of('yes').slice(0, 1));
  await add('yes', 3);
  assert.deepEqual(pathsOf(recordings), ['yes/me_nohash_1.wav', 'yes/me_nohash_2.wav']);
});

test('recordings that were deleted come back in their places, once, however often that is asked', async (t) => {
  const { recordings, add } = openTab(t);
  for (const value of [1, 2, 3]) await add('yes', value);
  const before = pathsOf(recordings);
  const undo = await recordings.remove(recordings.all.value.slice(0, 2));
  assert.deepEqual(pathsOf(recordings), before.slice(2));
  const meanwhile = openTab(t).recordings;
  await meanwhile.open();
  assert.deepEqual(pathsOf(meanwhile), before.slice(2));
  await undo();
  await undo();
  assert.deepEqual(pathsOf(recordings), before);
  const next = openTab(t).recordings;
  await next.open();
  assert.deepEqual(pathsOf(next), before);
});

test('a recording that cannot be kept lasts as long as the page, and why is told', async (t) => {
  const { recordings, add, warnings } = openTab(t);
  t.mock.method(indexedDB, 'open', () => {
    throw new DOMException('', 'SecurityError');
  });
  await recordings.open();
  assert.deepEqual(warnings, [], 'another view tells what is wrong with the storage');
  await add('yes', 1);
  assert.deepEqual(pathsOf(recordings), ['yes/me_nohash_0.wav']);
  assert.deepEqual(warnings, ['storage_unavailable']);
});

test('without recordings a training takes the audio that is loaded', async (t) => {
  const { recordings } = openTab(t);
  serve(t, { 'voices/sprites.json': '{}' });
  const words = folder('words');
  assert.deepEqual(sourcesFor(audioOf([words], ['yes', 'no']), recordings, COMMANDS), [words]);
  assert.ok(isWhole(audioOf([words]), recordings, COMMANDS));
});

test('recordings alone are told from the built-in voices, where those came with the page', async (t) => {
  const { recordings, add } = openTab(t);
  await add('yes', 1);
  assert.deepEqual(sourcesFor(audioOf([]), recordings, COMMANDS), recordings.sources);
  serve(t, { 'voices/sprites.json': '{}' });
  assert.deepEqual(sourcesFor(audioOf([]), recordings, COMMANDS), [VOICES, ...recordings.sources]);
  assert.ok(!isWhole(audioOf([]), recordings, COMMANDS));
});

test('audio with other words needs no voices; noise, and words that are recorded or commands, are none', async (t) => {
  const { recordings, add } = openTab(t);
  await add('go', 1);
  serve(t, { 'voices/sprites.json': '{}' });
  const words = folder('words');
  const taken = (...labels) => sourcesFor(audioOf([words], labels), recordings, COMMANDS);
  assert.deepEqual(taken('yes', 'stop'), [words, ...recordings.sources]);
  for (const label of ['yes', 'go', 'silence', '_silence_', '_background_noise_']) {
    assert.deepEqual(taken(label), [words, VOICES, ...recordings.sources], label);
  }
});

test('audio that holds another recording than there is, as many as there are, is not whole', async (t) => {
  const { recordings, add } = openTab(t);
  await add('yes', 1);
  const [old] = recordings.sources;
  await recordings.remove(recordings.of('yes'));
  await add('yes', 2);
  const audio = audioOf([old], ['yes']);
  assert.deepEqual(sourcesFor(audio, recordings, COMMANDS), recordings.sources);
  assert.ok(!isWhole(audio, recordings, COMMANDS));
});

test('voices that are loaded are not loaded twice', async (t) => {
  const { recordings, add } = openTab(t);
  await add('yes', 1);
  serve(t, { 'voices/sprites.json': '{}' });
  assert.deepEqual(sourcesFor(audioOf([VOICES]), recordings, COMMANDS), [VOICES, ...recordings.sources]);
});

test('recordings that are loaded keep their places, and those deleted since are left out', async (t) => {
  const { recordings, add } = openTab(t);
  await add('yes', 1);
  await add('no', 2);
  const [yes, no] = recordings.sources;
  const words = folder('words');
  const audio = audioOf([yes, words, no], ['yes', 'no', 'stop']);
  assert.ok(isWhole(audio, recordings, COMMANDS));
  await add('yes', 3);
  assert.ok(!isWhole(audio, recordings, COMMANDS));
  assert.deepEqual(sourcesFor(audio, recordings, COMMANDS), [yes, words, no, recordings.sources[2]]);
  await recordings.remove(recordings.of('no'));
  assert.deepEqual(sourcesFor(audio, recordings, COMMANDS), [yes, words, recordings.sources[1]]);
  await settled();
});
