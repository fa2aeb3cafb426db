"""The page "Screens and links": every screen with its state, and the link to the HIS."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.device import HisLink, ScreenRole, ScreenStatus, awaited
from smartward.screen.station_fleet import faulty, figures, screen_place
from smartward.screen.station_night import night_figure
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

_ROLE_ORDER = (
    ScreenRole.STATION,
    ScreenRole.CORRIDOR,
    ScreenRole.GATEWAY,
    ScreenRole.STANDBY,
    ScreenRole.DOOR,
    ScreenRole.BEDHEAD,
    ScreenRole.BEDSIDE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenRow:
    """One screen. `fault`: it is away or reports something wrong."""

    key: str
    icon: str
    label: str
    place: str
    status: str
    """Since when it is online or away, or what is wrong with it."""
    fault: bool
    figures: str = ""
    """What it told of itself; empty where it told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionRow:
    """What the hospital system sent that could not be used, by reason."""

    key: str
    reason: str
    count: str


def screen_rows(
    state: WardState, words: Words, now: datetime, as_of: datetime | None = None
) -> list[ScreenRow]:
    """Offline first, then faulty, then the rest by role and place. `as_of`: when the hub was heard
    last, where it is not heard now: who was online then may be gone."""
    ordered = sorted(faulty(state), key=lambda screen: _screen_order(state, screen))
    return [_screen_row(state, screen, words, now, as_of) for screen in ordered]


def _screen_order(state: WardState, screen: ScreenStatus) -> tuple[object, ...]:
    trouble = 0 if not screen.online else 1 if screen.faults else 2
    bed = state.beds.get(screen.place or "")
    return (
        trouble,
        _ROLE_ORDER.index(screen.role),
        bed.order if bed is not None else 0,
        screen.label,
        screen.device_id,
    )


def _screen_row(
    state: WardState, screen: ScreenStatus, words: Words, now: datetime, as_of: datetime | None
) -> ScreenRow:
    since, waits = words.moment(screen.since, now), awaited(screen, now)
    if screen.hung:
        status = words.text("screen.hung_since", at=since)
    elif waits:
        status = words.text("screen.awaited_since", at=since)
    elif not screen.online:
        status = words.text("screen.offline_since", at=since)
    elif screen.faults:
        status = "\n".join(map(words.key, sorted(screen.faults, key=_gravity)))
    elif as_of is not None:
        status = words.text("screen.online_as_of", at=words.moment(as_of, now))
    else:
        status = words.text("screen.online_since", at=since)
    update = state.screen_updates.get(screen.device_id)
    return ScreenRow(
        key=screen.device_id,
        icon="monitor-off" if not screen.online else "monitor-dashboard",
        label=screen.label,
        place=screen_place(state, screen, words),
        status=status,
        fault=not waits and (not screen.online or bool(screen.faults)),
        figures=figures(
            state.screen_healths.get(screen.device_id),
            words,
            now,
            update,
            night_figure(state, screen, words),
        ),
    )


def _gravity(fault: str) -> tuple[int, str]:
    """That a screen may be another one than it says comes before what it lacks."""
    return (0 if fault.startswith("right_bed.") else 1), fault


def his_status(
    link: HisLink | None, words: Words, now: datetime, as_of: datetime | None = None
) -> str:
    """How the link to the hospital system stands, and since when; `as_of`: as for `screen_rows`."""
    if link is None:
        return words.text("his.unknown")
    since = words.moment(link.since, now)
    if as_of is not None and link.up:
        return words.text("his.up_as_of", at=words.moment(as_of, now))
    return words.text("his.up" if link.up else "his.down", since=since)


def rejection_rows(link: HisLink | None, words: Words) -> list[RejectionRow]:
    """The most frequent reason first."""
    counts: Iterable[tuple[str, int]] = () if link is None else link.rejected.items()
    return [
        RejectionRow(key=reason, reason=words.key(reason), count=str(count))
        for reason, count in sorted(counts, key=lambda found: (-found[1], found[0]))
        if count > 0
    ]
