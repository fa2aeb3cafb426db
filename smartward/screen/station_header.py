"""The header: ward, shift, census, faults of screens and links, the time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.bed import BedStatus
from smartward.clinical.device import ScreenStatus, awaited
from smartward.clinical.encounter import Assessment, NursingLevel, PrecautionSlot
from smartward.device.fault_keys import LOG_FAULT
from smartward.screen.beds import level_word
from smartward.screen.link import LinkState, Phase
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

_LACKS = {"sound.no_device": "no_sound", "sound.dead": "no_sound", "voice.engine_dead": "no_voice"}
"""Faults that take one thing away and leave the screen working."""
_HAMPERS_NOBODY = frozenset({LOG_FAULT})
"""Faults that nobody at a bed notices: the page behind the header names them. All screens have this
one at once where the server is away, and one that cannot be heard would not be seen among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the census with what it counts."""

    key: str
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What this station knows of its links. `his_as_of`: the last completed HIS census;
    `heard_at`: when the hub was heard last, None: never, or it does not know this station."""

    hub_up: bool
    his_up: bool
    his_as_of: datetime | None
    his_late_after: timedelta
    heard_at: datetime | None = None
    hub_stores: bool = True
    """Whether the hub that is heard can store a new call."""
    refused: bool = False
    """The hub answers, and takes this device for no station of its ward."""

    @classmethod
    def of(cls, link: LinkState, his_late_s: float) -> "Links":
        """As they stand now. `his_late_s`: seconds without a census until it counts as late."""
        outcast = link.phase in (Phase.NOT_ENROLLED, Phase.WRONG_PLACE, Phase.BLOCKED)
        heard = None if outcast or link.last_heard is None else link.hub_now(link.last_heard)
        return cls(
            hub_up=link.live,
            hub_stores=link.hub_stores,
            his_up=link.his_up,
            his_as_of=link.his_as_of,
            his_late_after=timedelta(seconds=his_late_s),
            heard_at=heard,
            refused=outcast,
        )

    @property
    def as_of(self) -> datetime | None:
        """Of when all is that is known, where the hub is not heard now."""
        return None if self.hub_up else self.heard_at


def census(state: WardState, words: Words, now: datetime) -> list[Figure]:
    """In hospital of beds, who has no bed, per level, then what today brings. A zero is left out:
    the row ends with what may be missed on a narrow screen. Nothing where no bed is known: nobody
    was counted."""
    if not state.beds:
        return []
    stays = state.stays()
    beds = [bed for bed in state.beds.values() if bed.status is not BedStatus.CLOSED]
    found = [Figure(key="in", value=f"{len(stays)}/{len(beds)}", label=words.text("census.in"))]
    unplaced = len(state.unplaced())
    if unplaced:
        label = words.text("census.unplaced")
        found.append(Figure(key="unplaced", value=str(unplaced), label=label))
    for level in NursingLevel:
        count = sum(stay.nursing_level is level for stay in stays)
        if count:
            label = level_word(words.catalogue, level, short=True)
            found.append(Figure(key=level.value, value=str(count), label=label))
    isolated = sum(
        precaution.slot is PrecautionSlot.ISOLATION and precaution.state is Assessment.PRESENT
        for stay in stays
        for precaution in stay.precautions
    )
    day = words.today(now)

    def of_today(moments: Iterable[datetime | None]) -> int:
        return sum(at is not None and words.today(at) == day for at in moments)

    today = {
        "admitted": of_today(stay.admitted_at for stay in state.encounters.values()),
        "discharged": of_today(stay.discharge_at for stay in stays),
        "surgery": of_today(stay.surgery_at for stay in stays),
        "isolation": isolated,
    }
    found += [
        Figure(key=key, value=str(count), label=words.text(f"census.{key}"))
        for key, count in today.items()
        if count
    ]
    return found


def screens_text(screens: Iterable[ScreenStatus], words: Words, now: datetime) -> str:
    """`1 屏离线 · 2 屏无声`: how many of what; empty while all is well. One that
    was placed just now has time to come. Of more than two kinds, how many are away and how many
    lack something: the page behind it names each."""
    known = [one for one in screens if not awaited(one, now)]
    lacking = [set(one.faults) - _HAMPERS_NOBODY for one in known if one.online]
    faults = [_what(found) for found in lacking if found]
    away = ("offline", sum(not screen.online for screen in known))
    lacks = [(what, faults.count(what)) for what in ("faulty", "no_sound", "no_voice")]
    told = [(what, n) for what, n in (away, *lacks) if n]
    if len(told) > 2:
        told = [(what, n) for what, n in (away, ("impaired", len(faults))) if n]
    # What is counted is said once.
    first = [words.text(f"link.screens_{what}", n=n) for what, n in told[:1]]
    others = [words.text(f"link.screens_short_{what}", n=n) for what, n in told[1:]]
    return " · ".join(first + others)


def _what(faults: Iterable[str]) -> str:
    """What a screen lacks, in one word: a screen that is seen and not heard is not broken."""
    kinds = {_LACKS.get(fault, "faulty") for fault in faults}
    return next(kind for kind in ("faulty", "no_sound", "no_voice") if kind in kinds)


def his_late(links: Links, now: datetime) -> bool:
    """Whether the hospital's data is older than it should be."""
    if not links.his_up or links.his_as_of is None:
        return True
    return now - links.his_as_of > links.his_late_after


def his_text(links: Links, words: Words, now: datetime) -> str:
    """`数据截至 10:04`, with its age when it is late."""
    if links.his_as_of is None:
        return words.text("link.his_never")
    at = words.moment(links.his_as_of, now)
    if not his_late(links, now):
        return words.text("link.his_as_of", at=at)
    age = words.minutes((now - links.his_as_of).total_seconds())
    return words.text("link.his_late", at=at, age=age)
