"""A screen's command line, and the settings it names."""

import argparse
from pathlib import Path

from smartward.clock import ClockSpec
from smartward.config import Settings, load, pairs
from smartward.i18n import TABLE
from smartward.screen.pages import PAGES

AUTO = "auto"
"""In place of a role: `first_start`."""


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _point(text: str) -> tuple[int, int]:
    x, _, y = text.partition(",")
    return int(x), int(y)


def parser() -> argparse.ArgumentParser:
    """The command line of a screen."""
    args = argparse.ArgumentParser(prog="smartward screen", description="Run one display.")
    args.add_argument(
        "role",
        choices=[*(role.value for role in PAGES), AUTO],
        help="auto: what the hub says, after it was paired",
    )
    args.add_argument(
        "--seed",
        type=Path,
        metavar="FILE",
        help="the start file: with auto names hub and authority; may have the serial number, too",
    )
    args.add_argument(
        "--serial",
        default="",
        metavar="NUMBER",
        help="the number on its box; else that of the start file, else the machine's own",
    )
    args.add_argument(
        "--hub",
        metavar="URL",
        action="append",
        help="address of the ward hub; given again: of its standby, in order",
    )
    args.add_argument("--token-file", type=Path, help="file with this screen's credential")
    args.add_argument(
        "--ca",
        type=Path,
        action="append",
        default=[],
        help="certificate of the hub's authority (PEM); given again: of another hub's",
    )
    args.add_argument("--state-dir", type=Path, help="folder of the cache and the outbox")
    args.add_argument("--replica", type=Path, metavar="FILE", help="draw a file, without a hub")
    args.add_argument("--config", type=Path, help="settings file (TOML)")
    args.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    args.add_argument("--place", help="bed or room id, to be refused a cache of another one")
    args.add_argument("--size", type=_size, metavar="WxH", help="size of the window")
    args.add_argument("--at", type=_point, metavar="X,Y", help="where the window goes, in pixels")
    args.add_argument("--fullscreen", action="store_true")
    args.add_argument("--language", choices=tuple(TABLE.languages))
    args.add_argument("--appearance", choices=("auto", "day", "night"), default="auto")
    args.add_argument("--text-scale", type=float, default=1.0, help="1 to 1.6, bedside only")
    args.add_argument("--reduced-motion", action="store_true", help="no movement on the page")
    args.add_argument("--clock", type=ClockSpec.parse, help="a demo's clock")
    args.add_argument("--inputs", type=Path, metavar="FILE", help="call inputs and readers (TOML)")
    args.add_argument("--control", type=Path, metavar="SOCKET", help="for tests and demo")
    args.add_argument(
        "--shot",
        type=Path,
        metavar="FILE",
        help="draw once into a PNG and exit; with --hub once it has answered, or has not. Of what "
        "was kept or told no person is on it",
    )
    return args


def settings_of(args: argparse.Namespace) -> Settings:
    """Settings from file and `--set`. Raises Misconfigured."""
    return load(args.config, pairs(args.set))
