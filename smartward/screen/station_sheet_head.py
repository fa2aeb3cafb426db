"""The single texts of a sheet: what everybody may read of it, and what a proved person may."""

from dataclasses import dataclass, replace
from datetime import datetime

from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.screen.beds import level_colour
from smartward.screen.station_board import empty_text
from smartward.screen.station_names import Names, sheet_name
from smartward.screen.station_rows import present_text, reach_words
from smartward.screen.station_sheet import identity, levels_text
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """Who looks. `opened`: by a proved person, told to the audit; else it shows what the board
    shows. `full`: the whole name was asked for, with a reason."""

    names: Names
    opened: bool
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHead:
    """Finished texts; `occupied` tells whether a patient lies here, `whole` whether the sheet is
    open to its reader."""

    number: str = ""
    room: str = ""
    name: str = ""
    mark: str = ""
    facts: str = ""
    level: str = ""
    level_color: str = ""
    team: str = ""
    diet: str = ""
    warning: str = ""
    occupied: bool = False
    whole: bool = False
    masked: bool = False
    """More of the name is known than is shown, and may be asked for."""
    present: str = ""
    reach: str = ""
    silence: str = ""
    score: str = ""
    band: str = ""
    score_detail: str = ""
    score_parts: str = ""
    no_plan: str = ""
    no_drip: str = ""
    no_open: str = ""


def empty_head(bed: Bed, words: Words) -> SheetHead:
    """A bed in which nobody lies."""
    return SheetHead(
        number=bed.number,
        room=words.text("sub.room", room=bed.room),
        warning=_conflict(bed, words),
        facts=words.text("sheet.empty_bed", why=empty_text(bed, words)),
    )


def stay_head(
    state: WardState, bed: Bed, stay: Encounter, view: SheetView, words: Words, now: datetime
) -> SheetHead:
    """A bed with a patient, for whoever looks."""
    public = SheetHead(
        number=bed.number,
        room=words.text("sub.room", room=bed.room),
        name=view.names.shown.get(stay.id, ""),
        mark=_mark(stay, view.names, words),
        level=levels_text(stay, words),
        level_color=level_colour(state.ward, stay.nursing_level),
        warning=_doubts(bed, stay, words, now),
        occupied=True,
        present=present_text(state, bed, words),
        reach=" · ".join(reach_words(state.profile(stay), words)),
        silence=silence_text(state, stay.id, words, now),
    )
    if not view.opened:
        return public
    full = sheet_name(state, stay, words, full=True)
    name = full if view.full else sheet_name(state, stay, words, full=False)
    who = identity(stay, name, words, now)
    return replace(
        public,
        name=who.name,
        facts=who.facts,
        team=who.team,
        diet=who.diet,
        whole=True,
        masked=full not in ("", name),
    )


def silence_text(state: WardState, stay_id: str, words: Words, now: datetime) -> str:
    """`静默 10:02 起`; empty while there is none. The reason is for an open sheet alone."""
    silence = state.silences.get(stay_id)
    if silence is None:
        return ""
    return words.text("silence.since", at=words.moment(silence.since, now))


def _mark(stay: Encounter, names: Names, words: Words) -> str:
    marks = [words.text("alike")] if stay.id in names.same else []
    if stay.status is EncounterStatus.ON_LEAVE:
        marks.append(words.text("foot.on_leave"))
    if stay.patient.protected:
        marks.append(words.text("sheet.protected"))
    return " · ".join(marks)


def _doubts(bed: Bed, stay: Encounter, words: Words, now: datetime) -> str:
    """What does not fit together here, and what nobody confirms."""
    found = [_conflict(bed, words)]
    if stay.unconfirmed_since is not None:
        at = words.moment(stay.unconfirmed_since, now)
        found.append(words.text("sheet.unconfirmed", at=at))
    return " · ".join(one for one in found if one)


def _conflict(bed: Bed, words: Words) -> str:
    if bed.conflict is None:
        return ""
    return words.text("sheet.conflict", why=words.told(bed.conflict))
