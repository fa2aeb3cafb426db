"""`smartward check --device`: a placed screen looks itself over and prints a commissioning report.

Run as the user of the screen, while its program runs: the test call is placed by that. Nothing here
stops it.
"""

import argparse
import os
import sys
from pathlib import Path

from smartward.check_words import in_columns
from smartward.clinical.device_check import CheckLine, CheckReport, How, fault, untested
from smartward.clock import SystemClock
from smartward.config import load, pairs
from smartward.errors import Misconfigured
from smartward.i18n import LANGUAGES, Catalogue, of_terminal
from smartward.screen.check_hands import heard, touched
from smartward.screen.check_parts import (
    disk_room,
    disk_speed,
    display,
    light,
    memory,
    readers,
    touch_devices,
    versions,
    watchdog,
)
from smartward.screen.check_report import write
from smartward.screen.device_sheet import which
from smartward.screen.enrolled import Enrolled, kept
from smartward.screen.hub_address import Hub
from smartward.screen.hub_check import ask_hub, certificate_line
from smartward.screen.kept import read_token
from smartward.screen.keys_kept import keys
from smartward.screen.pdf_target import may_be_written
from smartward.screen.seed import serial_of, written_serial
from smartward.screen.this_start import start_headers
from smartward.wire.own_test import OwnTest

ROOT = Path("/")
LIGHTS = "/sys/class/backlight"
FOLDER = Path("/var/lib/smartward-screen")
"""Where the screen of a package or an image keeps its own."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    args = argparse.ArgumentParser(prog="smartward check --device", description=__doc__)
    args.add_argument("--state-dir", type=Path, default=FOLDER, help=f"its own folder: {FOLDER}")
    args.add_argument("--hub", help="address of the hub, of a screen that was not paired")
    args.add_argument("--token-file", type=Path, help="its credential, of such a one")
    args.add_argument("--ca", type=Path, action="append", default=[], help="the hub's authority")
    args.add_argument("--inputs", type=Path, help="the screen's inputs file")
    args.add_argument(
        "--seed", type=Path, metavar="FILE", help="its start file, where that is none of a kiosk's"
    )
    args.add_argument("--bed", default="", help="the number of the bed or room it hangs at")
    args.add_argument("--config", type=Path, help="settings file (TOML)")
    args.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    args.add_argument("--to", type=Path, metavar="FILE", help="write the report there (PDF)")
    args.add_argument(
        "--touch-within", type=float, default=30.0, metavar="S", help="seconds to touch it: 30"
    )
    args.add_argument("--no-touch", action="store_true", help="nobody is here to touch it")
    args.add_argument("--no-sound", action="store_true", help="do not sound: a patient sleeps")
    args.add_argument("--no-call", action="store_true", help="no test call")
    return args


def main(argv: list[str]) -> int:
    """Look at everything, tell it, write the report. 1 where something is at fault.

    Raises Misconfigured for settings, files and a folder that cannot be, before anything is tested.
    """
    options = parser().parse_args(argv)
    settings = load(options.config, pairs(options.set))
    if not os.access(options.state_dir, os.R_OK | os.W_OK | os.X_OK):
        raise Misconfigured("check.no_folder", folder=str(options.state_dir))
    if options.to is not None:
        may_be_written(options.to)
    texts, clock = of_terminal(), SystemClock()
    paired = kept(options.state_dir)
    lines: list[CheckLine] = []

    def tell(*found: CheckLine) -> None:
        for line in found:
            lines.append(line)
            print(*in_columns(line, texts), sep="\n", flush=True)

    told: OwnTest | None = None
    certificate = None if paired is None else paired.certificate
    tell(certificate_line(certificate, clock.now()))
    hub = _hub(options, paired)
    if hub is None:
        tell(fault("hub", "no_credential"))
        tell(*(untested(what, "no_hub") for what in ("place", "clock", "call")))
    else:
        told, found = ask_hub(hub, clock, options.bed, call=not options.no_call)
        tell(*found)
    tell(disk_speed(options.state_dir, clock), disk_room(options.state_dir), memory(ROOT))
    tell(keys(options.state_dir))
    tell(display(ROOT), light(settings.backlight or LIGHTS), watchdog(ROOT))
    tell(readers(options.inputs))
    tell(_touch(options, texts), _sound(options, texts), versions(ROOT))
    if options.to is not None:
        of = which(serial_of(_serial(options), ROOT), told)
        report = CheckReport(which=of, at=clock.now(), lines=tuple(lines))
        write(report, options.to, LANGUAGES)
    return 1 if any(line.how is How.FAULT for line in lines) else 0


def _serial(options: argparse.Namespace) -> str:
    """The number on its box as somebody wrote it down: in the file that is said, else in the last
    of a kiosk's files that has one (packaging/systemd/smartward-kiosk); empty: nobody did."""
    if options.seed is not None:
        return written_serial(options.seed)
    own = options.state_dir
    usual = (own / "screen.toml", own / "smartward.toml", Path("/etc/smartward/screen.toml"))
    return next(filter(None, (written_serial(file) for file in usual if file.is_file())), "")


def _hub(options: argparse.Namespace, paired: Enrolled | None) -> Hub | None:
    """How this screen reaches its hubs; None where it was never told."""
    others: tuple[str, ...] = ()
    if paired is not None and paired.what.hubs:
        token, ca = read_token(paired.token), paired.ca
        url, certificate = options.hub or paired.what.hubs[0], paired.certificate
        others = () if options.hub else paired.what.hubs[1:]
    elif options.hub is not None and options.token_file is not None:
        token, ca, url = read_token(options.token_file), tuple(options.ca), options.hub
        certificate = None
    else:
        return None
    start = start_headers(options.state_dir, token)
    return Hub(url=url, token=token, ca=ca, others=others, certificate=certificate, start=start)


def _touch(options: argparse.Namespace, texts: Catalogue) -> CheckLine:
    if options.no_touch:
        return untested("touch", "left_out")
    devices = touch_devices(ROOT)
    if devices:
        print(texts.text("check.touch_now", s=round(options.touch_within)), flush=True)
    return touched(devices, options.touch_within, SystemClock())


def _sound(options: argparse.Namespace, texts: Catalogue) -> CheckLine:
    if options.no_sound:
        return untested("sound", "left_out")

    def ask() -> bool | None:
        if not sys.stdin.isatty():
            return None
        return input(texts.text("check.heard") + " ").strip().lower() in ("y", "yes", "是", "j")

    return heard(ask)
