"""Entrusting (托管) as this station says it: who answers for the ward's calls, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.entrustment import Entrustment, EntrustmentState, ReturnReason
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

RETURN_TOLD = timedelta(minutes=10)
"""How long it is said that the calls are here again, unless somebody has read it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrusted:
    """What holds now, for one station. Each of the flags is a verb that works."""

    line: str = ""
    """One sentence for everybody who stands here; empty while nothing is entrusted."""
    asks: bool = False
    """Nothing is entrusted: another station may be asked."""
    takes: bool = False
    """This one is asked."""
    gives: bool = False
    """This one holds and may give back."""
    ends: bool = False
    """Another one is asked or holds: may be taken back."""
    told: bool = False
    """The line tells of something that is over and can be put away."""


_FAILED = frozenset({ReturnReason.LINK_LOST, ReturnReason.NO_SOUND})
"""It came back by itself: nobody here chose the moment."""


def held_elsewhere(state: WardState, device_id: str) -> bool:
    """Whether another station answers for the calls, so that this one is quiet."""
    known = state.entrustment
    held = known is not None and known.state is EntrustmentState.HELD
    return held and known is not None and known.to_device != device_id


def came_back(state: WardState) -> datetime | None:
    """When the calls came back because the other station was gone or cannot sound: what it muted
    rings again."""
    known = state.entrustment
    if known is None or known.returned_why not in _FAILED:
        return None
    return known.returned_at if known.state is EntrustmentState.RETURNED else None


def entrusted(
    state: WardState,
    device_id: str,
    read: datetime | None,
    words: Words,
    now: datetime,
    *,
    live: bool = True,
) -> Entrusted:
    """What to say and to offer. `read`: the return that was put away here already; not `live`: this
    station does not hear the hub, and sounds by itself whatever is held elsewhere."""
    known = state.entrustment
    if known is None:
        return Entrusted(asks=True)
    mine = known.to_device == device_id
    label = _station(state, known, words)
    match known.state:
        case EntrustmentState.ASKED:
            at = words.moment(known.asked_at, now)
            who = words.actor(known.asked_by)
            key = "entrust.asked_here" if mine else "entrust.asked"
            return Entrusted(
                line=words.text(key, label=label, at=at, who=who), takes=mine, ends=True
            )
        case EntrustmentState.HELD:
            at = words.moment(known.taken_at or known.asked_at, now)
            who = words.actor(known.taken_by)
            key = "entrust.held_here" if mine else "entrust.held" if live else "entrust.alone"
            return Entrusted(
                line=words.text(key, label=label, at=at, who=who), gives=mine, ends=not mine
            )
        case EntrustmentState.RETURNED:
            return _returned(known, label, read, words, now)


def _returned(
    known: Entrustment, label: str, read: datetime | None, words: Words, now: datetime
) -> Entrusted:
    at, why = known.returned_at, known.returned_why
    if at is None or why is None or at == read or now - at > RETURN_TOLD:
        return Entrusted(asks=True)
    if known.taken_at is None and why is ReturnReason.TAKEN_BACK:
        return Entrusted(asks=True)  # asked, and thought better of it
    kept = known.taken_at is None and why is not ReturnReason.NO_SOUND
    reason = "not_taken" if kept else why.value
    line = words.text(f"entrust.returned.{reason}", label=label, at=words.moment(at, now))
    return Entrusted(line=line, asks=True, told=True)


def _station(state: WardState, known: Entrustment, words: Words) -> str:
    status = state.screens.get(known.to_device)
    label = known.to_label or (status.label if status is not None else "")
    return label or words.text("screen.role.station")


def others(state: WardState, device_id: str) -> list[ScreenStatus]:
    """Stations that can be asked: online, and not this one."""
    found = [
        screen
        for screen in state.screens.values()
        if screen.role is ScreenRole.STATION and screen.online and screen.device_id != device_id
    ]
    return sorted(found, key=lambda screen: (screen.label, screen.device_id))
