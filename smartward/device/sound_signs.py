"""What files tell of sound. To look at them costs next to nothing; to try whether a device opens, a
process."""

import os
from pathlib import Path

_CARDS = "dev/snd"
"""The kernel's nodes of sound cards: the folder changes when a card comes or goes."""
_OF_ALL = "run/pulse"
"""Where a server for the whole machine listens."""

Sign = tuple[int, int] | None
"""A file's inode and when that changed, in nanoseconds; None: there is none."""


def signs(root: Path = Path("/")) -> tuple[Sign, ...]:
    """Of the sound server's sockets and of the sound cards. Once they are others than before it may
    be that a device opens now that did not."""
    return tuple(_sign(one) for one in (*(_sockets(root) or ()), root / _CARDS))


def no_server(root: Path = Path("/")) -> bool:
    """Whether no sound server listens where this process would connect to. False where that is not
    a file of this machine."""
    sockets = _sockets(root)
    return sockets is not None and all(_sign(one) is None for one in sockets)


def _sockets(root: Path) -> list[Path] | None:
    """Where libpulse looks for a server (PulseAudio, PipeWire); None: also at another machine."""
    named = os.environ.get("PULSE_SERVER", "").split()
    paths = [one.rpartition("}")[2].removeprefix("unix:") for one in named]
    if named:
        here = all(one.startswith("/") for one in paths)
        return [Path(one) for one in paths] if here else None
    own, runtime = os.environ.get("PULSE_RUNTIME_PATH"), os.environ.get("XDG_RUNTIME_DIR")
    mine = [Path(own)] if own else [Path(runtime, "pulse")] if runtime else _outside_a_session()
    return [folder / "native" for folder in (*mine, root / _OF_ALL)]


def _outside_a_session() -> list[Path]:
    """Links to where a server listens for this user whom nobody gave a folder: as many as there are
    machines that share the home."""
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return sorted(Path(settings, "pulse").glob("*-runtime"))


def _sign(file: Path) -> Sign:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
