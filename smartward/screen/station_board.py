"""The bed board: one cell per bed, each with the one most important thing now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.encounter import Assessment, Encounter, EncounterStatus
from smartward.clinical.infusion import (
    Infusion,
)
from smartward.clinical.plan import PlanItem
from smartward.clinical.precaution import slots
from smartward.i18n import Catalogue
from smartward.screen.beds import condition_word, level_colour, level_word
from smartward.screen.station_foot import (
    Foot,
    alert_foot,
    call_foot,
    discharge_foot,
    drip_foot,
    due_foot,
    surgery_foot,
    turning_foot,
)
from smartward.screen.station_names import Names, board_names
from smartward.screen.station_queue import QueueItem
from smartward.screen.station_rows import present_short
from smartward.screen.station_state import WardState
from smartward.screen.station_words import Words

_SLOT_CODE = {Assessment.PRESENT: "p", Assessment.ABSENT: "a", Assessment.NOT_ASSESSED: "n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BedCell:
    """One bed of the board. `slots` is six letters: p present, a absent, n not assessed."""

    key: str
    number: str
    occupied: bool
    why: str = ""
    """Why a bed without a patient has none: free, reserved from 14:00, being cleaned, closed."""
    name: str = ""
    condition: str = ""
    """病危 / 病重."""
    conditionShort: str = ""
    """The same in one or a few signs, for a card whose number is long."""
    mark: str = ""
    """"Please check", 同名 where another name looks the same, or that the person is protected."""
    level: str = ""
    levelColor: str = ""
    slots: str = "nnnnnn"
    nurse: str = ""
    present: str = ""
    """Who is in the room now."""
    silent: bool = False
    """静默: nothing of this patient is shown or said."""
    foot: str = ""
    footIcon: str = ""
    late: bool = False
    """The foot tells of something that is overdue."""
    priority: str = ""
    flashing: bool = False
    spoken: str = ""
    """The whole cell as one sentence, for assistive technology."""


@dataclass(frozen=True, slots=True)
class _Feet:
    """Turning, drip and what is due of one stay, and what they were worked out of."""

    minute: datetime
    catalogue: Catalogue
    plan: tuple[PlanItem, ...]
    drips: tuple[Infusion, ...]
    found: tuple[Foot | None, Foot | None, Foot | None]


def quiet_cells(
    state: WardState, words: Words, now: datetime, names: Names | None = None
) -> list[BedCell]:
    """The board without calls and alerts, in the ward's order; they change by the minute.

    Patients without a bed stand at its end, never hidden.
    """
    board = _Board(state, board_names(state, words) if names is None else names, words, now)
    found = [board.cell(bed) for bed in state.ordered_beds()]
    return found + [board.unplaced(stay) for stay in state.unplaced()]


def far(cells: Iterable[BedCell]) -> list[BedCell]:
    """The board's far tier: beds, levels and precautions, without names and what is due."""
    return [
        replace(
            cell,
            name="",
            mark="",
            nurse="",
            present="",
            foot="",
            footIcon="",
            late=False,
            priority="",
            spoken=cell.number,
        )
        for cell in cells
    ]


def lit(
    quiet: Iterable[BedCell],
    queue: Iterable[QueueItem],
    words: Words,
    now: datetime,
    *,
    hidden: bool = False,
) -> list[BedCell]:
    """The board with what is open: its most urgent thing colours a bed and takes its foot. While
    the near tier is `hidden` a call says its class and age, and an alert only its colour."""
    first: dict[str, QueueItem] = {}
    for item in queue:
        for bed_id in item.bed_ids:
            first.setdefault(bed_id, item)
    return [
        _lit(cell, first[cell.key], words, now, hidden) if cell.key in first else cell
        for cell in quiet
    ]


def _lit(cell: BedCell, item: QueueItem, words: Words, now: datetime, hidden: bool) -> BedCell:
    foot = call_foot(item.call, words, now) if item.call is not None else None
    if item.alert is not None and not hidden:
        foot = alert_foot(item.alert, words, now)
    return replace(
        cell,
        foot=foot.text if foot is not None else "",
        footIcon=foot.icon if foot is not None else "",
        late=False,
        priority=item.priority.value,
        flashing=item.asks,
        spoken=_spoken(cell.number, cell.name or cell.why, foot),
    )


def _spoken(number: str, who: str, foot: Foot | None) -> str:
    return " · ".join(part for part in (number, who, foot.text if foot else "") if part)


