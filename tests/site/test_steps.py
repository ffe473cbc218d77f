"""Build steps: what their names depend on, and what an interrupted one leaves."""

import multiprocessing
import threading
import time
from pathlib import Path

import pytest
from engine import steps
from engine.steps import MARKER, Step, hash_of, locked


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(steps, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def no_files(folder: Path) -> None:
    pass


class TestHash:
    def test_depends_on_content_and_name_of_files(self, tmp_path):
        source = tmp_path / "source"
        source.mkdir()
        (source / "a.txt").write_text("1")
        before = hash_of((source,))
        (source / "a.txt").write_text("2")
        changed = hash_of((source,))
        (source / "a.txt").rename(source / "b.txt")
        renamed = hash_of((source,))
        assert len({before, changed, renamed}) == 3

    def test_does_not_depend_on_where_the_clone_is(self, tmp_path):
        for clone in ("one", "two"):
            (tmp_path / clone).mkdir()
            (tmp_path / clone / "a.txt").write_text("1")
        assert hash_of((tmp_path / "one",)) == hash_of((tmp_path / "two",))

    def test_ignores_what_interpreters_leave(self, tmp_path):
        (tmp_path / "a.py").write_text("1")
        before = hash_of((tmp_path,))
        (tmp_path / "__pycache__").mkdir()
        (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"1")
        assert hash_of((tmp_path,)) == before

    def test_tells_apart_how_inputs_are_divided(self):
        assert hash_of(("ab", "c")) != hash_of(("a", "bc"))

    def test_depends_on_the_inputs_of_earlier_steps(self):
        first, second = (Step("s", "S", (text,), no_files) for text in ("1", "2"))
        assert hash_of((first,)) != hash_of((second,))


class TestStep:
    def test_is_made_once(self):
        made = []
        step = Step("s", "S", ("1",), made.append)
        assert step.ensure() == step.ensure() == step.folder
        assert made == [step.folder]

    def test_makes_earlier_steps_first(self):
        made = []
        first = Step("first", "First", (), lambda folder: made.append("first"))
        Step("second", "Second", (first,), lambda folder: made.append("second")).ensure()
        assert made == ["first", "second"]

    @pytest.mark.parametrize("resumable", [False, True])
    def test_an_interrupted_one_is_made_again(self, resumable):
        seen = []

        def make(folder: Path) -> None:
            seen.append([file.name for file in folder.iterdir()])
            (folder / "half").touch()
            if len(seen) == 1:
                raise KeyboardInterrupt

        step = Step("s", "S", (), make, resumable=resumable)
        with pytest.raises(KeyboardInterrupt):
            step.ensure()
        assert not step.is_complete()
        step.ensure()
        assert seen == [[], ["half"] if resumable else []]
        assert step.is_complete()

    def test_only_the_newest_results_are_kept(self, cache):
        for number in range(6):
            Step("s", "S", (str(number),), no_files).ensure()
            time.sleep(0.01)
        assert len(list(cache.glob("s-*"))) == steps.N_KEPT
        assert Step("s", "S", ("5",), no_files).is_complete()

    def test_a_step_keeps_those_whose_name_it_begins(self, cache):
        (cache / f"s-source-{'0' * 16}").mkdir(parents=True)
        for number in range(6):
            Step("s", "S", (str(number),), no_files).ensure()
        assert (cache / f"s-source-{'0' * 16}").exists()


def hold(folder: Path, is_held, release) -> None:
    with locked(folder):
        is_held.set()
        release.wait(10)


def test_two_builds_take_turns(tmp_path, capfd):
    context = multiprocessing.get_context("spawn")
    is_held, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path, is_held, release))
    other.start()
    assert is_held.wait(10)
    threading.Timer(0.3, release.set).start()
    with locked(tmp_path):
        assert release.is_set()
    other.join()
    assert "Waiting for another build" in capfd.readouterr().out


def test_marker_is_no_part_of_the_page(dist):
    assert not list(dist.rglob(MARKER))
