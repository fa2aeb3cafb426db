"""Sessions of staff at screens: how long they last, and whether a touch was made in one.

A session's text carries its own times under a key of the hub, so that a hub whose file was restored
from a backup believes what its screens send again, sessions that began after the backup included.
What ended a session early stands in the store.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from uuid6 import uuid7

from smartward import secret
from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clinical.ward import DutyHours, Roster, StaffMember, Ward, shift_at
from smartward.errors import Refused
from smartward.hub import audit
from smartward.hub.store.model import SessionRow, decode, encode, instant
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.envelope import Person

LONGEST = timedelta(hours=12)
"""No session lasts longer."""

OFFLINE = "offline"
"""Stands for a session where the screen itself checked badge or PIN."""

_EARLY = timedelta(seconds=5)
"""So much a touch may lie before its session: two clocks told their times."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_KEY = "staff_key"
"""Name of the hub's key in its file."""

ENDED = "session.end"
"""What the audit calls it."""

PROVED_BY = ("badge", "pin")

BELIEVED = frozenset({"badge", "pin", "badge_offline", "pin_offline"})
"""How an actor is known whom a proof stands for."""


class NotProved(Refused):
    """Nobody stands for this action; the key says why."""


class Called(msgspec.Struct, frozen=True):
    """How a person is called, kept with their session: they may leave the roster before a late
    action of theirs arrives."""

    name: str
    family: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What a session's text says."""

    id: str
    known: str
    began_at: datetime
    until: datetime


def hub_key(tx: Tx) -> str:
    """The hub's key, made at its first use. It is a part of its file: a backup holds it too."""
    key = tx.meta_get(_KEY)
    if key is None:
        key = secret.new_key()
        tx.meta_set(_KEY, key)
    return key


def member_of(reader: Reader, ward: str, person: str) -> StaffMember | None:
    """A person of the ward's roster, or None."""
    return next((one for one in roster(reader, ward).members if one.id == person), None)


def roster(reader: Reader, ward: str) -> Roster:
    """The ward's roster; one without anybody while none is known."""
    stored = reader.get(ward, "roster", "roster")
    return Roster() if stored is None else decode(stored.body, Roster)


# ---------------------------------------------------------------------- how long


def session_end(ward: Ward, member: StaffMember, now: datetime) -> datetime:
    """When a session that begins now is over: with the person's duty where the roster has them on
    duty now, else with the ward's shift, and after 12 hours at most."""
    local = now.astimezone(ZoneInfo(ward.zone))
    ends = [end for hours in member.duty if (end := _duty_end(hours, local)) is not None]
    if not ends and (shift := shift_at(ward, now)) is not None:
        ends = [_next(local, shift.end)]
    return min([*(end.astimezone(UTC) for end in ends[:1]), now + LONGEST])


def _duty_end(hours: DutyHours, local: datetime) -> datetime | None:
    """When the duty is over that these hours name for this moment; None: none is."""
    for day in (local.date(), local.date() - timedelta(days=1)):
        if hours.days and day.isoweekday() not in hours.days:
            continue
        start = datetime.combine(day, hours.start, local.tzinfo)
        end = datetime.combine(day, hours.end, local.tzinfo)
        if hours.end <= hours.start:
            end += timedelta(days=1)
        if start <= local < end:
            return end
    return None


def _next(local: datetime, at: time) -> datetime:
    end = datetime.combine(local.date(), at, local.tzinfo)
    return end if end > local else end + timedelta(days=1)


# ---------------------------------------------------------------------- begin and end


def begin(
    tx: Tx, device: Device, member: StaffMember, known: str, until: datetime
) -> tuple[str, SessionRow]:
    """Begin a session of `member` at `device`; gives its text and its row."""
    row = SessionRow(
        id=str(uuid7()),
        ward=device.ward,
        device=device.id,
        person=member.id,
        known=known,
        began_at=instant(tx.now),
        until=instant(until),
        ended_at=None,
        body=encode(Called(member.name, member.family)),
    )
    tx.session_put(row)
    told = f"{row.id}~{known}~{row.began_at}~{row.until}"
    return f"{told}~{_sealed(tx, told, device.id, member.id)}", row


def session_id(text: str) -> str:
    """The id in a session's text."""
    return text.partition("~")[0]


def called(row: SessionRow) -> Actor:
    """Whose session it is."""
    name = decode(row.body, Called)
    return Actor(
        device_id=row.device,
        person_id=row.person,
        name=name.name,
        family=name.family,
        known=row.known,
    )


