"""What the hospital system would not have of what the ward told it, and what waits to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.his_write import HisWrite, Trouble
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

MOST = 4
"""Rows on the page; the others are counted, and come up as these are settled."""

HOW = {
    Trouble.REFUSED: ("retry", "drop_known", "drop_needless"),
    Trouble.CONFLICT: ("keep", "take"),
    Trouble.REMOVED: ("keep", "take"),
}
"""What can be answered. What is left alone is so for a reason, which the audit keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRow:
    """One of them. With the near tier hidden only bed and kind are told."""

    key: str
    title: str
    who: str
    reason: str


def ordered(state: WardState) -> list[HisWrite]:
    """The oldest first."""
    return sorted(state.his_writes.values(), key=lambda one: (one.made_at, one.id))


def write_rows(
    state: WardState, words: Words, now: datetime, *, hidden: bool = False
) -> list[WriteRow]:
    """The oldest few."""
    return [_row(state, one, words, now, hidden=hidden) for one in ordered(state)[:MOST]]


def _row(state: WardState, one: HisWrite, words: Words, now: datetime, *, hidden: bool) -> WriteRow:
    who = "" if hidden else _who(one, words, now)
    return WriteRow(
        key=one.id,
        title=words.text("write.title", place=place(state, one, words), what=what(one, words)),
        who=who,
        reason="" if hidden else why(one, words),
    )


def _who(one: HisWrite, words: Words, now: datetime) -> str:
    """Who wrote it and when; a patient's press is nobody's."""
    at = words.moment(one.made_at, now)
    return at if one.by is None else words.text("write.who", name=words.actor(one.by), at=at)


def place(state: WardState, one: HisWrite, words: Words) -> str:
    """The bed where its patient lies now, else where it was."""
    bed = state.bed_of_encounter(one.encounter_id) if one.encounter_id is not None else None
    bed = bed or state.beds.get(one.bed_id or "")
    return words.text("write.left") if bed is None else words.text("bed", bed=bed.number)


def what(one: HisWrite, words: Words) -> str:
    """What was written."""
    return words.text(f"write.kind.{one.kind.value}")


def why(one: HisWrite, words: Words) -> str:
    """What is wrong, and what the server itself says."""
    told = words.key(one.key)
    return told if not one.reason else words.text("write.why", told=told, said=one.reason)


def more(state: WardState, words: Words) -> str:
    """How many there are beside the rows."""
    left = len(state.his_writes) - MOST
    return words.text("write.more", n=left) if left > 0 else ""


def waiting(state: WardState, words: Words, now: datetime) -> str:
    """What waits to be told, where it is late."""
    link = state.write_link
    if link is None:
        return ""
    at = words.moment(link.oldest_at, now)
    return words.text("write.waiting", n=link.waiting, at=at)


def of_stay(writes: Iterable[HisWrite], stay_id: str, words: Words, now: datetime) -> str:
    """The lines for one patient's sheet: what, by whom, and why not."""
    lines = [
        words.text(
            "write.line",
            what=what(one, words),
            who=_who(one, words, now),
            why=why(one, words),
        )
        for one in writes
        if stay_id and one.encounter_id == stay_id
    ]
    return "\n".join(lines)
