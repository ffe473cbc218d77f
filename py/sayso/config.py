"""Every number the package is steered by, as frozen dataclasses; each validates itself when made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sayso.typed import Typed, refuse_unless

# what bounds the memory that a hostile model file can make us allocate
MAX_IMAGE_VALUES = 20_000
MAX_BANK_VALUES = 1_000_000
MAX_OVERLAP = 64  # windows over one sample
MAX_DB = 150.0  # float32 holds the power of it


def require(condition: bool, name: str, value: object, expected: str) -> None:
    """Raise `bad_config`, naming the field, its value and what was expected, unless the condition holds."""
    refuse_unless(condition, "bad_config", name, value, expected)


class Config(Typed):
    """Base of the configurations: to and from the JSON that model files carry."""

    code = "bad_config"


@dataclass(frozen=True)
class PcenConfig(Config):
    """Per-channel energy normalisation, `(E / (eps + S)**gain + bias)**power - bias**power`.

    Source
    ------
    Wang et al. 2017, "Trainable frontend for robust and far-field keyword spotting", eq. 1 and 2; librosa.pcen.
    """

    gain: float = 0.98
    bias: float = 2.0
    power: float = 0.5
    eps: float = 1e-6
    smoothing: float = 0.025  # share of the newest frame in the smoother S
    n_start_frames: int = 10  # the smoother starts from the mean of this many frames,
    start_level: float | None = None  # or, given this, from this level in every band: librosa's own start is 1

    def __post_init__(self) -> None:
        require(0 <= self.gain <= 1, "gain", self.gain, "0 to 1")
        # a quotient by less than 1e-6 might leave float32
        require(self.bias == 0 or 1e-6 <= self.bias <= 1000, "bias", self.bias, "0, or 1e-6 to 1000")
        require(0 < self.power <= 1, "power", self.power, "over 0, up to 1")
        require(0 < self.eps <= 1e6, "eps", self.eps, "over 0, up to 1e6")
        require(0 < self.smoothing <= 1, "smoothing", self.smoothing, "over 0, up to 1")
        require(1 <= self.n_start_frames <= 1000, "n_start_frames", self.n_start_frames, "1 to 1000")
        require(self.start_level is None or 0 <= self.start_level <= 1e30, "start_level", self.start_level, "0 to 1e30")


@dataclass(frozen=True)
class FeatureConfig(Config):
    """How samples become frames. The presets are in `presets.py`; a model file carries its own copy."""

    preset: str
    sample_rate_hz: int
    window_samples: int
    hop_samples: int
    fft_samples: int
    window: Literal["hann", "hann-symmetric", "hamming", "rectangular"]  # periodic, but for the symmetric one
    spectrum: Literal["power", "magnitude"]
    mel_scale: Literal["htk", "slaney", "2017"]
    n_mels: int
    f_min_hz: float
    f_max_hz: float
    log_offset: float | None  # ln(mel + log_offset); None: one of pcen, db_floor and linear instead
    pcen: PcenConfig | None
    spectrum_scale: float = 1.0
    frame_step: int = 1  # the network sees every frame_step-th frame
    clip_samples: int = 16000  # one window of the network
    framing: Literal["window", "fft", "centre"] = "window"  # see span_samples and padding_samples
    slopes: Literal["hz", "mel"] = "hz"  # the scale on which the filters' triangles have straight sides
    mel_norm: Literal["slaney"] | None = None  # filters of an area of 1 in Hz; None: of a peak of 1
    db_floor: float | None = None  # decibels of max(mel, db_floor)
    linear: bool = False  # mel as it is

    def __post_init__(self) -> None:
        require(8000 <= self.sample_rate_hz <= 192_000, "sample_rate_hz", self.sample_rate_hz, "8000 to 192000")
        require(16 <= self.window_samples <= 65_536, "window_samples", self.window_samples, "16 to 65536")
        require(
            self.window_samples <= self.fft_samples <= 65_536,
            "fft_samples", self.fft_samples, f"{self.window_samples} to 65536",
        )  # fmt: skip
        least = math.ceil(self.span_samples / MAX_OVERLAP)
        require(
            least <= self.hop_samples <= self.span_samples,
            "hop_samples", self.hop_samples, f"{least} to {self.span_samples}",
        )  # fmt: skip
        require(1 <= self.n_mels <= 512, "n_mels", self.n_mels, "1 to 512")
        bank = (self.fft_samples // 2 + 1, self.n_mels)
        require(math.prod(bank) <= MAX_BANK_VALUES, "n_bins, n_mels", bank, f"at most {MAX_BANK_VALUES} values")
        shape = self.fft_samples, self.n_mels, self.slopes, self.mel_norm
        require(
            self.mel_scale != "2017" or shape == (1024, 20, "hz", None),
            "fft_samples, n_mels, slopes, mel_norm", shape, "(1024, 20, 'hz', None) with the mel_scale '2017'",
        )  # fmt: skip
        nyquist_hz = self.sample_rate_hz / 2
        require(
            0 <= self.f_min_hz < self.f_max_hz <= nyquist_hz,
            "f_min_hz, f_max_hz", (self.f_min_hz, self.f_max_hz), f"0 <= f_min_hz < f_max_hz <= {nyquist_hz:g}",
        )  # fmt: skip
        choices = self.log_offset, self.pcen, self.db_floor, self.linear
        n_chosen = sum(choice is not None for choice in choices[:-1]) + self.linear
        require(n_chosen == 1, "log_offset, pcen, db_floor, linear", choices, "exactly one")
        require(
            self.log_offset is None or 0 < self.log_offset <= 1e6, "log_offset", self.log_offset, "over 0, up to 1e6"
        )
        require(self.db_floor is None or 1e-30 <= self.db_floor <= 1e6, "db_floor", self.db_floor, "1e-30 to 1e6")
        require(0 < self.spectrum_scale <= 2.0**64, "spectrum_scale", self.spectrum_scale, "over 0, up to 2**64")
        require(1 <= self.frame_step <= 16, "frame_step", self.frame_step, "1 to 16")
        require(
            self.least_samples <= self.clip_samples <= 10 * self.sample_rate_hz,
            "clip_samples", self.clip_samples, f"{self.least_samples} to {10 * self.sample_rate_hz}",
        )  # fmt: skip
        n_values = math.prod(self.image_shape)
        require(n_values <= MAX_IMAGE_VALUES, "image_shape", self.image_shape, f"at most {MAX_IMAGE_VALUES} values")

    @property
    def span_samples(self) -> int:
        """What a frame takes from the signal: its window, or the whole FFT with the window in the middle.

        Frame t's span starts at sample t hop_samples of the padded signal. VGGish, tf.signal and Kaldi frame by the
        window; librosa by the FFT.
        """
        return self.window_samples if self.framing == "window" else self.fft_samples

    @property
    def padding_samples(self) -> int:
        """Zeros before the first sample and behind the last: half an FFT if frames are centred, librosa's `center`."""
        return self.fft_samples // 2 if self.framing == "centre" else 0

    @property
    def least_samples(self) -> int:
        """Samples of the shortest clip that has a frame."""
        return max(1, self.span_samples - 2 * self.padding_samples)

    def count_frames(self, n_samples: int) -> int:
        """Frames of a clip of at least least_samples."""
        return 1 + (n_samples + 2 * self.padding_samples - self.span_samples) // self.hop_samples

    def end_samples(self, n_frames: int) -> int:
        """Samples from the start of a stream that its first n_frames frames are made of."""
        return (n_frames - 1) * self.hop_samples + self.span_samples - self.padding_samples

    @property
    def n_frames(self) -> int:
        """Frames in a clip of clip_samples."""
        return self.count_frames(self.clip_samples)

    @property
    def image_shape(self) -> tuple[int, int]:
        """(T, M) of what the network sees."""
        return math.ceil(self.n_frames / self.frame_step), self.n_mels


