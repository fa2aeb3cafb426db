"""`smartward rehearse`: the ward's past by other rules, read from the hub's file while it runs."""

import argparse
import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from smartward.clinical.bed import Bed
from smartward.clinical.routing import AddresseeRole
from smartward.clinical.rules import REGISTRY, RuleSettings
from smartward.clinical.shadow_report import ShadowReport, shadow_report
from smartward.clinical.ward import Roster, Ward, is_night
from smartward.config import Settings, load
from smartward.errors import Misconfigured
from smartward.hub.options import data_dir
from smartward.hub.rehearsal.compare import Comparison, Frame
from smartward.hub.rehearsal.deterioration import SCORE_KINDS, Witness, score_alone
from smartward.hub.rehearsal.past import past
from smartward.hub.rehearsal.picture import comparison_picture, shadow_picture
from smartward.hub.rehearsal.replay import Replayed, replay
from smartward.hub.rehearsal.tables import comparison_lines, shadow_lines
from smartward.hub.rehearsal.words import moment
from smartward.hub.rule_changes import in_force
from smartward.hub.rule_settings import changes as differences
from smartward.hub.rule_settings import read_rules
from smartward.hub.store.model import decode, encode
from smartward.hub.store.reader import Reader
from smartward.i18n import LANGUAGES, Catalogue, of_terminal
from smartward.storage import connect, fault_of

T = TypeVar("T")

WARM_UP = timedelta(hours=24)
"""The rehearsal begins so long before what is counted, where the history goes back that far: then
ladders are on their way and nothing is told as new that was so before."""

HOLD = timedelta(minutes=2)
"""A stay that comes is judged when the hospital system has told something of it, or so much later
where there is nothing to tell: nothing is said that it would have known better."""

_LOG_BEFORE = timedelta(days=7)
_HOUSE = "house"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward rehearse",
        description="Play the ward's recorded past again through the alert rules, by the settings"
        " in force and by changed ones, and tell what would differ. Nothing is written to the"
        " hub's file, and the hub may run.",
    )
    when = "2026-11-21 or 2026-11-21T08:00, the ward's own time"
    parser.add_argument("--from", dest="since", required=True, metavar="TIME", help=when)
    parser.add_argument("--to", dest="until", metavar="TIME", help="before this; else all there is")
    parser.add_argument("--ward", help="which ward, where the file has several")
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub")
    parser.add_argument("--config", type=Path, help="settings file of the hub: times of ladders")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="the change: what it leaves out stays as it is in force",
    )
    what.add_argument(
        "--shadow", action="store_true", help="what rules in shadow would have said, by the log"
    )
    parser.add_argument("--language", choices=LANGUAGES, help="of table and picture")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the picture there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser


def main(argv: list[str]) -> int:
    """Rehearse, or report. Raises Misconfigured, with the remedy, for what cannot be rehearsed."""
    options = _parser().parse_args(argv)
    language = options.language or of_terminal().language
    with _File.open(data_dir(options.data_dir)) as file:
        scene = _scene(file, options, language)
        if options.shadow:
            report = _shadow(scene)
            told = (scene.texts, scene.ward.name or scene.ward.id, scene.ward.zone, report)
            lines, picture = shadow_lines(*told), shadow_picture(*told)
            _put(options, report, picture)
        else:
            comparison = _compare(scene, options)
            lines = comparison_lines(scene.texts, comparison)
            _put(options, comparison, comparison_picture(scene.texts, comparison))
    if scene.ended:
        print(scene.texts.text("rehearse.ended", until=moment(scene.texts, scene.until)))
    for line in lines:
        print(line)
    return 0


def _put(options: argparse.Namespace, found: Comparison | ShadowReport, picture: str) -> None:
    if options.svg is not None:
        options.svg.write_text(picture, encoding="utf-8")
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(encode(found), indent=1) + b"\n")


@dataclass(frozen=True, slots=True)
class _File:
    """The hub's file, only read: each look is a snapshot of its own."""

    path: Path
    connection: sqlite3.Connection

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path) -> Iterator["_File"]:
        path = folder / "hub.sqlite"
        if not path.is_file():
            raise Misconfigured("rehearse.error.no_file", str(path), file=str(path))
        connection = connect(path, read_only=True)
        try:
            yield cls(path, connection)
        finally:
            connection.close()

    def read(self, fn: Callable[[Reader], T]) -> T:
        """Raises StorageFault."""
        try:
            self.connection.execute("begin")
            try:
                return fn(Reader(self.connection.execute))
            finally:
                self.connection.execute("rollback")
        except sqlite3.Error as error:
            raise fault_of(error, self.path) from error


@dataclass(frozen=True, slots=True)
class _Scene:
    """Which ward, from when until when, and since when its history is whole. `ended`: more was
    asked for than there is."""

    file: _File
    ward: Ward
    texts: Catalogue
    since: datetime
    until: datetime
    begins: datetime
    ended: bool


