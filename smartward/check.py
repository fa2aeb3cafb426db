"""`smartward check`: what this machine has for a hub or a screen, and every setting's source."""

import argparse
import ctypes.util
import importlib.metadata
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from smartward.config import SETTINGS, asset, load

_LIBRARIES = ("PySide6-Essentials", "qasync", "httpx", "sqlite-utils", "msgspec", "pyttsx3")
_SYSTEM = {
    "EGL": "libegl1",
    "pulse": "libpulse0",
    "espeak-ng": "libespeak-ng1",
    "fontconfig": "libfontconfig1",
}
"""Shared library to the Debian package that brings it (packaging/system-packages.txt)."""


def _machine() -> Iterator[tuple[str, str]]:
    yield "python", sys.version.split()[0]
    for name in _LIBRARIES:
        yield name, importlib.metadata.version(name)
    for library, package in _SYSTEM.items():
        found = ctypes.util.find_library(library)
        yield f"lib{library}", found or f"MISSING: apt-get install {package}"
    for folder in ("ui", "resources"):
        yield folder, "found" if asset(folder).is_dir() else "MISSING: install SmartWard again"
    free = shutil.disk_usage(Path.home()).free // 2**20
    yield "free disk", f"{free} MiB" + (" LOW: less than 500 MiB" if free < 500 else "")


def main(argv: list[str]) -> int:
    """Print the table; 1 when something is missing."""
    parser = argparse.ArgumentParser(prog="smartward check", description=__doc__)
    parser.add_argument("--config", type=Path, help="settings file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(argv)
    given = dict(item.split("=", 1) for item in options.set)
    from_file = load(options.config)
    settings = load(options.config, given)
    faults = 0
    for name, found in _machine():
        faults += "MISSING" in found
        print(f"{name:<26} {found}")
    for name, declared in SETTINGS.items():
        value = getattr(settings, name)
        file_value = getattr(from_file, name)
        source = (
            "--set" if name in given else "file" if file_value != declared.default else "default"
        )
        print(f"{name:<26} {value!s:<18} {source:<8} {declared.metadata['meaning']}")
    return 1 if faults else 0
