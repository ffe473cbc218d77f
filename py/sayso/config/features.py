"""How samples become frames: the window, the spectrum, the mel bands, and how these are compressed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sayso.config.base import Config, require

# These bound the memory that a hostile model file can make Sayso allocate.
MAX_IMAGE_VALUES = 20_000
MAX_BANK_VALUES = 1_000_000
MAX_OVERLAP = 64  # how many windows may hold one sample


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
    n_start_frames: int = 10  # the smoother starts from the mean of this many frames
    # the smoother starts from this level in every band instead, if it is given; librosa starts from 1
    start_level: float | None = None

    def __post_init__(self) -> None:
        require(0 <= self.gain <= 1, "gain", self.gain, "0 to 1")
        # `features.pcen` divides by the bias: a quotient by less than 1e-6 might leave the range of float32
        require(self.bias == 0 or 1e-6 <= self.bias <= 1000, "bias", self.bias, "0, or 1e-6 to 1000")
        require(0 < self.power <= 1, "power", self.power, "over 0, up to 1")
        require(0 < self.eps <= 1e6, "eps", self.eps, "over 0, up to 1e6")
        require(0 < self.smoothing <= 1, "smoothing", self.smoothing, "over 0, up to 1")
        require(1 <= self.n_start_frames <= 1000, "n_start_frames", self.n_start_frames, "1 to 1000")
        require(self.start_level is None or 0 <= self.start_level <= 1e30, "start_level", self.start_level, "0 to 1e30")


@dataclass(frozen=True)
class FeatureConfig(Config):
    """How samples become frames.

    `features.presets` holds those to choose from; a model file carries its own copy.
    """

    preset: str
    sample_rate_hz: int
    window_samples: int
    hop_samples: int
    fft_samples: int
    window: Literal["hann", "hann-symmetric", "hamming", "rectangular"]  # every window but hann-symmetric is periodic
    spectrum: Literal["power", "magnitude"]
    mel_scale: Literal["htk", "slaney", "2017"]
    n_mels: int
    f_min_hz: float
    f_max_hz: float
    log_offset: float | None  # frames are ln(mel + log_offset); None where pcen, db_floor or linear says what they are
    pcen: PcenConfig | None
    spectrum_scale: float = 1.0  # the mel values are multiplied by it
    frame_step: int = 1  # the network sees every frame_step-th frame
    clip_samples: int = 16000  # how much sound the network sees at once, at sample_rate_hz
    # decides where frames lie; see span_samples and padding_samples
    framing: Literal["window", "fft", "centre"] = "window"
    slopes: Literal["hz", "mel"] = "hz"  # scale on which the sides of the filters' triangles are straight
    mel_norm: Literal["slaney"] | None = None  # slaney gives each filter an area of 1 over Hz, None a peak of 1
    db_floor: float | None = None  # where given, frames are the decibels of max(mel, db_floor)
    linear: bool = False  # where true, frames are the mel values themselves

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
        """Samples of the signal that a frame is made of: its window, or the whole FFT with the window in the middle.

        The span of frame t starts at sample t * hop_samples of the padded signal. VGGish, tf.signal and Kaldi frame by
        the window; librosa by the FFT.
        """
        return self.window_samples if self.framing == "window" else self.fft_samples

    @property
    def padding_samples(self) -> int:
        """Zeros before the first sample and behind the last: half an FFT where frames are centred."""
        return self.fft_samples // 2 if self.framing == "centre" else 0

    @property
    def least_samples(self) -> int:
        """Length of the shortest clip that has a frame, in samples."""
        return max(1, self.span_samples - 2 * self.padding_samples)

    def count_frames(self, n_samples: int) -> int:
        """How many frames a clip has; it must hold least_samples or more."""
        return 1 + (n_samples + 2 * self.padding_samples - self.span_samples) // self.hop_samples

    def end_samples(self, n_frames: int) -> int:
        """How many samples from its start a stream must hold before it has n_frames frames."""
        return (n_frames - 1) * self.hop_samples + self.span_samples - self.padding_samples

    @property
    def n_frames(self) -> int:
        """How many frames a clip of clip_samples has."""
        return self.count_frames(self.clip_samples)

    @property
    def image_shape(self) -> tuple[int, int]:
        """(T, M), the shape of what the network sees."""
        return math.ceil(self.n_frames / self.frame_step), self.n_mels
