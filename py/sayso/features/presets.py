"""The named feature configurations."""

import dataclasses
import math

from sayso.config import FeatureConfig, PcenConfig
from sayso.errors import SaysoError

CLASSIC = FeatureConfig(
    preset="classic", sample_rate_hz=16000, window_samples=1024, hop_samples=512, fft_samples=1024,
    window="hann", spectrum="power", mel_scale="htk", n_mels=20, f_min_hz=300.0, f_max_hz=8000.0,
    log_offset=math.exp(-10), pcen=None,
)  # fmt: skip

# The 2017 demo as it really computed, with a filter bank for 44.1 kHz (see mel.py); f_min_hz and f_max_hz are what it
# meant.
CLASSIC_2017 = FeatureConfig(
    preset="classic-2017", sample_rate_hz=16000, window_samples=1024, hop_samples=512, fft_samples=1024,
    window="hann-symmetric", spectrum="power", mel_scale="2017", n_mels=20, f_min_hz=300.0, f_max_hz=8000.0,
    log_offset=math.exp(-10), pcen=None,
)  # fmt: skip

COMPACT = FeatureConfig(
    preset="compact", sample_rate_hz=16000, window_samples=480, hop_samples=160, fft_samples=512,
    window="hann", spectrum="power", mel_scale="htk", n_mels=40, f_min_hz=60.0, f_max_hz=7600.0,
    log_offset=None, pcen=PcenConfig(), spectrum_scale=2.0**30, frame_step=2,
)  # fmt: skip

FINE = dataclasses.replace(COMPACT, preset="fine", frame_step=1)

# librosa.feature.melspectrogram with its own defaults: mel power, of which the caller takes the decibels.
LIBROSA = FeatureConfig(
    preset="librosa", sample_rate_hz=22_050, window_samples=2048, hop_samples=512, fft_samples=2048,
    window="hann", spectrum="power", mel_scale="slaney", n_mels=128, f_min_hz=0.0, f_max_hz=11_025.0,
    log_offset=None, pcen=None, clip_samples=22_050, framing="centre", mel_norm="slaney", linear=True,
)  # fmt: skip

# AudioSet's VGGish: vggish_params.py and mel_features.py of tensorflow/models, research/audioset/vggish.
AUDIOSET = FeatureConfig(
    preset="audioset", sample_rate_hz=16000, window_samples=400, hop_samples=160, fft_samples=512,
    window="hann", spectrum="magnitude", mel_scale="htk", n_mels=64, f_min_hz=125.0, f_max_hz=7500.0,
    log_offset=0.01, pcen=None, slopes="mel",
)  # fmt: skip

# tf.signal's stft and linear_to_mel_weight_matrix, with the bands, their range and the offset of the example in the
# documentation of tf.signal.mfccs_from_log_mel_spectrograms, but the hop of `classic`.
TF = FeatureConfig(
    preset="tf", sample_rate_hz=16000, window_samples=1024, hop_samples=512, fft_samples=1024,
    window="hann", spectrum="magnitude", mel_scale="htk", n_mels=80, f_min_hz=80.0, f_max_hz=7600.0,
    log_offset=1e-6, pcen=None, slopes="mel",
)  # fmt: skip

# 32 frames of 40 bands, as in Sainath & Parada 2015, but 30 ms apart, so that they span a word.
SAINATH = FeatureConfig(
    preset="sainath", sample_rate_hz=16000, window_samples=400, hop_samples=160, fft_samples=512,
    window="hann", spectrum="power", mel_scale="htk", n_mels=40, f_min_hz=60.0, f_max_hz=7600.0,
    log_offset=math.exp(-10), pcen=None, frame_step=3, clip_samples=15_600,
)  # fmt: skip

# What Google's speech embedding hears (models/embedding.py), as the published module computes it with tf.signal; two
# seconds of it, since a word that is said alone then differs from one within a sentence.
EMBEDDING = FeatureConfig(
    preset="embedding", sample_rate_hz=16000, window_samples=400, hop_samples=160, fft_samples=512,
    window="hann", spectrum="magnitude", mel_scale="htk", n_mels=32, f_min_hz=60.0, f_max_hz=3800.0,
    log_offset=0.001, pcen=None, slopes="mel", clip_samples=32_000,
)  # fmt: skip

PRESETS = {
    config.preset: config
    for config in (COMPACT, FINE, CLASSIC, CLASSIC_2017, SAINATH, LIBROSA, AUDIOSET, TF, EMBEDDING)
}

# The title and the description of each preset.
DESCRIPTIONS = {
    "compact": ("Compact", "40 mel bands every 20 ms, automatic gain per band (PCEN): best with noise and distance"),
    "fine": ("Fine", "as compact, every 10 ms"),
    "classic": ("Classic", "20 mel bands every 32 ms, logarithmic: the 2017 demo's features, corrected"),
    "classic-2017": ("Classic 2017", "the 2017 demo's features as it really computed them, for its published weights"),
    "librosa": ("librosa", "128 mel bands every 23 ms, plain power: librosa's melspectrogram"),
    "audioset": ("AudioSet", "64 mel bands every 10 ms, logarithmic: what VGGish and its like expect"),
    "tf": ("TensorFlow", "80 mel bands every 32 ms, logarithmic: as tf.signal computes them"),
    "sainath": ("Sainath & Parada", "40 mel bands every 30 ms, logarithmic: close to those of the 2015 paper"),
    "embedding": ("Embedding", "32 mel bands every 10 ms, logarithmic: what Google's speech embedding expects"),
}


def find_preset(name: str) -> FeatureConfig:
    """The preset of that name.

    Raises
    ------
    SaysoError : `unknown_preset`
    """
    if name not in PRESETS:
        raise SaysoError("unknown_preset", f"preset {name!r:.60}: expected one of {', '.join(PRESETS)}")
    return PRESETS[name]
