"""A SmartWard screen (FHIR Device) and the link to the hospital system, as a ward sees them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


class ScreenRole(StrEnum):
    """Which view of the ward a screen shows."""

    BEDHEAD = "bedhead"
    BEDSIDE = "bedside"
    DOOR = "door"
    STATION = "station"
    CORRIDOR = "corridor"
    GATEWAY = "gateway"
    """A box that reports call points over HTTP; it shows nothing."""
    STANDBY = "standby"
    """The ward's standby hub; it shows nothing itself."""


WARD_WIDE_ROLES = frozenset(
    {ScreenRole.STATION, ScreenRole.CORRIDOR, ScreenRole.GATEWAY, ScreenRole.STANDBY}
)
"""Roles that belong to the whole ward; all others to one bed or room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Document kind `device`, in the ward `house`: the identity of one screen.

    `place` is a bed id for bedhead and bedside, a room id for a door, None for the others.
    """

    id: str
    role: ScreenRole
    ward: str
    place: str | None = None
    label: str = ""
    enrolled_at: datetime | None = None
    public_key: str = ""
    """Ed25519, base64url: of the key that the device made for itself (`smartward/device_key.py`).
    Empty until it was heard for the first time after it was enrolled."""
    second: bool = False
    """Whoever enrolled it said that another screen of its role stands at its place as well."""
    confirmed: bool = True
    """False from its being moved until somebody says at the new place that it stands there."""
    moved_from: str | None = None
    """Where it stood before, while that is not confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenStatus:
    """Document kind `screen`, id = device id: written only when it goes or comes back."""

    device_id: str
    role: ScreenRole
    place: str | None
    label: str
    online: bool
    since: datetime
    faults: tuple[str, ...] = ()
    """Text keys of what is wrong with it (`sound.no_device`, …)."""
    hung: bool = False
    """It is away though its connection stands: it says nothing any more."""
    came: bool = True
    """False from its being placed until it is heard from there."""
    faults_since: dict[str, datetime] = field(default_factory=dict)
    """When each of `faults` was told first. Without those of which that is not known: they were
    told to a hub that did not keep it."""


def first_told(
    before: Collection[str], since: Mapping[str, datetime], told: Iterable[str], now: datetime
) -> dict[str, datetime]:
    """When each fault that is told now was told first: `before` were told so far, and `since` says
    when. One that was taken back and is told again is a new one."""
    began = {key: now for key in told if key not in before}
    return began | {key: since[key] for key in told if key in before and key in since}


def with_faults(screen: ScreenStatus, faults: tuple[str, ...], now: datetime) -> ScreenStatus:
    """The screen with these faults from now on."""
    since = first_told(screen.faults, screen.faults_since, faults, now)
    return replace(screen, faults=faults, faults_since=since)


FIRST_COMES = timedelta(minutes=10)
"""A screen has so long to come after it was placed: as long as a number may be typed at it
(`wire/pairing.py`, `NUMBER_S`)."""


def awaited(screen: ScreenStatus, now: datetime) -> bool:
    """Whether it was placed lately and not heard since: nothing is wrong with it yet."""
    return not screen.came and not screen.online and now < screen.since + FIRST_COMES


@dataclass(frozen=True, slots=True, kw_only=True)
class HisLink:
    """Document kind `his_link`, id "his": written on the edges and when a rejection is new."""

    up: bool
    since: datetime
    last_census_at: datetime | None
    rejected: dict[str, int]
    """Rejection reason (text key) to how many resources are set aside for it now."""
