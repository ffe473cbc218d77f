"""Fits heads on Google's speech embedding to a few recordings of two new words, and counts whom they recognise."""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sayso.arrays import F32, F64, I64, Rng
from sayso.audio.mixing import draw_stretch, mean_power, power_of, with_power
from sayso.audio.resample import resample
from sayso.cli.terminal import drain
from sayso.data.clips import CLIP_RATE_HZ, place
from sayso.data.folders import WordFile, find_words, read_audio, read_noise
from sayso.data.noise import split_noise
from sayso.features.log_mel import log_mel
from sayso.features.presets import EMBEDDING
from sayso.labels import OTHER, label_of
from sayso.models.embedding import Embedding
from sayso.models.embedding_file import read_embedding
from sayso.models.networks import Network
from sayso.training.heads import logistic_head, prototype_head

from reports.paragraphs import filled
from reports.recordings import counted

HEADS = {"prototypes": prototype_head, "logistic regression": logistic_head}
PAIRS = (("left", "right"), ("go", "stop"), ("off", "stop"), ("go", "right"))
N_ROUNDS = 8
N_EXAMPLES = (3, 5, 10)
OTHER_SHARES = (0.01, 0.03, 0.05)  # shares of the other words that may be taken for a command
SNR_DB = 10.0
WORD_SAMPLES, WINDOW_SAMPLES = CLIP_RATE_HZ, 2 * CLIP_RATE_HZ  # a word of a second stands in the middle of a window
N_OF_WORD = 60  # clips of each word by training speakers, at most, that teach what "other" is
NOISE_SEED = 1

PAGE = """\
# Own words on Google's speech embedding

{setting}

{protocol}

{table}

{cost}

{limits}

{spoken}
"""

SETTING = """\
`python3 build own-words` fits a head to a few recordings of two new words, in turn {pairs}, and to {n_others:,} clips
of other words by training speakers, {n_of_word} of a word at most, as "other". The head sees the vectors of two
seconds: the recording, cut to one second, between zeros. Prototypes are whitened; both kinds pool the vectors' mean,
maximum and standard deviation over time (`sayso.training.heads`)."""
PROTOCOL = """\
Recall, in percent, of the validation speakers who gave no recording, where the share at the top of their other words is
taken for a command: the mean of {n_rounds} rounds with other people and words, and at 3 % the range. The recordings of
a round are by {people} people, of each word exactly as many as said. At {snr_db:g} dB noise that was not in the
recordings is added to what is recognised; its threshold is that of clean sound."""
COST = "A head is fitted in {seconds} on one thread of the machine that made this page, once the vectors are there."
LIMITS = """\
Pooling and the penalty of the regression were chosen on these speakers and words, so the figures are slightly
flattering. No window holds connected speech, so the page says nothing about false alarms in a room."""
SPOKEN = "The validation speakers said {words}."


@dataclass(frozen=True)
class Windows:
    """Words as the embedding's vectors, (N, n_vectors, 96), with what was said and by whom, (N,)."""

    vectors: F32
    words: npt.NDArray[np.str_]
    speakers: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Sound:
    """What the report recognises: validation speakers in quiet and in noise; and what teaches what "other" is."""

    clean: Windows
    noisy: Windows
    others: Windows


