/** What becomes of files that a person picks or drops, and what files are called that go out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picked, stopClock } from './fakes.mjs';
import { classify, download, droppedFiles, modelFileName, pickedFiles } from '../../web/state/files.js';
import { ACCEPTED_AUDIO, ACCEPTED_MODELS, SPRITE_SUFFIXES } from '../../web/util/file-kinds.js';

/** A file that says it is so large, and is not. */
function sized(path, size) {
  return { path, file: { name: path.split('/').at(-1), size } };
}

const paths = (files) => files.map(({ path }) => path);

test('a folder of WAV files is training audio named after the folder', () => {
  const files = [picked('words/yes/ann_nohash_0.wav'), picked('words/no/bob_nohash_0.WAV'), picked('words/notes.md')];
  const { kind, source } = classify(files);
  assert.deepEqual([kind, source.kind, source.name], ['audio', 'files', 'words']);
  assert.deepEqual(paths(source.files), ['words/yes/ann_nohash_0.wav', 'words/no/bob_nohash_0.WAV']);
});

test('the lists that tell who is a test speaker come with the recordings', () => {
  const wanted = ['all/yes/a.wav', 'all/testing_list.txt', 'all/validation_list.txt'];
  const { source } = classify(
    [...wanted, 'all/README.txt', 'all/old_testing_list.txt.bak'].map((path) => picked(path)),
  );
  assert.deepEqual(paths(source.files), wanted);
});

test('files picked by themselves are named after the first of them', () => {
  assert.equal(classify([picked('yes.wav')]).source.name, 'yes.wav');
  assert.equal(classify(['yes.wav', 'no.wav', 'go.wav'].map((path) => picked(path))).source.name, 'yes.wav and 2 more');
});

test('sprites.json makes a sprite pack of the files beside it', () => {
  const files = [picked('pack/voices-1.ogg'), picked('pack/sprites.json')];
  assert.deepEqual(classify(files), { kind: 'audio', source: { kind: 'sprites', name: 'pack', files } });
});

test('a file whose name only ends like sprites.json is none', () => {
  assert.equal(classify([picked('mysprites.json')]).kind, 'model');
});

test('a zip is training audio under its own name', () => {
  const [zip] = [picked('downloads/Words.ZIP')];
  assert.deepEqual(classify([zip, picked('downloads/readme.md')]), {
    kind: 'audio',
    source: { kind: 'zip', name: 'Words.ZIP', file: zip.file },
  });
});

test('a safetensors file is a model, and so is the JSON of the 2017 demo if it comes alone', () => {
  for (const name of ['mine.safetensors', 'weights_2017.json']) {
    const { path, file } = picked(name);
    assert.deepEqual(classify([{ path, file }]), { kind: 'model', file });
  }
  assert.throws(() => classify([picked('a.json'), picked('b.json')]), { code: 'files_unknown' });
});

test('what the pickers offer is taken once it is picked, and what is not offered is refused', () => {
  for (const suffix of ACCEPTED_MODELS.split(',')) assert.equal(classify([picked(`mine${suffix}`)]).kind, 'model');
  for (const suffix of ACCEPTED_AUDIO.split(',')) {
    const files = suffix === '.json' ? [picked('sprites.json')] : [picked(`mine${suffix.toUpperCase()}`)];
    if (SPRITE_SUFFIXES.includes(suffix)) files.push(picked('sprites.json'));
    assert.equal(classify(files).kind, 'audio', suffix);
  }
  for (const name of ['song.mp3', 'wav', 'zip.txt']) {
    assert.throws(() => classify([picked(name)]), { code: 'files_unknown' });
  }
});

test('of several archives or models at once none is taken, and two are named', () => {
  const files = ['a.zip', 'b.safetensors', 'c.zip'].map((path) => picked(path));
  assert.throws(() => classify(files), {
    code: 'files_several',
    message: '“a.zip” and “b.safetensors” came together.',
  });
});

test('files of no use are refused by the first one’s name and the number of the others', () => {
  const refusal = (...names) => {
    try {
      classify(names.map((path) => picked(path)));
    } catch (error) {
      assert.equal(error.code, 'files_unknown');
      return error.message;
    }
    return assert.fail('nothing was refused');
  };
  assert.equal(refusal('song.flac'), 'Found “song.flac”.');
  assert.equal(refusal('a.png', 'b.png', 'c.png'), 'Found “a.png” and 2 more.');
  assert.equal(refusal(), 'Found no files.');
});

test('a file too large for what it is named as is refused with both sizes, before it is read', () => {
  assert.throws(() => classify([sized('all.zip', 500e6 + 1e5)]), {
    code: 'zip_too_large',
    message: 'all.zip is 500.1 MB: expected at most 500.0 MB.',
  });
  assert.throws(() => classify([sized('big.safetensors', 64e6 + 1e5)]), { code: 'file_too_large' });
  assert.throws(() => classify([sized('big.json', 65e6)]), { code: 'file_too_large' });
});

