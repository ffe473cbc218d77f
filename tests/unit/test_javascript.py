"""What JavaScript holds, collected inside Pyodide alone: pages, audio, files read from where they lie."""

import io
import weakref
import zipfile

import js
import numpy as np
import pytest
from pyodide.code import run_js
from sayso.data.archive import ZipOfClips
from sayso.data.clips import ClipSet
from sayso.worker.javascript import FILE_BUFFER_BYTES, Samples, keep_outside, open_blob

from .errors import refused
from .page import zip_of
from .synthetic import noise, wav

# As a browser's worker has them; Node cannot read a Blob without waiting. Counts the bytes that are read.
BLOBS = """() => {
  globalThis.FileReaderSync = class {
    readAsArrayBuffer(blob) {
      if (blob.isGone) throw new DOMException('The file could not be read.', 'NotReadableError');
      blob.whole.nRead += blob.size;
      return blob.content.slice().buffer;
    }
  };
  class Blob {
    constructor(content, whole) {
      this.content = content;
      this.whole = whole ?? this;
      this.nRead = 0;
    }
    get size() { return this.content.length; }
    get isGone() { return this.whole.isDeleted; }
    slice(start, end) { return new Blob(this.content.subarray(start, end), this.whole); }
  }
  return (content) => new Blob(content);
}"""


@pytest.fixture
def blob_of():
    make = run_js(BLOBS)()
    yield lambda content: make(to_js(content))
    del js.FileReaderSync


def to_js(content):
    array = js.Uint8Array.new(len(content))
    array.assign(content)
    return array


def test_a_page_is_read_back_and_goes_with_its_reader():
    content = bytes(range(256)) * 10
    read = keep_outside(memoryview(content))
    assert read() == read() == content
    gone = weakref.ref(read)
    del read
    assert gone() is None


def test_any_part_of_audio_becomes_an_array():
    recording = noise(0, n_samples=1000)
    array = js.Float32Array.new(1000)
    array.assign(recording)
    samples = Samples(array)
    assert samples.size == 1000
    for part in (slice(0, 10), slice(990, 1000), slice(500, 500), slice(None)):
        assert samples[part].dtype == np.float32
        np.testing.assert_array_equal(samples[part], recording[part])
    np.testing.assert_array_equal(np.asarray(samples, np.float32), recording)


def test_a_blob_reads_as_the_same_bytes_in_memory(blob_of):
    content = np.random.default_rng(0).bytes(3 * FILE_BUFFER_BYTES + 17)
    file, same = open_blob(blob_of(content)), io.BytesIO(content)
    for offset, whence, n in [
        (0, 0, 10), (FILE_BUFFER_BYTES - 3, 0, 7), (-30, 2, 100), (5, 0, 2 * FILE_BUFFER_BYTES), (100, 1, 9),
        (-50, 1, 20), (len(content) + 9, 0, 5), (0, 0, -1),
    ]:  # fmt: skip
        assert file.seek(offset, whence) == same.seek(offset, whence)
        assert file.read(n) == same.read(n)
        assert file.tell() == same.tell()
    with pytest.raises(OSError, match="beginning"):
        file.seek(-len(content) - 1, 2)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_read_where_it_lies_once_and_in_parts(blob_of, compression):
    packed = io.BytesIO()
    recordings = [noise(seed, n_samples=160_000) for seed in range(12)]
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for i, recording in enumerate(recordings):
            archive.writestr(f"yes/{i}.wav", wav(recording))
    blob, clips = blob_of(packed.getvalue()), ClipSet()
    list(ZipOfClips(open_blob(blob)).add_files(clips, archive="a.zip"))
    assert len(clips.clips) == 12
    for clip, recording in zip(clips.clips, recordings, strict=True):
        assert np.abs(clip.samples - recording).max() <= 2**-15
    assert blob.nRead < 1.2 * blob.size + 3 * FILE_BUFFER_BYTES


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all" * 10, zip_of({"a": b"a" * 99}).getvalue()[:-30]])
def test_what_is_not_a_zip_is_refused_as_it_is_on_a_desk(blob_of, content):
    with refused("zip_undecodable", f"{len(content)} bytes"):
        ZipOfClips(open_blob(blob_of(content)))


def test_a_file_that_goes_away_is_a_failure_of_what_is_left(blob_of):
    blob = blob_of(zip_of({f"yes/{i}.wav": wav(noise(i, n_samples=160_000)) for i in range(8)}).getvalue())
    clips, archive = ClipSet(), ZipOfClips(open_blob(blob))
    steps = archive.add_files(clips, archive="a.zip")
    next(steps)
    blob.isDeleted = True
    list(steps)
    assert 1 <= len(clips.clips) < 8
    assert {rejected.code for rejected in clips.rejected} == {"zip_undecodable"}
    assert all("NotReadableError" in rejected.message for rejected in clips.rejected)
    with refused("zip_undecodable", "NotReadableError"):
        ZipOfClips(open_blob(blob))
