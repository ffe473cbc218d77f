"""How Chromium is started."""

from pathlib import Path

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",  # so that Chromium's own requests find no server
)


def microphone_flags(recording: Path, *, loop: bool) -> tuple[str, ...]:
    """A microphone that plays a WAV file from its start whenever it is opened, and is always permitted."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}{'' if loop else '%noloop'}",
    )
