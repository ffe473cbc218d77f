"""Configurations: they go to JSON and back, and refuse every value out of range by its name."""

import dataclasses
import json
import math

import pytest
from sayso.config import AugmentConfig, DetectorConfig, FeatureConfig, PcenConfig, TrainConfig
from sayso.features.presets import AUDIOSET, CLASSIC, CLASSIC_2017, COMPACT, LIBROSA, TF

from .errors import refused

CONFIGS = [
    CLASSIC,
    CLASSIC_2017,
    COMPACT,
    LIBROSA,
    AUDIOSET,
    TF,
    PcenConfig(gain=0.5, start_level=1.0),
    AugmentConfig(shift_ms=10.0),
    TrainConfig("compact", optimizer="sgd", augment=AugmentConfig(noise_share=0.25)),
    DetectorConfig(threshold=0.5),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_a_configuration_survives_json(config):
    again = type(config).from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert hash(again) == hash(config)


@pytest.mark.parametrize(
    ("base", "name", "value"),
    [
        (CLASSIC, "sample_rate_hz", 7999),
        (CLASSIC, "sample_rate_hz", 192_001),
        (CLASSIC, "window_samples", 15),
        (CLASSIC, "hop_samples", 0),
        (CLASSIC, "hop_samples", -512),
        (CLASSIC, "hop_samples", 1025),
        (CLASSIC, "fft_samples", 1023),
        (CLASSIC, "fft_samples", 2**30),
        (CLASSIC, "n_mels", 0),
        (CLASSIC, "n_mels", 513),
        (CLASSIC, "f_min_hz", -1.0),
        (CLASSIC, "f_min_hz", 8000.0),
        (CLASSIC, "f_max_hz", 8000.5),
        (CLASSIC, "log_offset", 0.0),
        (CLASSIC, "log_offset", None),
        (COMPACT, "log_offset", 0.1),
        (CLASSIC, "db_floor", 1e-10),
        (CLASSIC, "linear", True),
        (LIBROSA, "linear", False),
        (dataclasses.replace(LIBROSA, linear=False, db_floor=1e-10), "db_floor", 0.0),
        (LIBROSA, "hop_samples", 31),
        (LIBROSA, "hop_samples", 2049),
        (LIBROSA, "clip_samples", 0),
        (dataclasses.replace(LIBROSA, framing="fft"), "clip_samples", 2047),
        (CLASSIC_2017, "slopes", "mel"),
        (CLASSIC_2017, "mel_norm", "slaney"),
        (CLASSIC, "spectrum_scale", 0.0),
        (CLASSIC, "frame_step", 0),
        (CLASSIC, "frame_step", 17),
        (CLASSIC, "clip_samples", 1023),
        (CLASSIC, "clip_samples", 160_001),
        (CLASSIC_2017, "n_mels", 40),
        (PcenConfig(), "gain", 1.5),
        (PcenConfig(), "bias", -1.0),
        (PcenConfig(), "power", 0.0),
        (PcenConfig(), "eps", 0.0),
        (PcenConfig(), "smoothing", 0.0),
        (PcenConfig(), "smoothing", 1.1),
        (PcenConfig(), "n_start_frames", 0),
        (PcenConfig(), "n_start_frames", 1001),
        (PcenConfig(), "bias", 1001.0),
        (PcenConfig(), "bias", 1e-7),
        (PcenConfig(), "start_level", -1.0),
        (PcenConfig(), "start_level", 1e31),
        (PcenConfig(), "power", 1.5),
        (PcenConfig(), "eps", 1e7),
        (CLASSIC, "log_offset", 1e7),
        (CLASSIC, "spectrum_scale", 2.0**65),
        (AugmentConfig(), "shift_ms", 501.0),
        (AugmentConfig(), "noise_share", 1.5),
        (AugmentConfig(), "digital_silence_share", -0.1),
        (AugmentConfig(), "gain_min_db", 7.0),
        (AugmentConfig(), "snr_min_db", 41.0),
        (AugmentConfig(), "snr_min_db", -151.0),
        (AugmentConfig(), "gain_max_db", 151.0),
        (AugmentConfig(), "silence_min_dbfs", 0.0),
        (AugmentConfig(), "tempo", 0.9),
        (AugmentConfig(), "warp", 1.1),
        (AugmentConfig(), "neighbour_share", 1.1),
        (AugmentConfig(), "burst_share", -0.1),
        (AugmentConfig(), "fresh_share", 2.0),
        (AugmentConfig(), "context_ms", -1.0),
        (AugmentConfig(), "context_db", 151.0),
        (AugmentConfig(), "mask_ms", -1.0),
        (AugmentConfig(), "mask_share", 1.5),
        (TrainConfig("compact"), "averaging", 1.0),
        (TrainConfig("compact"), "word_balance", 1.5),
        (DetectorConfig(), "offsets", (0.0, 1.0)),
        (TrainConfig("compact"), "learning_rate", 0.0),
        (TrainConfig("compact"), "learning_rate", 101.0),
        (TrainConfig("compact"), "batch_size", 1),
        (TrainConfig("compact"), "batch_size", 1025),
        (TrainConfig("compact"), "n_iterations", 0),
        (TrainConfig("compact"), "own_share", 1.1),
        (TrainConfig("compact"), "seed", -1),
        (TrainConfig("compact"), "seed", 2**53),
        (TrainConfig("compact"), "warmup_share", 1.0),
        (TrainConfig("compact"), "weight_decay", 1.0),
        (TrainConfig("compact"), "momentum", 1.0),
        (TrainConfig("compact"), "label_smoothing", 1.0),
        (TrainConfig("compact"), "other_weight", -1.0),
        (TrainConfig("compact"), "silence_weight", -1.0),
        (TrainConfig("compact"), "other_weight", 1001.0),
        (TrainConfig("compact"), "evaluate_every", 0),
        (TrainConfig("compact"), "n_evaluate", 0),
        (DetectorConfig(), "threshold", 0.0),
        (DetectorConfig(), "threshold", 1.0),
        (DetectorConfig(), "smoothing_ms", 2001.0),
        (DetectorConfig(), "refractory_ms", -1.0),
        (DetectorConfig(), "hop_ms", 0.0),
    ],
)
def test_a_value_out_of_range_is_refused_by_name_and_value(base, name, value):
    with refused("bad_config", name, value, "expected"):
        dataclasses.replace(base, **{name: value})


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, pytest.param(10**400, id="huge"), "3", None, True, [1.0], {}]
)
@pytest.mark.parametrize(
    ("config", "name"),
    [
        (PcenConfig(), "bias"),
        (CLASSIC, "spectrum_scale"),
        (AugmentConfig(), "gain_max_db"),
        (DetectorConfig(), "hop_ms"),
    ],
)
def test_what_is_no_number_is_refused_where_a_number_belongs(config, name, value):
    with refused("bad_config", name):
        type(config).from_dict(config.to_dict() | {name: value})