def end(tx: Tx, row: SessionRow, at: datetime, why: str) -> None:
    """End a session at `at`, and tell the audit."""
    tx.session_end(row.id, at)
    about = About(kind="session", id=row.id, why=why)
    audit.record(tx, row.ward, called(row), ENDED, about, touched_at=at)


def device_gone(tx: Tx, device: str) -> None:
    """The screen `device` is taken away, or stands elsewhere: the sessions begun at it end, and
    what it checked by itself and did not tell yet is believed no more, for nobody knows in whose
    hands it was."""
    for row in tx.sessions_live(tx.now):
        if row.device == device:
            end(tx, row, tx.now, "device_gone")
    tx.grants_drop(device)


def _sealed(tx: Tx, told: str, device: str, person: str) -> str:
    text = f"session:{device}:{person}:{told}"
    return secret.keyed(hub_key(tx), text).hex()[:32]


# ---------------------------------------------------------------------- is it believed?


def proved(tx: Tx, device: Device, by: Person, at: datetime) -> Actor:
    """Who touched `device` at `at`, by the session or permission that `by` names.

    Raises NotProved where the session is another's or unknown, was over at `at`, or where this
    screen might not check that person by itself then.
    """
    if by.id is None or by.session is None:
        raise NotProved("identity.session_unknown")
    if by.session == OFFLINE:
        return _offline(tx, device, by, at)
    told = _opened(tx, device, by)
    row = tx.session(told.id)
    if row is None and not _of_a_lost_past(tx, at):
        raise NotProved("identity.session_unknown")
    end = told.until if row is None or row.ended_at is None else _over(tx, row.ended_at)
    end = min([end, told.until, *_left_roster(tx, device.ward, by.id)])
    if not min(told.began_at, tx.now) - _EARLY <= at < end:
        raise NotProved("identity.session_over")
    member = member_of(tx, device.ward, by.id)
    if member is None and row is not None:
        return called(row)
    return _named(device, by.id, member, told.known)


def _opened(tx: Tx, device: Device, by: Person) -> _Told:
    """What the text of a session says, which the hub wrote for this screen and person."""
    told, _, seal = (by.session or "").rpartition("~")
    expected = _sealed(tx, told, device.id, by.id or "")
    if not secret.same(seal.encode(), expected.encode()):
        raise NotProved("identity.session_unknown")
    id, known, began_at, until = told.split("~")
    return _Told(id, known, _moment(began_at), _moment(until))


def _offline(tx: Tx, device: Device, by: Person, at: datetime) -> Actor:
    person = by.id or ""
    grant = tx.grant(device.id, person)
    if grant is None or by.known not in PROVED_BY:
        raise NotProved("identity.offline_unknown")
    if at < _begun(tx, grant.since) - _EARLY:
        raise NotProved("identity.offline_unknown")
    if at >= min([_moment(grant.until), *_left_roster(tx, device.ward, person)]):
        raise NotProved("identity.offline_over")
    member = member_of(tx, device.ward, person)
    return _named(device, person, member, f"{by.known}_offline")


def _named(device: Device, person: str, member: StaffMember | None, known: str) -> Actor:
    return Actor(
        device_id=device.id,
        person_id=person,
        name=None if member is None else member.name,
        family=None if member is None else member.family,
        known=known,
    )


def _left_roster(tx: Tx, ward: str, person: str) -> list[datetime]:
    """When somebody who is not on the roster was found to be off it. A roster without anybody
    tells nothing of one person."""
    stored = tx.get(ward, "roster", "roster")
    members = () if stored is None else decode(stored.body, Roster).members
    if stored is None or not members or any(one.id == person for one in members):
        return []
    return [_over(tx, stored.at)]


def _of_a_lost_past(tx: Reader, at: datetime) -> bool:
    """Whether this was touched in a time that a restored file knows nothing of."""
    since = tx.meta_get("epoch_since")
    return since is not None and instant(at) < since


def _begun(tx: Tx, text: str) -> datetime:
    """When something began. Dated ahead of now it was noted before the clock was set back, and so
    before whatever is touched now."""
    return min(_moment(text), tx.now)


def _over(tx: Tx, text: str) -> datetime:
    """When something was over. Dated ahead of now that was before the clock was set back: of a
    touch nobody can say any more that it came before."""
    moment = _moment(text)
    return moment if moment <= tx.now else _LONG_AGO


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
