"""The single texts around board and queue: header, links, what an empty queue says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from smartward.clinical.device import ScreenRole
from smartward.clinical.ward import Ward, shift_at
from smartward.errors import BadData
from smartward.screen.corridor_sound import HEARD
from smartward.screen.station_fleet import judged
from smartward.screen.station_header import Links, his_late, his_text, screens_text
from smartward.screen.station_links import his_status
from smartward.screen.station_queue import QueueItem, counts_text
from smartward.screen.station_rows import QueueRow
from smartward.screen.station_sound import Sounding
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """The queue's first row, in sight even while the queue is scrolled away from it."""

    number: str = ""
    title: str = ""
    time: str = ""
    priority: str = ""
    flashing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Finished texts; the model shows each as a property."""

    ward: str = ""
    shift: str = ""
    screens: str = ""
    his: str = ""
    his_late: bool = False
    counts: str = ""
    empty: str = ""
    empty_why: str = ""
    muted: str = ""
    alarm: str = ""
    his_status: str = ""
    his_census: str = ""
    his_rejected: str = ""
    no_screens: str = ""
    no_beds: str = ""
    """Why the board is empty."""
    first: Pinned = field(default_factory=Pinned, compare=False)
    """It has a signal of its own."""
    widest: str = ""
    """The ward's longest bed number: the queue's numbers keep one column."""


def head(
    state: WardState,
    ward: Ward,
    found: Sequence[QueueItem],
    first: QueueRow | None,
    links: Links,
    sound: Sounding,
    words: Words,
    now: datetime,
) -> Head:
    """Everything around board and queue at `now`."""
    return Head(
        ward=ward.name or words.text("header.no_ward"),
        shift=shift_text(ward, words, now),
        screens=screens_text(judged(state), words, now),
        his=his_text(links, words, now),
        his_late=his_late(links, now),
        counts=counts_text(found, words),
        empty="" if found else _empty_text(links, words),
        empty_why="" if found else _empty_why(links, words, now),
        muted=_muted_text(sound, words),
        alarm="" if sound.alarm is None else sound.alarm.value,
        his_status=his_status(state.his_link, words, now, links.as_of),
        his_census=_census_text(links, words, now),
        his_rejected=_rejected_text(state, words),
        no_screens="" if state.screens else words.text("screen.none"),
        no_beds="" if state.beds else _no_beds(links, words),
        first=Pinned() if first is None else _pinned(first),
        widest=max((bed.number for bed in state.beds.values()), key=len, default=""),
    )


def _pinned(row: QueueRow) -> Pinned:
    return Pinned(
        number=row.number,
        title=row.title,
        time=row.time,
        priority=row.priority,
        flashing=row.flashing,
    )


def corridor_sounds(state: WardState, found: Iterable[QueueItem], choice: str) -> bool:
    """Whether a corridor of the ward is heard now; `choice` is the setting of that name.

    A mute is the stations': whoever is on the corridor hears a staff emergency until somebody goes
    (HTM 08-03: it overrides any mute).
    """
    there = any(s.role is ScreenRole.CORRIDOR and s.online for s in state.screens.values())
    calls = (item.call for item in found if item.call is not None and item.asks)
    return there and any(call.call_class in HEARD[choice] for call in calls)


def _muted_text(sound: Sounding, words: Words) -> str:
    if sound.muted_until is None:
        return ""
    key = "header.muted_corridor" if sound.corridor else "header.muted"
    return words.text(key, at=sound.muted_until.isoformat())


def _no_beds(links: Links, words: Words) -> str:
    return words.text("header.no_beds" if links.hub_up else "header.unknown_beds")


def shift_text(ward: Ward, words: Words, now: datetime) -> str:
    """The shift on duty by name, or by its hours where its name is the hospital's own."""
    shift = shift_at(ward, now)
    if shift is None:
        return ""
    try:
        return words.text(f"shift.{shift.id}")
    except BadData:
        return f"{shift.start:%H:%M}–{shift.end:%H:%M}"


def _empty_text(links: Links, words: Words) -> str:
    """Only a station that hears a hub which stores can say that nothing waits."""
    if links.hub_up:
        return words.text("header.empty" if links.hub_stores else "header.unknown")
    return words.text("header.unknown" if links.heard_at is None else "header.was_empty")


def _empty_why(links: Links, words: Words, now: datetime) -> str:
    """As of when it is empty; without a hub, where to look instead."""
    if links.hub_up and not links.hub_stores:
        return words.text("header.unstored_why")
    if links.hub_up:
        return words.text("header.empty_why", at=now.isoformat())
    if links.refused:
        return words.text("header.refused_why")
    if links.heard_at is None:
        return words.text("header.unknown_why")
    return words.text("header.empty_offline", at=words.moment(links.heard_at, now))


def _census_text(links: Links, words: Words, now: datetime) -> str:
    if links.his_as_of is None:
        return words.text("his.census_never")
    return words.text("his.census", at=words.moment(links.his_as_of, now))


def _rejected_text(state: WardState, words: Words) -> str:
    rejected = sum(state.his_link.rejected.values()) if state.his_link is not None else 0
    return (
        words.text("his.rejected", n=rejected) if rejected > 0 else words.text("his.rejected_none")
    )