@dataclass(frozen=True, slots=True)
class _Board:
    state: WardState
    names: Names
    words: Words
    now: datetime

    def cell(self, bed: Bed) -> BedCell:
        stays = self.state.occupants(bed)
        if stays:
            return self._occupied(bed, stays)
        why = self.words.text("check") if bed.conflict is not None else empty_text(bed, self.words)
        return BedCell(
            key=bed.id,
            number=bed.number,
            occupied=False,
            why=why,
            spoken=_spoken(bed.number, why, None),
        )

    def _occupied(self, bed: Bed, stays: list[Encounter]) -> BedCell:
        stay = stays[0]
        name = self.names.shown.get(stay.id, "")
        if len(stays) > 1:
            name = self.words.text("more_than_one", name=name, n=len(stays) - 1)
        cell = self._patient(
            stay, bed.id, bed.number, name, self._mark(bed, stay), self._quiet_foot(bed, stay)
        )
        present = present_short(self.state, bed, self.words)
        here = replace(cell, present=present) if present else cell
        return self._silent(here) if stay.id in self.state.silences else here

    def _silent(self, cell: BedCell) -> BedCell:
        """静默 in place of the name; what protects staff and neighbours stays."""
        word = self.words.text("silence.word")
        spoken = _spoken(cell.number, word, None)
        return replace(
            cell,
            name=word,
            silent=True,
            foot="",
            footIcon="",
            late=False,
            priority="",
            spoken=spoken,
        )

    def unplaced(self, stay: Encounter) -> BedCell:
        """A stay the ward has no bed for, drawn like a bed so that nobody is misplaced."""
        foot = Foot(text=self.words.text("foot.unplaced"), icon="bed-empty")
        number = self.words.text("no_bed")
        name = self.names.shown.get(stay.id, "")
        mark = self.words.text("check") if stay.unconfirmed_since is not None else ""
        return self._patient(stay, f"stay:{stay.id}", number, name, mark, foot)

    def _patient(
        self, stay: Encounter, key: str, number: str, name: str, mark: str, foot: Foot | None
    ) -> BedCell:
        return BedCell(
            key=key,
            number=number,
            occupied=True,
            name=name,
            condition=condition_word(self.words.catalogue, stay.condition),
            conditionShort=self._condition_short(stay),
            mark=mark,
            level=level_word(self.words.catalogue, stay.nursing_level, short=True),
            levelColor=level_colour(self.state.ward, stay.nursing_level),
            slots=slot_codes(stay),
            nurse=self.words.nurse(stay),
            foot=foot.text if foot is not None else "",
            footIcon=foot.icon if foot is not None else "",
            late=foot is not None and foot.late,
            priority=foot.priority if foot is not None else "",
            spoken=_spoken(number, name, foot),
        )

    def _condition_short(self, stay: Encounter) -> str:
        if stay.condition is None:
            return ""
        return self.words.text(f"condition_short.{stay.condition.value}")

    def _mark(self, bed: Bed, stay: Encounter) -> str:
        if bed.conflict is not None or stay.unconfirmed_since is not None:
            return self.words.text("check")
        if stay.id in self.names.same:
            return self.words.text("alike")
        return self.words.text("protected") if stay.patient.protected else ""

    def _quiet_foot(self, bed: Bed, stay: Encounter) -> Foot | None:
        if bed.conflict is not None:
            return Foot(text=self.words.text("foot.conflict"), icon="help-rhombus-outline")
        if stay.unconfirmed_since is not None:
            return Foot(text=self.words.text("foot.unconfirmed"), icon="help-rhombus-outline")
        if self.state.unit_lost(bed.id):
            return Foot(text=self.words.text("foot.unit_lost"), icon="power-plug-off-outline")
        if stay.status is EncounterStatus.ON_LEAVE:
            return Foot(text=self.words.text("foot.on_leave"), icon="bed-empty")
        turning, drip, due = self._care_feet(stay)
        return (
            turning
            or drip
            or surgery_foot(stay, self.words, self.now)
            or due
            or discharge_foot(stay, self.words, self.now)
        )

    def _care_feet(self, stay: Encounter) -> tuple[Foot | None, Foot | None, Foot | None]:
        """Turning, drip and what is due: worked out again by the minute, or when what is planned
        or runs for this patient has changed."""
        plan, drips = self.state.plan_items(stay.id), self.state.infusions(stay.id)
        minute = self.now.replace(second=0, microsecond=0)
        known: dict[str, _Feet] = self.state.worked_out.setdefault("care_feet", {})
        feet = known.get(stay.id)
        same = feet is not None and feet.minute == minute and feet.catalogue is self.words.catalogue
        if feet is None or not same or feet.plan is not plan or feet.drips is not drips:
            found = (
                turning_foot(plan, self.words, self.now),
                drip_foot(self.state, stay, self.words, self.now),
                due_foot(plan, self.words, self.now),
            )
            feet = _Feet(minute, self.words.catalogue, plan, drips, found)
            known[stay.id] = feet
        return feet.found


def slot_codes(stay: Encounter) -> str:
    """The six places as letters, in their order."""
    return "".join(_SLOT_CODE[slot.state] for slot in slots(stay.precautions))


def empty_text(bed: Bed, words: Words) -> str:
    """Why nobody lies here."""
    if bed.status is BedStatus.RESERVED and bed.reserved_from is not None:
        return words.text("empty.reserved_at", at=bed.reserved_from.isoformat())
    if bed.status is BedStatus.OCCUPIED:
        return words.text("empty.unknown")  # the HIS says occupied, and tells nobody
    return words.text(f"empty.{bed.status.value}")
