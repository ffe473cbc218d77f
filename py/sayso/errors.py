"""The one exception of the package, and the list of its codes."""

from __future__ import annotations

from typing import Final

# What the package raises wherever it runs. The page has a title and advice for each: web/ui/explanations.js.
PACKAGE_CODES: Final = {
    "audio_empty": "A recording holds no samples.",
    "audio_format": "A file is not in a format that can be read.",
    "audio_not_finite": "A recording holds NaN or infinity.",
    "audio_rate_too_low": "A recording's sample rate is too low to hold what a network needs to hear.",
    "audio_silent": "A recording is nothing but zeros.",
    "audio_too_large": "An audio file is larger than what is read.",
    "audio_too_long": "A recording is longer than a clip may be.",
    "audio_too_short": "A recording is shorter than what is needed of it.",
    "audio_undecodable": "An audio file is damaged.",
    "bad_config": "A setting is out of range, of the wrong type, unknown or missing.",
    "bad_label": "A command or label is empty, too long, repeated, reserved or unknown.",
    "bad_request": "The payload of a request lacks a key, or has one that is unknown or of another type.",
    "bad_sample_rate": "A sample rate that sound cannot be resampled from or to.",
    "cancelled": "The person cancelled it.",
    "data_mismatch": "A checkpoint was made on other audio than what is prepared.",
    "features_mismatch": "A model and prepared audio, or two models, differ in their features.",
    "file_empty": "A file of no bytes.",
    "file_header": "The header of a model file is damaged.",
    "file_not_safetensors": "A file that should hold a model is not one.",
    "file_too_large": "A model file is larger than any that Sayso writes.",
    "file_truncated": "A file ends before what its header promises.",
    "internal": "A defect of Sayso: an exception that nobody foresaw.",
    "label_empty": "A label has no recordings.",
    "labels_mismatch": "A checkpoint was made for other commands than those that are prepared.",
    "model_not_finite": "A model's weights hold NaN or infinity.",
    "model_not_sayso": "A safetensors file that is not a model of Sayso's.",
    "model_shape": "A model's tensors do not have the shapes that its network needs.",
    "model_version": "A model file of a version that this Sayso does not know.",
    "network_mismatch": "Settings ask for another network than that of the model to go on from.",
    "no_clips": "There are no recordings to train or judge on.",
    "no_model": "No model is loaded or trained.",
    "not_a_checkpoint": "A model file without the state of a training.",
    "not_marked": "There is no mark to take the training audio back to.",
    "not_prepared": "No training audio is prepared.",
    "out_of_memory": "Python ran out of memory.",
    "path_climbs": "A path in an archive leads out of it.",
    "path_without_label": "A path does not say which word its recording is of.",
    "rate_mismatch": "A model or preset needs another sample rate than the one that clips have.",
    "recording_clipped": "A take overdrove the microphone.",
    "recording_cut": "The word of a take runs over its beginning or end.",
    "recording_silent": "No word stands out in a take.",
    "sprite_index": "The index of a sprite pack is damaged, or does not fit its files.",
    "sprite_missing": "A sprite pack lacks a file that its index names.",
    "too_many_clips": "More recordings of a word than fit.",
    "train_diverged": "The loss or the weights of a training overflowed.",
    "unknown_network": "No network has that name.",
    "unknown_preset": "No preset has that name.",
    "unknown_request": "No request has that name.",
    "weights_2017": "A JSON file that does not hold the weights of the 2017 demo.",
    "wrong_state": "A request that is not possible while something else is under way.",
    "zip_too_large": "An archive, or what is in it, is larger than what is read.",
    "zip_undecodable": "An archive is damaged or encrypted.",
}

# What the commands of the desk alone raise.
DESK_CODES: Final = {
    "bad_truth": "A file of what was said when is not as expected.",
    "file_unreadable": "A file or folder is not there or cannot be opened.",
    "no_noise": "There are no recordings of noise where they were looked for.",
    "noise_silent": "A recording of noise is silent, so that no level can be set.",
    "scipy_missing": "Exact intervals need the package SciPy.",
    "snr_missing": "Noise was given, but not how loud it is.",
    "soundfile_missing": "Reading this format needs the package soundfile.",
    "stream_too_short": "A stream is too short for what it is to hold.",
}

# What the page's JavaScript alone raises.
PAGE_CODES: Final = {
    "audio_missing": "The audio of an interrupted training is no longer in the browser.",
    "bad_audio": "The browser cannot decode an audio file.",
    "bad_sprites": "A sprite pack was chosen without all of its files.",
    "boot_failed": "Python did not start.",
    "files_several": "Several things were chosen where one is used.",
    "files_unknown": "Nothing that was chosen is of a kind that Sayso can use.",
    "mic_busy": "The microphone could not be opened.",
    "mic_denied": "The browser refused access to the microphone.",
    "mic_gone": "The chosen microphone is not connected.",
    "mic_insecure": "The page's address is not one that browsers give a microphone to.",
    "mic_interrupted": "The browser stopped the microphone.",
    "mic_lost": "The microphone was disconnected.",
    "mic_none": "There is no microphone.",
    "model_missing": "A model is no longer where it was kept.",
    "recording_gap": "Samples were lost while recording.",
    "recording_stalled": "No samples arrive from the microphone.",
    "run_elsewhere": "Another tab is busy with this training.",
    "storage_blocked": "Another tab holds the database open.",
    "storage_full": "The browser's storage is full.",
    "storage_newer": "The database was written by a newer Sayso.",
    "storage_unavailable": "The browser's storage cannot be used.",
    "voices_missing": "The site has no built-in voices.",
    "worker_died": "The worker that runs Python stopped.",
}

CODES: Final = PACKAGE_CODES | DESK_CODES | PAGE_CODES


class SaysoError(Exception):
    """Something the user can act on.

    A new kind of failure gets a code of its own in the list above, and a title with advice in web/ui/explanations.js if
    the page can meet it. The message names the value at fault and what was expected: `hop_samples=0: expected > 0`.

    Parameters
    ----------
    code : str
        One of CODES; stable, since people and programs look for it.
    message : str
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def to_dict(self) -> dict[str, str]:
        """The failure as it crosses to the page."""
        return {"code": self.code, "message": self.message}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