@dataclass(frozen=True)
class AugmentConfig(Config):
    """How training examples are varied; levels in dB, drawn uniformly."""

    shift_ms: float = 150.0
    tempo: float = 1.15  # words up to this many times faster or slower
    warp: float = 0.1  # vocal tracts up to this share longer or shorter
    neighbour_share: float = 0.3  # of the examples have another word before or after
    gain_min_db: float = -12.0
    gain_max_db: float = 6.0
    noise_share: float = 0.8  # of the examples
    snr_min_db: float = 3.0
    snr_max_db: float = 40.0
    silence_min_dbfs: float = -75.0
    silence_max_dbfs: float = -14.0
    digital_silence_share: float = 0.1  # of the silence examples
    burst_share: float = 0.2  # of the silence examples have knocks and clicks in them
    context_ms: float = 600.0  # heard before the window
    context_db: float = 6.0  # the noise in it is up to so much louder or softer
    fresh_share: float = 0.5  # of the examples have no context
    mask_ms: float = 100.0  # the longest stretch of time that is blanked
    mask_share: float = 0.1  # the widest stretch of bands, of all of them

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
    """One training run; with the same clips and the same seed it repeats bit for bit on one machine."""

    network: str
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    batch_size: int = 64
    n_iterations: int = 500
    seed: int = 1
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup_share: float = 0.05
    weight_decay: float = 1e-2
    momentum: float = 0.9
    label_smoothing: float = 0.1
    averaging: float = 0.998  # of the average of the weights, what is left of it after a step; 0: no average
    other_weight: float = 1.25  # how often "other" is drawn, a command being 1
    silence_weight: float = 0.25
    word_balance: float = 0.25  # within a label: 0 draws clips alike, 1 words alike, however many clips they have
    own_share: float = 0.0  # of a label's draws that are of one's own clips, where there is a bank; 0: all clips alike
    evaluate_every: int = 20
    n_evaluate: int = 256
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
        require(self.evaluate_every >= 1, "evaluate_every", self.evaluate_every, ">= 1")
        require(self.n_evaluate >= 1, "n_evaluate", self.n_evaluate, ">= 1")


@dataclass(frozen=True)
class DetectorConfig(Config):
    """When posteriors become a detection."""

    threshold: float = 0.6
    smoothing_ms: float = 400.0
    refractory_ms: float = 900.0
    hop_ms: float = 100.0  # one window of the network each
    offsets: tuple[float, ...] = ()  # of each command's threshold from `threshold`; none: one for all

    def __post_init__(self) -> None:
        require(0 < self.threshold < 1, "threshold", self.threshold, "over 0, under 1")
        require(0 <= self.smoothing_ms <= 2000, "smoothing_ms", self.smoothing_ms, "0 to 2000")
        require(0 <= self.refractory_ms <= 10_000, "refractory_ms", self.refractory_ms, "0 to 10000")
        require(10 <= self.hop_ms <= 1000, "hop_ms", self.hop_ms, "10 to 1000")
        require(all(-1 < offset < 1 for offset in self.offsets), "offsets", self.offsets, "over -1, under 1")
