"""Which serial number shall stand where, told before the screens are put up.

Commands of the admin socket: `bulk` (a list of them, all of it or nothing), `expected` (who was
told of and has not been placed), `withdraw` (one of them is expected no more).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartward.clinical.device import Device, ScreenRole
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator
from smartward.hub.admin import Admin, find_place
from smartward.hub.administrator import Told
from smartward.hub.pairing_requests import of_store, waiting
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

KIND = "expected_screen"
NO_PAGES = frozenset({ScreenRole.GATEWAY, ScreenRole.STANDBY})
"""Roles of what is no screen and shows no code."""
MOST_LINES = 500

_EXPECT = Told("device.expect", "device", "serial")
_WITHDRAW = Told("device.withdraw", "device", "serial")

Answer = dict[str, Any]
Spot = tuple[ScreenRole, str]
"""A role at a bed or room, by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Document kind `expected_screen` of the ward, id = serial number: where a screen shall stand
    that was not put up yet. A serial number proves nothing: a person approves all the same."""

    serial: str
    role: ScreenRole
    place: str | None
    label: str = ""


def register(admin: Admin, store: Store, settings: Settings) -> None:
    """Have the admin socket take these commands."""

    async def bulk(request: Answer) -> Answer:
        return await store.write(lambda tx: _expect(tx, settings, request))

    async def expected(request: Answer) -> Answer:
        return {"expected": await store.read(lambda reader: list(_rows(reader, settings.ward)))}

    async def withdraw(request: Answer) -> Answer:
        one = await store.write(lambda tx: _withdrawn(tx, settings, request))
        return {"serial": one.serial, "role": str(one.role), "place": one.place}

    admin.handle("bulk", bulk, _EXPECT)
    admin.handle("expected", expected)
    admin.handle("withdraw", withdraw, _WITHDRAW)


def expected_of(reader: Reader, ward: str, serial: str) -> Expected | None:
    """What was told of this serial number, until a screen with it is placed."""
    stored = reader.get(ward, KIND, serial) if serial else None
    return None if stored is None else decode(stored.body, Expected)


def placed(
    tx: Tx, settings: Settings, request: Answer, device: Device, serial: str, *, swapped: bool
) -> None:
    """A screen with this serial number was placed: it is expected no more, wherever it stands now.
    Where it was `swapped` for the screen there, nobody else is expected at its place either: the
    broken one, plugged in again, would be proposed for it."""
    if expected_of(tx, settings.ward, serial) is not None:
        tx.delete(settings.ward, KIND, serial)
    if swapped and device.place is not None:
        spot = (ScreenRole(device.role), device.place)
        for one in list(_all(tx, settings.ward)):
            if _spot(tx, settings, one) == spot:
                _withdraw(tx, settings, request, one)


def _expect(tx: Tx, settings: Settings, request: Answer) -> Answer:
    """Know all of a list or nothing of it. What is wrong is answered line by line, each with the
    key and the values of its reason; `flawed`: whoever read the list knows of a wrong line already,
    and asks for the others alone. Raises Misconfigured for a list that is too long."""
    lines = list(request["lines"])
    if len(lines) > MOST_LINES:
        raise Misconfigured("enrol.bulk_long", str(len(lines)), most=MOST_LINES)
    read = _List(tx, settings, lines)
    wrong = list(read.wrong_lines())
    if wrong or request.get("flawed"):
        administrator.record(tx, settings.ward, request, _EXPECT, refused="enrol.bulk_wrong")
        return {"expected": 0, "wrong": wrong}
    tx.origin("admin", None, None)
    for one in read.expected:
        tx.put(settings.ward, KIND, one.serial, one)
        _record(tx, settings, request, _EXPECT, one)
    return {"expected": len(read.expected)}


@dataclass(slots=True)
class _List:
    """A list as it is read, with what earlier ones mean of which it says nothing itself: what it
    says of a serial number stands instead of what was said before."""

    reader: Reader
    settings: Settings
    lines: Sequence[Answer]
    expected: list[Expected] = field(default_factory=list, init=False)
    _serials: dict[str, int] = field(default_factory=dict, init=False)
    """The line in which each stands first."""
    _spots: dict[Spot, tuple[str, int]] = field(default_factory=dict, init=False)
    """For whom each is meant, and in which line."""
    _earlier: dict[Spot, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        said_anew = {_serial(line) for line in self.lines}
        for one in _all(self.reader, self.settings.ward):
            spot = _spot(self.reader, self.settings, one)
            if spot is not None and one.serial not in said_anew:
                self._earlier[spot] = one.serial

    def wrong_lines(self) -> Iterator[Answer]:
        """Read it; gives the lines that are wrong, with the first reason of each."""
        for turn, line in enumerate(self.lines):
            number = int(line.get("line", turn + 2))  # below that of the columns' names
            try:
                self.expected.append(self._read(line, number))
            except Misconfigured as error:
                yield {"line": number, "key": error.key, "values": error.values}

    def _read(self, line: Answer, number: int) -> Expected:
        """What one line says. Raises Misconfigured."""
        serial = _serial(line)
        if not serial:
            raise Misconfigured("enrol.bulk_no_serial", str(number))
        first = self._serials.setdefault(serial, number)
        if first != number:
            raise Misconfigured("enrol.bulk_serial", serial, serial=serial, other=first)
        role = _role(line)
        place = str(line.get("place") or "") or None
        at = find_place(self.reader, self.settings, role, place)
        if at is not None:
            self._take((role, at), serial, number, place or at)
        return Expected(
            serial=serial, role=role, place=place, label=str(line.get("label") or "").strip()
        )

    def _take(self, spot: Spot, serial: str, number: int, place: str) -> None:
        """Raises Misconfigured where another one is meant to be there."""
        named = {"role": str(spot[0]), "place": place}
        other, line = self._spots.setdefault(spot, (serial, number))
        if other != serial:
            raise Misconfigured("enrol.bulk_place", place, **named, serial=other, other=line)
        earlier = self._earlier.get(spot)
        if earlier is not None:
            raise Misconfigured("enrol.bulk_meant", place, **named, serial=earlier)


def _serial(line: Answer) -> str:
    return str(line.get("serial") or "").strip()


def _role(line: Answer) -> ScreenRole:
    """Raises Misconfigured for what is no role of a screen."""
    said = str(line.get("role") or ScreenRole.BEDSIDE).strip().lower()
    pages = [role for role in ScreenRole if role not in NO_PAGES]
    if said not in set(ScreenRole):
        raise Misconfigured("enrol.bad_role", said, role=said, roles=", ".join(pages))
    if said not in pages:
        raise Misconfigured("enrol.no_screen", said, role=said)
    return ScreenRole(said)


def _all(reader: Reader, ward: str) -> Iterator[Expected]:
    return (decode(stored.body, Expected) for stored in reader.all(ward, KIND))


def _spot(reader: Reader, settings: Settings, one: Expected) -> Spot | None:
    """Where it shall stand; None for what belongs to the whole ward, and for a place that the ward
    has no more."""
    try:
        place = find_place(reader, settings, one.role, one.place)
    except Misconfigured:
        return None
    return None if place is None else (one.role, place)


def _rows(reader: Reader, ward: str) -> Iterator[Answer]:
    """Who was told of and has not been placed, each with the code that it shows meanwhile."""
    shown = {one.serial: one.code for one in waiting(of_store(reader, ward))}
    for one in sorted(_all(reader, ward), key=lambda one: one.serial):
        yield {
            "serial": one.serial,
            "role": str(one.role),
            "place": one.place,
            "label": one.label,
            "code": shown.get(one.serial),
        }


def _withdrawn(tx: Tx, settings: Settings, request: Answer) -> Expected:
    """Raises Misconfigured for a serial number that nobody told of."""
    serial = _serial(request)
    one = expected_of(tx, settings.ward, serial)
    if one is None:
        raise Misconfigured("enrol.not_expected", serial, serial=serial)
    tx.origin("admin", None, None)
    _withdraw(tx, settings, request, one)
    return one


def _withdraw(tx: Tx, settings: Settings, request: Answer, one: Expected) -> None:
    tx.delete(settings.ward, KIND, one.serial)
    _record(tx, settings, request, _WITHDRAW, one)


def _record(tx: Tx, settings: Settings, request: Answer, told: Told, one: Expected) -> None:
    detail = {"role": str(one.role), "place": one.place or settings.ward}
    administrator.record(tx, settings.ward, request, told, id=one.serial, **detail)