@dataclass(frozen=True)
class Row:
    """What one kind of head does with so many recordings of each word, over all rounds."""

    head: str
    n_examples: int
    clean: F64  # (n_rounds, len(OTHER_SHARES)) recall, 0 to 1
    noisy: F64
    fit_s: float
    n_people: frozenset[int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all rounds and write the page."""
    parser = argparse.ArgumentParser(prog="python3 build own-words", description="Teach heads new words.")
    parser.add_argument("--base", type=Path, required=True, metavar="FILE", help="Google's speech embedding")
    parser.add_argument("--audio", type=Path, required=True, metavar="DIR", help="Speech Commands")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    sound = drain(read_sound(options.audio, read_embedding(options.base.read_bytes())), "vectors")
    rows = [row(sound, head, n) for head in HEADS for n in N_EXAMPLES]
    options.out.write_text(page(sound, rows), encoding="utf-8")
    print(options.out.read_text(encoding="utf-8"))


def read_sound(folder: Path, base: Embedding) -> Generator[tuple[int, int], None, Sound]:
    """Read a folder laid out as Speech Commands is; yields (files done, files in all)."""
    tested = find_words(folder, of_test_speakers=True)
    names = {each.path for each in tested}
    taught: dict[str, list[WordFile]] = defaultdict(list)
    for each in find_words(folder, of_test_speakers=False):
        if each.path not in names and len(taught[each.word]) < N_OF_WORD:
            taught[each.word].append(each)
    others = [each for files in taught.values() for each in files]
    _, noise = split_noise(read_noise(folder)[0])
    rng = np.random.default_rng(NOISE_SEED)
    vectors: dict[str, list[F32]] = defaultdict(list)
    for i, each in enumerate([*tested, *others]):
        samples = _window(each.path)
        vectors["others" if i >= len(tested) else "clean"].append(_vectors(samples, base))
        if i < len(tested):
            vectors["noisy"].append(_vectors(_with_noise(samples, noise, rng), base))
        yield i + 1, len(tested) + len(others)
    files = {"clean": tested, "noisy": tested, "others": others}
    return Sound(**{
        name: Windows(np.array(vectors[name]), np.array([each.word for each in found]),
                      np.array([each.speaker for each in found]))
        for name, found in files.items()
    })  # fmt: skip


def _window(path: Path) -> F32:
    samples, rate_hz = read_audio(path)
    samples = resample(samples, from_hz=rate_hz, to_hz=CLIP_RATE_HZ)
    return place(place(samples, n_samples=WORD_SAMPLES), n_samples=WINDOW_SAMPLES)


def _with_noise(samples: F32, noise: Sequence[F32], rng: Rng) -> F32:
    """A window in noise, whose level is told by the second that holds the word."""
    margin = (WINDOW_SAMPLES - WORD_SAMPLES) // 2
    power = mean_power(samples[margin : margin + WORD_SAMPLES]) / power_of(SNR_DB)
    return samples + with_power(draw_stretch(noise, WINDOW_SAMPLES, rng), power)


def _vectors(samples: F32, base: Embedding) -> F32:
    return base.frames_to_vectors(log_mel(samples, config=EMBEDDING))


def row(sound: Sound, head: str, n_examples: int) -> Row:
    """Draw, fit and score, round by round."""
    clean, noisy, fit_s, n_people = [], [], [], set()
    for i in range(N_ROUNDS):
        pair = PAIRS[i % len(PAIRS)]
        examples = draw_examples(sound.clean, pair, n_examples, np.random.default_rng([n_examples, i]))
        others = np.array([label_of(word, pair) == OTHER for word in sound.others.words])
        taught = {word: sound.clean.vectors[chosen] for word, chosen in examples.items()}
        started_s = time.perf_counter()
        network = HEADS[head](taught | {OTHER: sound.others.vectors[others]})
        fit_s.append(time.perf_counter() - started_s)
        givers = set(sound.clean.speakers[np.concatenate(list(examples.values()))])
        n_people.add(len(givers))
        thresholds, recall = recalls(network, sound.clean, pair, givers)
        clean.append(recall)
        noisy.append(recalls(network, sound.noisy, pair, givers, thresholds)[1])
    return Row(head, n_examples, np.array(clean), np.array(noisy), float(np.mean(fit_s)), frozenset(n_people))


def draw_examples(windows: Windows, pair: Sequence[str], n: int, rng: Rng) -> dict[str, I64]:
    """Indices of n recordings of each word, from as few people as it takes; chance decides among equals.

    Raises
    ------
    SystemExit : there are fewer recordings of a word
    """
    takes = {word: Counter(windows.speakers[windows.words == word].tolist()) for word in pair}
    people = rng.permutation(sorted({who for said in takes.values() for who in said})).tolist()
    people.sort(key=lambda who: -min(said[who] for said in takes.values()))
    chosen: dict[str, I64] = {}
    for word in pair:
        of_word = [rng.permutation(np.flatnonzero((windows.words == word) & (windows.speakers == who)))
                   for who in people]  # fmt: skip
        chosen[word] = np.concatenate(of_word)[:n].astype(np.int64)
        if len(chosen[word]) < n:
            raise SystemExit(f"{len(chosen[word])} recordings of {word!r} by test speakers: expected {n} or more")
    return chosen


def recalls(
    network: Network, windows: Windows, pair: Sequence[str], givers: Collection[str], thresholds: F64 | None = None
) -> tuple[F64, F64]:
    """Thresholds on how far a word is ahead of "other", one for each of OTHER_SHARES, and the recall at each.

    People in `givers` do not count. Thresholds that are given are kept; the recall is the mean of the words'.

    Raises
    ------
    SystemExit : nobody else said another word
    """
    logits = network.forward(windows.vectors)  # the words', in the order of the pair, then that of "other"
    ahead = logits[:, :-1].max(axis=1) - logits[:, -1]
    strangers = ~np.isin(windows.speakers, list(givers))
    meant = np.array([label_of(word, pair) for word in windows.words])
    others = strangers & (meant == OTHER)
    if thresholds is None:
        if not others.any():
            raise SystemExit("0 other words by test speakers who gave no recording: expected more test speakers")
        thresholds = np.quantile(ahead[others], 1 - np.array(OTHER_SHARES))
    found = []
    for i, word in enumerate(pair):
        said = strangers & (meant == word)
        right = logits[said, :-1].argmax(axis=1) == i
        found.append([np.mean(right & (ahead[said] > threshold)) for threshold in thresholds])
    return thresholds, np.mean(found, axis=0)


def page(sound: Sound, rows: Sequence[Row]) -> str:
    """The whole page."""
    people = sorted({n for each in rows for n in each.n_people})
    fit_s = {head: np.mean([each.fit_s for each in rows if each.head == head]) for head in HEADS}
    n_clips = dict(sorted(Counter(sound.clean.words.tolist()).items()))
    return PAGE.format(
        setting=filled(
            SETTING, pairs=", ".join(" and ".join(pair) for pair in PAIRS), n_others=len(sound.others.words),
            n_of_word=N_OF_WORD,
        ),
        protocol=filled(PROTOCOL, n_rounds=N_ROUNDS, people=f"{people[0]} to {people[-1]}", snr_db=SNR_DB),
        table=table(rows),
        cost=filled(COST, seconds=" and ".join(f"{s:.2f} s ({head})" for head, s in fit_s.items())),
        limits=filled(LIMITS),
        spoken=filled(SPOKEN, words=counted(n_clips)),
    )  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """A Markdown table of recall, in percent."""
    shares = [f"{100 * share:.0f} %" for share in OTHER_SHARES]
    lines = [["head", "recordings a word", *shares, *(f"{SNR_DB:g} dB, {share}" for share in shares)]]
    lines.append(["---"] * len(lines[0]))
    for each in rows:
        cells = [_cell(recall, ranged=share == 0.03) for recalls in (each.clean, each.noisy)
                 for share, recall in zip(OTHER_SHARES, recalls.T, strict=True)]  # fmt: skip
        lines.append([each.head, str(each.n_examples), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(recalls: F64, *, ranged: bool) -> str:
    span = f" ({100 * recalls.min():.0f} to {100 * recalls.max():.0f})" if ranged else ""
    return f"{100 * recalls.mean():.0f}{span}"


if __name__ == "__main__":
    main()
