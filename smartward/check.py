"""`smartward check`: what this machine has for a hub or a screen, every setting's source, and
whether certificate, database and further hubs are what they are to be."""

import argparse
import ctypes
import importlib
import importlib.metadata
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from smartward.clock import SystemClock
from smartward.config import SETTINGS, Settings, asset, load, pairs, read_file
from smartward.errors import Misconfigured
from smartward.parts import installed

_LIBRARIES = ("httpx", "sqlite-utils", "msgspec")
_LIBRARIES_OF_SCREEN = ("PySide6-Essentials", "qasync", "pyttsx3")
SYSTEM = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libpulse.so.0": "libpulse0",
    "libespeak-ng.so.1": "libespeak-ng1",
}
"""Shared library to the Debian package that brings it (packaging/system-packages.txt); a hub alone
needs none of them."""

_OF_SCREENS = {"--device": "check_device", "--report": "check_report"}
"""What the screens' part does."""
_LEAST_FREE_MIB = 500
_TPM = Path("/dev/tpmrm0")


def _machine(folder: Path) -> Iterator[tuple[str, str]]:
    """Rows of what is there; a fault begins with a word in capitals and ends with its remedy."""
    yield "python", sys.version.split()[0]
    screen = installed("screen")
    for name in (*_LIBRARIES, *(_LIBRARIES_OF_SCREEN if screen else ())):
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield name, "MISSING: install SmartWard again"
    for library, package in SYSTEM.items() if screen else ():
        try:
            ctypes.CDLL(library)
            yield library, "found"
        except OSError:
            yield library, f"MISSING: apt-get install {package}"
    for part in ("ui", "resources") if screen else ("resources",):
        yield part, "found" if asset(part).is_dir() else "MISSING: install SmartWard again"
    free = shutil.disk_usage(folder).free // 2**20
    low = f"LOW: {free} MiB; make room for {_LEAST_FREE_MIB} MiB"
    yield "free disk", f"{free} MiB" if free >= _LEAST_FREE_MIB else low
    if screen:
        yield from _keys(folder)


def _keys(folder: Path) -> Iterator[tuple[str, str]]:
    """How the keys lie in a screen's data folder: those that seal what it keeps of patients, and
    those that prove who it is."""
    from smartward.screen import seal_keys
    from smartward.screen.keys_kept import FILES

    tpm = "" if _TPM.exists() else ", and this machine has no TPM"
    page = f"{tpm} (data-on-screens.md, The TPM)"
    as_screen = "whoever has this disk can speak as this screen"
    why = dict.fromkeys(FILES, as_screen) | {seal_keys.FILE: "keys on the disk of what they seal"}
    for name, lies_open in FILES.items():
        try:
            lying = lies_open(folder / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield name, f"not to be read: {error.strerror}; run this as the screen's user"
            continue
        if lying is None:
            yield name, "no key in it: empty yet, or damaged; look again once the screen has run"
        elif lying:
            yield name, f"weaker: {why[name]}{page}"
        else:
            yield name, "wrapped: more than this disk is needed to read it"


def _would_start(settings: Settings) -> None:
    """Raises Misconfigured where the hub would not start with these settings, as it does."""
    # Imported when wanted: a machine that lacks a library is to be told so first.
    from smartward.hub.trial import would_start

    would_start(settings)


def _reached(settings: Settings, ca: Path | None) -> Iterator[tuple[str, str, bool]]:
    """Rows of what the settings name elsewhere, and whether something is wrong with it."""
    from smartward.hub.reach import FAULTS, reached

    for name, found in reached(settings, ca, SystemClock().now()):
        yield name, found, found.startswith(FAULTS)


def _parted(argv: list[str]) -> Iterator[str]:
    """As `--report FILE`, whichever way that was written."""
    for word in argv:
        option, equals, file = word.partition("=")
        yield from (option, file) if option == "--report" and equals else (word,)


def main(argv: list[str]) -> int:
    """Print both tables, what was found at each address that the settings name, and last the names
    of what is at fault; 1 when anything of the machine or there is.

    Raises Misconfigured for settings no program would start with, for those that would stop the
    hub, and where a page is wanted and not said of what.
    """
    argv = list(_parted(argv))
    for word, module in _OF_SCREENS.items():
        if word in argv:
            if not installed("screen"):
                raise Misconfigured("cli.left_out", word, command=f"check {word}")
            program = importlib.import_module(f"smartward.screen.{module}")
            return int(program.main([one for one in argv if one != word]))
    parser = argparse.ArgumentParser(prog="smartward check", description=__doc__)
    parser.add_argument(
        "--device", action="store_true", help="look a placed screen over, with a report: see there"
    )
    parser.add_argument(
        "--report", action="store_true", help="draw the report of a check from elsewhere: see there"
    )
    parser.add_argument("--config", type=Path, help="settings file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--ca", type=Path, help="authority of the hubs' certificates, as screens'")
    parser.add_argument(
        "--data-dir", type=Path, default=Path.home(), help="folder whose free disk is looked at"
    )
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="with --device or --report: the page they draw"
    )
    options = parser.parse_args(argv)
    if options.to is not None:
        raise Misconfigured("check.which_report", str(options.to), file=str(options.to))
    faults: list[str] = []
    for name, found in _machine(options.data_dir):
        faults += [name] * found.startswith(("MISSING", "LOW"))
        print(f"{name:<26} {found}")
    in_file = {} if options.config is None else read_file(options.config)
    given = pairs(options.set)
    settings = load(options.config, given)
    for name, declared in SETTINGS.items():
        source = "--set" if name in given else "file" if name in in_file else "default"
        value = str(getattr(settings, name))
        print(f"{name:<26} {value:<18} {source:<8} {declared.metadata['meaning']}")
    if installed("hub"):
        for name, found, wrong in _reached(settings, options.ca):
            faults += [name] * wrong
            print(f"{name:<26} {found}")
        _would_start(settings)
    # Above them are a hundred rows.
    print(f"{'at fault':<26} {', '.join(faults) or 'nothing'}")
    return 1 if faults else 0
