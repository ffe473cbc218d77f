"""How a network is trained, and how the examples it is trained on are varied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sayso.config.base import Config, require

MAX_DB = 150.0  # the power of such a level, 10 ** 15, is far within float32


@dataclass(frozen=True)
class AugmentConfig(Config):
    """How training examples are varied; levels, in dB, are drawn uniformly between their bounds."""

    shift_ms: float = 150.0  # a word is moved by up to this much, earlier or later
    tempo: float = 1.15  # a word is spoken up to this many times faster or slower
    warp: float = 0.1  # a vocal tract is up to this share longer or shorter
    neighbour_share: float = 0.3  # this share of the examples has another word before or after
    gain_min_db: float = -12.0
    gain_max_db: float = 6.0
    noise_share: float = 0.8  # this share of the examples has noise
    snr_min_db: float = 3.0
    snr_max_db: float = 40.0
    silence_min_dbfs: float = -75.0
    silence_max_dbfs: float = -14.0
    digital_silence_share: float = 0.1  # this share of the silence examples is all zeros
    burst_share: float = 0.2  # this share of the silence examples has knocks and clicks
    context_ms: float = 600.0  # sound before the window, which PCEN starts from: what was heard just before a word
    context_db: float = 6.0  # the noise in that sound is up to this much louder or softer than in the window
    fresh_share: float = 0.5  # for this share of the examples PCEN starts with the window instead
    mask_ms: float = 100.0  # longest stretch of time that is blanked
    mask_share: float = 0.1  # widest stretch of bands that is blanked, as a share of all bands

    def __post_init__(self) -> None:
        require(0 <= self.shift_ms <= 500, "shift_ms", self.shift_ms, "0 to 500")
        require(1 <= self.tempo <= 4, "tempo", self.tempo, "1 to 4")
        require(0 <= self.warp <= 1, "warp", self.warp, "0 to 1")
        require(0 <= self.context_ms <= 5000, "context_ms", self.context_ms, "0 to 5000")
        require(0 <= self.context_db <= MAX_DB, "context_db", self.context_db, f"0 to {MAX_DB:g}")
        require(0 <= self.mask_ms <= 5000, "mask_ms", self.mask_ms, "0 to 5000")
        for kind in ("noise", "digital_silence", "neighbour", "burst", "fresh", "mask"):
            name = f"{kind}_share"
            share = getattr(self, name)
            require(0 <= share <= 1, name, share, "0 to 1")
        for low, high in (("gain_min_db", "gain_max_db"), ("snr_min_db", "snr_max_db"),
                          ("silence_min_dbfs", "silence_max_dbfs")):  # fmt: skip
            least, most = getattr(self, low), getattr(self, high)
            require(-MAX_DB <= least <= most, low, least, f"-{MAX_DB:g} to {high}")
            require(most <= MAX_DB, high, most, f"up to {MAX_DB:g}")


@dataclass(frozen=True)
class TrainConfig(Config):
    """One training run: the same clips and the same seed give the same weights, bit for bit, on one machine."""

    network: str
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    batch_size: int = 64
    n_iterations: int = 500
    seed: int = 1
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_share: float = 0.05  # the learning rate rises during this share of the iterations
    weight_decay: float = 1e-2
    momentum: float = 0.9  # only SGD uses momentum
    label_smoothing: float = 0.1
    averaging: float = 0.998  # decay of the weights' moving average; 0 switches it off
    other_weight: float = 1.25  # "other" is drawn this many times as often as a command
    silence_weight: float = 0.25  # silence is drawn this many times as often as a command
    word_balance: float = 0.25  # 0 draws the clips of a label equally often; 1 draws its words equally often
    # beside a bank, this share of a label's draws is of a person's own clips; 0 draws own clips and the bank's alike
    own_share: float = 0.0
    n_scenes: int = 2000  # a base hears at least so many scenes before training; networks without one draw new ones
    background_share: float = 0.2  # on a base, this share of the examples is of sound in which nobody says a command
    evaluate_every: int = 20  # iterations from one measurement of the accuracy to the next
    n_evaluate: int = 256  # test clips that one measurement takes at most
    augment: AugmentConfig = AugmentConfig()

    def __post_init__(self) -> None:
        require(0 < self.learning_rate <= 100, "learning_rate", self.learning_rate, "over 0, up to 100")
        require(2 <= self.batch_size <= 1024, "batch_size", self.batch_size, "2 to 1024")
        require(1 <= self.n_iterations <= 1_000_000, "n_iterations", self.n_iterations, "1 to 1000000")
        require(0 <= self.seed < 2**53, "seed", self.seed, "0 to 2**53 - 1")
        require(0 <= self.warmup_share < 1, "warmup_share", self.warmup_share, "0 up to 1")
        require(0 <= self.weight_decay < 1, "weight_decay", self.weight_decay, "0 up to 1")
        require(0 <= self.momentum < 1, "momentum", self.momentum, "0 up to 1")
        require(0 <= self.label_smoothing < 1, "label_smoothing", self.label_smoothing, "0 up to 1")
        require(0 <= self.averaging < 1, "averaging", self.averaging, "0 up to 1")
        require(0 <= self.other_weight <= 1000, "other_weight", self.other_weight, "0 to 1000")
        require(0 <= self.silence_weight <= 1000, "silence_weight", self.silence_weight, "0 to 1000")
        require(0 <= self.word_balance <= 1, "word_balance", self.word_balance, "0 to 1")
        require(0 <= self.own_share <= 1, "own_share", self.own_share, "0 to 1")
        require(1 <= self.n_scenes <= 1_000_000, "n_scenes", self.n_scenes, "1 to 1000000")
        require(0 <= self.background_share < 1, "background_share", self.background_share, "0 up to 1")
        require(self.evaluate_every >= 1, "evaluate_every", self.evaluate_every, ">= 1")
        require(self.n_evaluate >= 1, "n_evaluate", self.n_evaluate, ">= 1")
