"""Audio files that soundfile wrote, and models judged on them: FLAC, Ogg, WAV of floats."""

import json

import numpy as np
import pytest
import soundfile
from sayso.cli import main
from sayso.data.folders import read_audio
from sayso.features.presets import COMPACT
from sayso.labels import labels_for
from sayso.models.model import new_model
from sayso.models.model_file import save_model

from .signals import sweep_in_noise


@pytest.mark.parametrize(
    ("name", "subtype", "rate_hz"),
    [("a.flac", "PCM_16", 16_000), ("a.WAV", "FLOAT", 48_000), ("a.wav", "PCM_24", 8000)],
)
def test_lossless_files_are_read_as_they_are(tmp_path, name, subtype, rate_hz):
    samples = np.stack([sweep_in_noise(1), sweep_in_noise(2)], axis=1)
    soundfile.write(tmp_path / name, samples, rate_hz, subtype=subtype)
    read, found_hz = read_audio(tmp_path / name)
    assert (found_hz, read.dtype) == (rate_hz, np.float32)
    np.testing.assert_allclose(read, samples.mean(axis=1), atol=2**-15)


def test_an_extensible_wav_is_read(tmp_path):
    soundfile.write(tmp_path / "a.wav", sweep_in_noise(1), 16_000, format="WAVEX", subtype="PCM_16")
    assert read_audio(tmp_path / "a.wav")[0].size == 20_000


def scores(capsys, model, folder, *more):
    assert main(["evaluate", "--model", str(model), "--data", str(folder), "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


def test_flac_and_wav_give_the_same_scores_and_ogg_is_heard(capsys, tmp_path):
    model = tmp_path / "m.safetensors"
    model.write_bytes(
        save_model(new_model("", features=COMPACT, labels=labels_for(["yes"]), network="compact", seed=0))
    )
    for suffix in ("wav", "flac", "ogg"):
        for word in ("yes", "go", "silence", "_background_noise_"):
            path = tmp_path / suffix / word / f"a.{suffix}"
            path.parent.mkdir(parents=True)
            soundfile.write(path, sweep_in_noise(len(word), n_samples=36_000), 16_000)
    of_wav, of_flac, of_ogg = (scores(capsys, model, tmp_path / suffix, "--snr-db", "10")
                               for suffix in ("wav", "flac", "ogg"))  # fmt: skip
    assert of_wav == of_flac
    assert [sum(row) for row in of_ogg["confusion"]] == [1, 1, 4]
