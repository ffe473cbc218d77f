"""Samples on pages: they are read back as they were, full pages are put away, and a page goes with its last user."""

import gc
import weakref

import numpy as np
import pytest
from sayso.data.clips import ClipSet
from sayso.data.sample_store import SampleStore

from .synthetic import noise

PAGE_BYTES = 1000


class Shelf:
    """Keeps pages as JavaScript does in the tab, and counts how many there are and how often one is read."""

    def __init__(self):
        self.kept = weakref.WeakSet()
        self.n_reads = 0

    def keep(self, content):
        page = Page(bytes(content))
        self.kept.add(page)

        def read():
            self.n_reads += 1
            return page.content

        return read

    @property
    def n_pages(self):
        gc.collect()
        return len(self.kept)


class Page:
    def __init__(self, content):
        self.content = content


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def store(shelf):
    return SampleStore(shelf.keep, page_bytes=PAGE_BYTES)


def numbers(size, seed=0):
    return np.random.default_rng(seed).integers(-32768, 32767, size, dtype=np.int16)


# Among the sizes, in samples, are odd ones, some that fill a page to the last byte or one more, and one over a page.
@pytest.mark.parametrize("sizes", [[1], [7, 13, 101] * 20, [250, 250, 1], [499, 1, 1], [500, 500], [501], [3, 5000, 3]])
def test_everything_is_read_back_in_any_order(store, sizes):
    recordings = [numbers(size, seed) for seed, size in enumerate(sizes)]
    stored = [store.put(recording) for recording in recordings]
    for i in (*range(len(sizes)), *reversed(range(len(sizes)))):
        assert stored[i].size == sizes[i]
        assert stored[i].read().dtype == np.int16
        np.testing.assert_array_equal(stored[i].read(), recordings[i])


def test_types_share_pages(store):
    recordings = [numbers(3), noise(1, n_samples=5), numbers(9), noise(2, n_samples=2)]
    for stored, recording in zip([store.put(each) for each in recordings], recordings, strict=True):
        assert stored.read().dtype == recording.dtype
        assert stored.read().flags.aligned
        np.testing.assert_array_equal(stored.read(), recording)


def test_what_was_put_is_a_copy_that_cannot_be_written_to(store):
    recording = numbers(10)
    stored = store.put(recording)
    recording[:] = 0
    assert stored.read().any()
    with pytest.raises(ValueError, match="read-only"):
        stored.read()[0] = 1


def test_no_recording_lies_on_two_pages(store):
    stored = [store.put(numbers(201, seed)) for seed in range(9)]  # 402 bytes each, so that two fit on a page
    assert [len({id(stored[i].page), id(stored[i + 1].page)}) for i in range(0, 8, 2)] == [1] * 4
    assert len({id(each.page) for each in stored}) == 5


def test_only_the_page_that_is_being_filled_is_here(store, shelf):
    stored = [store.put(numbers(250, seed)) for seed in range(8)]  # 500 bytes each, so that two fill a page
    assert shelf.n_pages == 3
    for each in stored[6:]:
        each.read()
    assert shelf.n_reads == 0


def test_reading_in_order_reads_every_page_once(store, shelf):
    stored = [store.put(numbers(50, seed)) for seed in range(100)]
    for each in stored:
        each.read()
    assert shelf.n_reads == shelf.n_pages == 9


def add(clips, n):
    for seed in range(n):
        clips.add(noise(seed, n_samples=2000), rate_hz=16_000, word="yes", speaker=f"s{seed}", path="")


def test_pages_go_with_the_clips_that_are_on_them(store, shelf):
    clips = ClipSet(store=store)
    add(clips, 2)  # each is longer than a page, and gets one of its own
    before = clips.copy()
    add(clips, 3)
    assert shelf.n_pages == 5
    clips = before  # nothing holds the three clips that came later
    assert shelf.n_pages == 2
    assert clips.clips[1].pcm.size == 2000
    add(clips, 1)
    assert shelf.n_pages == 3
    del clips, before, store


def test_nothing_is_left_of_clips_that_are_cleared():
    shelf = Shelf()
    clips = ClipSet(store=SampleStore(shelf.keep, page_bytes=PAGE_BYTES))
    add(clips, 3)
    clips.clips[0].pcm  # noqa: B018  because reading it leaves its page at hand
    del clips
    assert not shelf.kept  # though nobody called the garbage collector: there are no reference cycles
