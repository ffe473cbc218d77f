"""The exception."""

from sayso.errors import SaysoError


def test_an_error_says_its_code_and_its_message():
    error = SaysoError("audio_silent", "peak 0: expected 0.1")
    assert (error.code, error.message) == ("audio_silent", "peak 0: expected 0.1")
    assert str(error) == "audio_silent: peak 0: expected 0.1"
