"""`smartward hub backup` and `smartward hub restore`: a ward as one file, and back."""

import argparse
import errno
import json
import os
from pathlib import Path

from smartward.arguments import FOLDER, which_hub
from smartward.clock import SystemClock
from smartward.config import Settings, load
from smartward.config import pairs as read_pairs
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.options import data_dir, lock
from smartward.hub.store.opening import FILE, at_terminal, store_secret
from smartward.hub.store.ward_copy import file_to_file, forget, of_this_version, wards_in
from smartward.hub.witness import restored


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="smartward hub", description="A ward's whole store as one file, and back."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", help="copy the ward while its hubs run")
    backup.add_argument("--to", type=Path, required=True, metavar="FILE", help="what to write")
    restore = commands.add_parser("restore", help="make the ward what a backup holds")
    restore.add_argument("--from", dest="source", type=Path, required=True, metavar="FILE")
    restore.add_argument(
        "--replace", action="store_true", help="also when the ward is there: what it holds goes"
    )
    for command in (backup, restore):
        command.add_argument("--ward", help="the ward's id; otherwise the setting")
        command.add_argument("--config", type=Path, help="settings file (TOML)")
        command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    which_hub(parser, commands.choices.values(), FOLDER)
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Copy and tell what was copied, as JSON. Raises Misconfigured and StorageFault."""
    given = _parse(argv)
    pairs = read_pairs(given.set)
    if given.ward is not None:
        pairs = {**pairs, "ward": given.ward}
    settings = load(given.config, pairs)
    folder = data_dir(given.data_dir)
    try:
        if given.command == "backup":
            told = _backup(settings, folder, given.to)
        else:
            told = _restore(settings, folder, given.source, replace=given.replace)
    except StorageFault as fault:
        if fault.key == "storage.full":
            raise StorageFault("hub.copy_full", fault.detail) from fault
        raise at_terminal(fault) from fault.__cause__
    print(json.dumps({"ward": settings.ward, **told}))
    return 0


def _backup(settings: Settings, folder: Path, target: Path) -> dict[str, object]:
    if not settings.store_url:
        source = folder / FILE
        if not source.is_file():
            raise Misconfigured("hub.no_file", str(source), file=str(source))
        _may_be_written(target)
        wards = wards_in(source)
        if settings.ward not in wards:
            listed = ", ".join(wards) or "–"
            raise Misconfigured("hub.not_in_file", listed, ward=settings.ward, wards=listed)
        file_to_file(source, target)
        return {"file": str(target)}
    from smartward.hub.store.postgres_copy import to_file
    from smartward.hub.store.postgres_link import Address

    address = Address(settings.store_url, settings.ward, store_secret(settings))
    _may_be_written(target)
    return {"file": str(target), "rows": to_file(address, target)}


def _may_be_written(target: Path) -> None:
    """Raises StorageFault when no file can be made there: before the ward is read."""
    made = target.with_name(f"{target.name}.new")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        forget(made)
        made.touch(mode=0o600)
        forget(made)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageFault("hub.backup_not_written", reason, file=str(target)) from error


def _restore(settings: Settings, folder: Path, source: Path, *, replace: bool) -> dict[str, object]:
    with of_this_version(source, settings.ward) as file:
        if settings.store_url:
            from smartward.hub.store.postgres_copy import from_file
            from smartward.hub.store.postgres_link import Address

            address = Address(settings.store_url, settings.ward, store_secret(settings))
            now = SystemClock().now()
            return {"rows": from_file(address, file, now, replace=replace)}
    target = folder / FILE
    if target.exists() and not replace:
        raise Misconfigured("hub.ward_is_there", str(target), ward=settings.ward)
    with lock(folder):
        for beside in ("-wal", "-shm"):
            forget(target.with_name(f"{FILE}{beside}"))
        file_to_file(source, target)
    return {"file": str(restored(folder))}