test('a file of just the size allowed is taken', () => {
  assert.equal(classify([sized('all.zip', 500e6)]).kind, 'audio');
  assert.equal(classify([sized('big.safetensors', 64e6)]).kind, 'model');
});

test('files picked keep their path in the folder picked, or their name', () => {
  const [inFolder, alone] = [new File([], 'a.wav'), new File([], 'b.wav')];
  Object.defineProperty(inFolder, 'webkitRelativePath', { value: 'words/yes/a.wav' });
  assert.deepEqual(pickedFiles({ files: [inFolder, alone] }), [
    { path: 'words/yes/a.wav', file: inFolder },
    { path: 'b.wav', file: alone },
  ]);
  assert.deepEqual(pickedFiles({ files: null }), []);
});

/** Entries of a file system as a drop brings them; a folder tells its children two at a time. */
function fileEntry(fullPath, error) {
  const file = new File([], fullPath.split('/').at(-1));
  return { isFile: true, fullPath, file: (resolve, reject) => (error ? reject(error) : resolve(file)) };
}
function folderEntry(fullPath, ...children) {
  return {
    isFile: false,
    fullPath,
    createReader() {
      const left = [...children];
      return { readEntries: (resolve) => queueMicrotask(() => resolve(left.splice(0, 2))) };
    },
  };
}
const itemOf = (entry) => ({ webkitGetAsEntry: () => entry, getAsFile: () => assert.fail('it has an entry') });

test('folders dropped are opened to any depth, however many files they hold', async () => {
  const many = Array.from({ length: 5 }, (_, i) => fileEntry(`/words/yes/ann_nohash_${i}.wav`));
  const folder = folderEntry('/words', folderEntry('/words/yes', ...many), folderEntry('/words/empty'));
  const found = await droppedFiles({ items: [itemOf(folder), itemOf(fileEntry('/model.safetensors'))] });
  assert.deepEqual(paths(found), [
    ...Array.from({ length: 5 }, (_, i) => `words/yes/ann_nohash_${i}.wav`),
    'model.safetensors',
  ]);
  assert.equal(found[0].file.name, 'ann_nohash_0.wav');
});

test('a file that a script dropped, which has no entry, is taken; a text is not', async () => {
  const file = new File([], 'made.wav');
  const items = [file, null].map((made) => ({ webkitGetAsEntry: () => null, getAsFile: () => made }));
  assert.deepEqual(await droppedFiles({ items }), [{ path: 'made.wav', file }]);
});

test('a dropped file that cannot be read is an error and not forgotten', async () => {
  const broken = fileEntry('/words/a.wav', new DOMException('gone', 'NotFoundError'));
  await assert.rejects(droppedFiles({ items: [itemOf(folderEntry('/words', broken))] }), { name: 'NotFoundError' });
});

test('a model’s name becomes a file name of letters and digits in any script', () => {
  const tensors = new Uint8Array([8, 0]);
  const cases = {
    'yes and no': 'yes-and-no',
    '  Übung № 2!  ': 'übung-2',
    'да / нет': 'да-нет',
    '../../etc': 'etc',
    '???': 'model',
    '': 'model',
  };
  for (const [name, stem] of Object.entries(cases)) assert.equal(modelFileName(name, tensors), `${stem}.safetensors`);
});

test('bytes go out as a file of the name given, and their address is given up a minute later', async (t) => {
  const clock = stopClock(t);
  const revoked = t.mock.method(URL, 'revokeObjectURL').mock;
  const blobs = [];
  t.mock.method(URL, 'createObjectURL', (blob) => `blob:${blobs.push(blob)}`);
  const clicked = [];
  globalThis.document = {
    createElement: (tag) => ({
      tag,
      click() {
        clicked.push({ ...this });
      },
    }),
  };
  t.after(() => delete globalThis.document);
  download(Uint8Array.of(1, 2), 'mine.safetensors');
  const [{ tag, href, download: name }] = clicked;
  assert.deepEqual([tag, href, name], ['a', 'blob:1', 'mine.safetensors']);
  assert.deepEqual([...new Uint8Array(await blobs[0].arrayBuffer())], [1, 2]);
  await clock.pass(59_000);
  assert.equal(revoked.callCount(), 0);
  await clock.pass(1_000);
  assert.deepEqual(revoked.calls[0].arguments, ['blob:1']);
});

test('the 2017 demo’s weights go out as the JSON they came as', () => {
  assert.equal(modelFileName('Demo', new TextEncoder().encode('{"nodes": []}')), 'demo.json');
});
