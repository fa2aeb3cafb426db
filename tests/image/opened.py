"""A data partition as a power cut left it, mended as the image mends it and opened by the program.

No mount and no loop device: the image's own check plays the journal, `debugfs` brings the files
out. The screen runs on this machine, without a window and without any network, and takes it for the
machine that the partition was written on.
"""

import contextlib
import os
import subprocess
import tomllib
import uuid
from pathlib import Path

import msgspec

from smartward.errors import Misconfigured, Unreachable
from smartward.harness.program import Program
from smartward.screen.cache import Cache
from smartward.screen.cache_rows import ANSWERED, WAITING
from smartward.screen.kept import FILE
from tests.image.vm import SIZE, run
from tests.project.repo import ROOT

_CHECK = ROOT / "packaging" / "image" / "root" / "usr" / "lib" / "smartward-image" / "check-data"
_LOST = "the data partition is lost"
_REPAIRED = "the data partition was damaged beyond a power cut"
_REBUILT = "the cache file is broken and is set aside"
_ELSEWHERE = 'mount --bind "$0" /etc/machine-id && mount -t tmpfs none /sys/class/net && exec "$@"'
"""The id of the machine that it was written on, and none of this machine's network cards."""


class Opened(msgspec.Struct, kw_only=True):
    """What a start found. `wrong`: what no power cut may do; then the rest may be empty."""

    wrong: list[str]
    touches: frozenset[str] = frozenset()
    """Ids of those that the outbox has and can read."""
    cursor: int = 0
    """How far the view of the ward is that it drew, 0 where it drew none."""
    rebuilt: bool = False
    """The cache was broken, and the screen said so and began a new one."""


def open_anew(partition: Path, folder: Path) -> Opened:
    """Start a bedside on it, look, and end it. `partition` is changed; `folder` is new, for the
    files and the screen's log."""
    folder.mkdir()
    wrong = _mended(partition)
    state = folder / "screen"
    brought = f"rdump /screen {folder}\ndump /machine-id {folder}/machine-id\n"
    run("debugfs", "-f", "-", partition, input=brought, stderr=subprocess.DEVNULL)
    missing = [name for name in ("screen.toml", "token", "ca.pem") if not (state / name).exists()]
    if missing:
        return Opened(wrong=[*wrong, f"the screen has no {missing[0]} any more"])
    return _started(state, folder, wrong)


def _of_the_disk(faults: list[str]) -> list[str]:
    return [one for one in faults if one.startswith("storage.") or one == "screen.fault.touch"]


def _mended(partition: Path) -> list[str]:
    """Have the image's check mend it; gives what that may not have found."""
    said = run("sh", _CHECK, partition, stderr=subprocess.STDOUT)
    wrong = [words for words in (_REPAIRED, _LOST) if words in said]
    left = subprocess.run(
        ["e2fsck", "-f", "-n", str(partition)], capture_output=True, text=True, check=False
    )
    if left.returncode:
        wrong.append(f"after its journal the file system has errors: {left.stdout[-500:]}")
    return wrong


def _started(state: Path, folder: Path, wrong: list[str]) -> Opened:
    own_id = folder / "machine-id"
    if not own_id.exists() or own_id.stat().st_size == 0:
        own_id.write_text(f"{uuid.uuid4().hex}\n")  # as make-folders does
    told = tomllib.loads((state / "screen.toml").read_text())
    words = ["screen", told["role"], "--size", "x".join(map(str, SIZE))]
    words += ["--state-dir", str(state), "--token-file", str(state / "token")]
    words += ["--hub", told["hub"][0], "--ca", str(state / "ca.pem")]
    words += ["--language", told["language"]]
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    through = ["unshare", *rights, "--mount", "--net", "sh", "-c", _ELSEWHERE, str(own_id)]
    found = Opened(wrong=wrong)
    try:
        screen = Program("opened", words, folder, {"QT_QPA_PLATFORM": "offscreen"}, through)
    except Misconfigured as error:
        found.wrong.append(f"the screen did not start: {error}")
        return found
    try:
        shown = screen.state()
    except Unreachable as error:
        found.wrong.append(f"the screen did not go on: {error}")
        return found
    finally:
        screen.stop()
    found.cursor = int(shown["seq"])
    found.rebuilt = _REBUILT in screen.log.read_text(errors="replace")
    found.wrong += [f"the screen shows {fault}" for fault in _of_the_disk(shown["faults"])]
    if shown["engine_warnings"]:
        found.wrong.append("the page has errors")
    with contextlib.closing(Cache(state / FILE, read_only=True)) as cache:
        rows = cache.touches()
    found.touches = frozenset(row.id for row in rows if row.body)
    still_open = sum(row.state in (WAITING, ANSWERED) for row in rows)
    if shown["pending"] != still_open:
        found.wrong.append(f"{still_open} touches are open, the page shows {shown['pending']}")
    return found