def _scene(file: _File, options: argparse.Namespace, language: str) -> _Scene:
    ward = file.read(lambda tx: _ward(tx, options.ward))
    texts = Catalogue(language, ZoneInfo(ward.zone))
    span = file.read(lambda tx: _recorded(tx, ward.id, options.shadow))
    if span is None:
        raise Misconfigured("rehearse.error.no_history")
    begins, last = span
    end = last + timedelta(milliseconds=1)
    since = _moment("--from", options.since, texts.zone)
    until = end if options.until is None else _moment("--to", options.until, texts.zone)
    if since >= until and options.until is not None:
        told = {"since": moment(texts, since), "until": moment(texts, until)}
        raise Misconfigured("rehearse.error.no_span", **told)
    if since < begins - timedelta(minutes=1):
        # Rounded up: what is named can be given.
        first = moment(texts, begins + timedelta(seconds=59))
        raise Misconfigured("rehearse.error.too_early", ward=ward.id, since=first)
    if since >= end:
        told = {"until": moment(texts, last)}
        raise Misconfigured("rehearse.error.too_late", ward=ward.id, **told)
    return _Scene(file, ward, texts, since, min(until, end), begins, ended=until > end)


def _recorded(reader: Reader, ward: str, shadow: bool) -> tuple[datetime, datetime] | None:
    """Since when and until when there is a record; None: of nothing. What rules in shadow said is
    in the log of alerts, which may be kept for longer than the history."""
    found = [reader.history_since(ward), reader.history_last(ward)]
    if shadow:
        found += reader.alert_log_span(ward)
    known = [at for at in found if at is not None]
    return (min(known), max(known)) if known else None


def _moment(option: str, text: str, zone: ZoneInfo) -> datetime:
    """A time; without a zone the ward's. Raises Misconfigured."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise Misconfigured("rehearse.error.no_time", option=option, value=text) from error


def _ward(reader: Reader, named: str | None) -> Ward:
    known = [id for id in reader.wards() if reader.get(id, "ward", id) is not None and id != _HOUSE]
    wards = ", ".join(known)
    if named is not None and named not in known:
        raise Misconfigured("rehearse.error.no_ward", ward=named, wards=wards)
    if named is None and len(known) > 1:
        raise Misconfigured("rehearse.error.which_ward", wards=wards)
    chosen = named or (known[0] if known else None)
    stored = None if chosen is None else reader.get(chosen, "ward", chosen)
    if stored is None:
        raise Misconfigured("rehearse.error.no_history")
    return decode(stored.body, Ward)


def _compare(scene: _Scene, options: argparse.Namespace) -> Comparison:
    hub = Settings() if options.config is None else load(options.config)
    force = scene.file.read(lambda tx: in_force(tx, scene.ward.id))
    changed = None if options.settings is None else read_rules(options.settings, force)
    rows = scene.file.read(lambda tx: tx.alert_log(scene.ward.id, scene.since, scene.until))
    witness = Witness()
    scores = asyncio.run(_replay(scene, score_alone(), hub, witness))
    before = asyncio.run(_replay(scene, force, hub))
    after = None if changed is None else asyncio.run(_replay(scene, changed, hub))
    frame = Frame(
        ward=scene.ward,
        since=scene.since,
        until=scene.until,
        numbers={bed.id: bed.number for bed in witness.beds.values()},
        worse=witness.deteriorations(scores, scene.since, scene.until),
        recorded=sum(
            row.event == "opened" and row.mode == "on" and row.rule in REGISTRY.shipped
            for row in rows
        ),
        changes=() if changed is None else tuple(differences(force, changed)),
    )
    return frame.compare(before, after)


async def _replay(
    scene: _Scene, rules: RuleSettings, hub: Settings, witness: Witness | None = None
) -> Replayed:
    begin = max(scene.begins, scene.since - WARM_UP)
    places = scene.file.read(lambda tx: tx.history_range(scene.ward.id, begin, scene.until))
    changes = past(scene.file.read, scene.ward.id, places, begin)
    if witness is not None:
        changes = (one for one in witness.watch(changes) if one.kind in SCORE_KINDS)
    return await replay(scene.ward, changes, rules, hub=hub, until=scene.until, hold=HOLD)


def _shadow(scene: _Scene) -> ShadowReport:
    first = scene.since - _LOG_BEFORE
    rows = scene.file.read(lambda tx: tx.alert_log(scene.ward.id, first, scene.until))
    beds = scene.file.read(lambda tx: [decode(s.body, Bed) for s in tx.all(scene.ward.id, "bed")])
    roles = scene.file.read(lambda tx: _roles(tx, scene.ward.id))
    return shadow_report(
        rows,
        scene.since,
        scene.until,
        len(beds),
        lambda at: is_night(scene.ward, at),
        lambda asked: roles.get(asked, "unknown"),
    )


def _roles(reader: Reader, ward: str) -> dict[str, str]:
    """What whoever is asked is: staff by their ids, and the roles that stand in for people."""
    stored = reader.get(ward, "roster", "roster")
    members = () if stored is None else decode(stored.body, Roster).members
    return {str(role): str(role) for role in AddresseeRole} | {
        one.id: str(one.role) for one in members
    }