@pytest.mark.parametrize("value", [1.5, 16000.0, "16000", None, True, [16000]])
def test_what_is_no_integer_is_refused_where_an_integer_belongs(value):
    with refused("bad_config", "sample_rate_hz", repr(value)):
        FeatureConfig.from_dict(CLASSIC.to_dict() | {"sample_rate_hz": value})


def test_a_choice_that_does_not_exist_is_refused_with_those_that_do():
    with refused("bad_config", "optimizer", "'lion'", "'adamw'", "'sgd'"):
        TrainConfig.from_dict({"network": "compact", "optimizer": "lion"})


def test_an_unknown_name_is_refused():
    with refused("bad_config", "TrainConfig", "learning_rat"):
        TrainConfig.from_dict({"network": "compact", "learning_rat": 0.1})


def test_features_of_model_files_from_before_the_other_libraries_presets_load():
    later = {"framing", "slopes", "mel_norm", "db_floor", "linear"}
    values = {name: value for name, value in COMPACT.to_dict().items() if name not in later}
    values["pcen"] = {name: value for name, value in values["pcen"].items() if name != "start_level"}
    assert FeatureConfig.from_dict(values) == COMPACT


def test_a_missing_name_is_refused_but_a_default_may_be_left_out():
    assert TrainConfig.from_dict({"network": "compact"}) == TrainConfig("compact")
    with refused("bad_config", "TrainConfig", "network"):
        TrainConfig.from_dict({"batch_size": 32})


@pytest.mark.parametrize("values", [None, [], "classic", 3])
def test_something_other_than_an_object_is_refused(values):
    with refused("bad_config", "DetectorConfig", repr(values)):
        DetectorConfig.from_dict(values)


def test_a_nested_configuration_is_checked_too():
    with refused("bad_config", "gain", "7"):
        FeatureConfig.from_dict(COMPACT.to_dict() | {"pcen": PcenConfig().to_dict() | {"gain": 7}})


def test_images_too_large_to_be_meant_are_refused():
    with refused("bad_config", "image_shape", "20000"):
        dataclasses.replace(CLASSIC, hop_samples=32, n_mels=512)


def test_a_filter_bank_too_large_to_be_meant_is_refused():
    with refused("bad_config", "n_mels"):
        dataclasses.replace(CLASSIC, fft_samples=65_536, n_mels=512)


def test_windows_that_overlap_beyond_reason_are_refused():
    with refused("bad_config", "hop_samples", 1):
        dataclasses.replace(CLASSIC, hop_samples=1, frame_step=16, n_mels=1)
    with refused("bad_config", "hop_samples", 1023):  # the FFT's length counts where framing is by the FFT
        dataclasses.replace(CLASSIC, framing="fft", fft_samples=65_536, hop_samples=1023, clip_samples=65_536)
