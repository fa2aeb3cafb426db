"""`smartward audit`: who did what, read from the hub's file, whether the hub runs or not."""

import argparse
import contextlib
import dataclasses
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward.arguments import FOLDER, which_hub
from smartward.clinical.ward import Ward
from smartward.errors import Misconfigured, Unreachable
from smartward.his.fhir.audit_event import audit_event
from smartward.hub import audit
from smartward.hub.audit import Noted
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir
from smartward.hub.store.model import AuditRow, decode
from smartward.hub.store.reader import Reader
from smartward.storage import connect

_HASH = "urn:smartward:audit-hash"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward audit", description="Who did what on the ward: the hub's audit."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="FHIR R4 AuditEvents, one a line")
    for name, what in (("since", "from this time on"), ("until", "before this time")):
        export.add_argument(
            f"--{name}",
            type=_moment,
            metavar="TIME",
            help=f"{what}: 2026-11-21 or 2026-11-21T08:00, the ward's time unless it tells another",
        )
    export.add_argument("--source", default="his", help="the setting his_source of the hub")
    verify = commands.add_parser(
        "verify",
        help="was anything changed or taken away?",
        description="Follow the chain of hashes from the first row to the newest, and give how many"
        " rows there are and the newest one as `note`. Ends with 1 where a row was changed or is"
        " missing. Keep the note elsewhere: given again with --since-hash it shows that no row was"
        " taken from the end either.",
    )
    verify.add_argument(
        "--since-hash",
        metavar="NOTE",
        help="the `note` that an earlier verify gave: it must be there still",
    )
    which_hub(parser, commands.choices.values(), FOLDER)
    return parser


def _moment(text: str) -> datetime:
    """A time, with or without a zone."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write 2026-11-21 or 2026-11-21T08:00"
        ) from error


def _noted(text: str) -> Noted:
    """A row's number and hash, `NUMBER:HASH` as `verify` gives it, or with a space as an export
    does. Raises Misconfigured for what is none."""
    found = re.fullmatch(r"([0-9]{1,18})[: ]([0-9a-f]{64})", text.strip().lower(), re.ASCII)
    if found is None:
        raise Misconfigured("audit.no_hash", text=text)
    return Noted(int(found[1]), found[2])


def _range(
    parser: argparse.ArgumentParser, options: argparse.Namespace, reader: Reader
) -> tuple[datetime | None, datetime | None]:
    """From when until when. A time without a zone is the ward's, as on its screens. Ends the
    program with 2 for times between which nothing can lie."""
    wards = [decode(one.body, Ward) for id in reader.wards() for one in reader.all(id, "ward")]
    zone = ZoneInfo(wards[0].zone) if wards else None
    try:
        since, until = (
            at if at is None or at.tzinfo is not None else at.replace(tzinfo=zone).astimezone()
            for at in (options.since, options.until)
        )
    except OverflowError:
        parser.error("--since and --until must be times that can be told in another zone")
    if since is not None and until is not None and since >= until:
        parser.error("--since must be before --until: nothing lies between them")
    return since, until


def main(argv: list[str]) -> int:
    """Export or verify.

    Raises BadData when the audit is not whole, Misconfigured where the folder holds no hub's file
    or what was given as a hash is none.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    given = options.since_hash if options.command == "verify" else None
    noted = None if given is None else _noted(given)
    folder = data_dir(options.data_dir)
    with _reader(folder) as reader:
        if options.command == "verify":
            return _verify(reader, noted)
        since, until = _range(parser, options, reader)
        _export(reader, since, until, options.source)
    with contextlib.suppress(Unreachable):  # a hub that does not run cannot write it down
        ask(admin_socket(folder), do="audit_exported")
    return 0


@contextlib.contextmanager
def _reader(folder: Path) -> Iterator[Reader]:
    """One snapshot of the hub's file."""
    file = folder / "hub.sqlite"
    if not file.is_file():
        raise Misconfigured("audit.no_file", str(file), file=str(file))
    connection = connect(file, read_only=True)
    try:
        connection.execute("begin")
        yield Reader(connection.execute)
    finally:
        connection.close()


def _verify(reader: Reader, noted: Noted | None) -> int:
    whole = audit.verify(reader, noted)
    note = f"{whole.last}:{whole.hash}" if whole.rows else ""
    print(json.dumps({**dataclasses.asdict(whole), "note": note}))
    return 0


def _export(reader: Reader, since: datetime | None, until: datetime | None, source: str) -> None:
    for row in audit.rows_of(reader):
        at = datetime.fromisoformat(row.at)
        if (since is None or at >= since) and (until is None or at < until):
            sys.stdout.write(json.dumps(_line(row, source), ensure_ascii=False) + "\n")


def _line(row: AuditRow, source: str) -> dict[str, object]:
    """The AuditEvent with its place in the chain: an export can be held against the file."""
    event = audit_event(audit.told(row), source)
    return event | {"extension": [{"url": _HASH, "valueString": f"{row.seq} {row.hash.hex()}"}]}
