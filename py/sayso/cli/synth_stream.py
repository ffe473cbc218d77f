"""`sayso synth-stream`: make a recording to test on, and its truth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sayso.audio.wav import encode_wav
from sayso.cli.inputs import check_folder_of, noise_of, read_clips, tell_left_out
from sayso.data.clips import CLIP_RATE_HZ
from sayso.data.folders import read_noise
from sayso.errors import SaysoError
from sayso.evaluation.synth_stream import StreamConfig, synth_stream
from sayso.evaluation.truth import write_truth
from sayso.labels import OTHER

HELP = "make a long recording of clips in noise, and a CSV of what is said in it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", dest="recordings", type=Path, required=True, metavar="DIR",
                        help="one folder a word, or a sprite pack")  # fmt: skip
    parser.add_argument("--noise", type=Path, required=True, metavar="DIR",
                        help="recordings of noise, there or one folder down")  # fmt: skip
    parser.add_argument("--minutes", type=float, required=True, metavar="M", help="how long the recording is")
    parser.add_argument("--snr-db", type=float, required=True, metavar="X",
                        help="how far each clip's mean power is over that of the noise under it")  # fmt: skip
    parser.add_argument("--snr-max-db", type=float, metavar="Y", help="draw the ratio from X to Y for each clip")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--out", type=Path, required=True, metavar="WAV", help="file to write; the CSV goes beside it")
    parser.add_argument("--part", choices=("all", "test"), default="all",
                        help="all clips, or those of test speakers over noise that training leaves out")  # fmt: skip
    parser.add_argument("--commands", nargs="+", default=list(StreamConfig.commands), metavar="WORD")
    parser.add_argument("--commands-per-hour", type=float, default=StreamConfig.commands_per_hour, metavar="N")
    parser.add_argument("--others-per-hour", type=float, default=StreamConfig.others_per_hour, metavar="N")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> None:
    config = StreamConfig(
        minutes=options.minutes,
        snr_min_db=options.snr_db,
        snr_max_db=options.snr_db if options.snr_max_db is None else options.snr_max_db,
        seed=options.seed,
        commands=tuple(options.commands),
        commands_per_hour=options.commands_per_hour,
        others_per_hour=options.others_per_hour,
    )
    truth_path = options.out.with_suffix(".csv")
    if truth_path == options.out:
        raise SaysoError("bad_config", f"--out {options.out}: expected the name of a WAV file")
    check_folder_of(options.out)
    is_spoken = config.commands_per_hour or config.others_per_hour
    clips = read_clips([options.recordings] if is_spoken else [])
    noise, rejected = read_noise(options.noise)
    tell_left_out(rejected)
    chosen = clips.clips
    if options.part == "test":
        speakers = clips.test_speakers()
        chosen = [clip for clip in chosen if clip.speaker in speakers]
    samples, truth = synth_stream(chosen, noise_of(noise, options.part), config)
    options.out.write_bytes(encode_wav(samples, rate_hz=CLIP_RATE_HZ))
    truth_path.write_text(write_truth(truth), "utf-8")
    n_others = sum(event.label == OTHER for event in truth)
    summary = {
        "audio": str(options.out),
        "truth": str(truth_path),
        "duration_s": samples.size / CLIP_RATE_HZ,
        "n_commands": len(truth) - n_others,
        "n_others": n_others,
        "n_clipped_samples": int((abs(samples) >= 1).sum()),
    } | config.to_dict()
    if options.json:
        print(json.dumps(summary))
        return
    print(f"{summary['duration_s']:.1f} s with {summary['n_commands']} commands and {n_others} other words")
    print(f"wrote {options.out}\nwrote {truth_path}")
