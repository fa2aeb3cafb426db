"""The sheet of one bed, for QML: finished texts and keyed lists, computed only while it is open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.encounter import Encounter
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_names import sheet_name
from smartward.screen.station_queue import QueueItem
from smartward.screen.station_rows import QueueRow
from smartward.screen.station_sheet import (
    DripRow,
    PastRow,
    PlanRow,
    PrecautionRow,
    drip_rows,
    past_rows,
    plan_rows,
    precaution_rows,
)
from smartward.screen.station_sheet_head import SheetHead, SheetView, empty_head, stay_head
from smartward.screen.station_sheet_open import OpenRow, open_rows
from smartward.screen.station_state import WardState
from smartward.screen.station_trends import Plot, Tick, plots, score_plot, ticks
from smartward.screen.station_vitals import (
    VitalRow,
    VitalTile,
    history,
    scored,
    tiles,
    with_plots,
)
from smartward.screen.station_words import Words

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupantRow:
    """One of the patients of a bed: mother and child share one."""

    key: str
    name: str
    chosen: bool


@QmlElement
@QmlUncreatable("made by StationModel")
class SheetModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """What the sheet shows of the bed it is open for."""

    headChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bed_id = ""
        """The bed it is open for; empty: closed."""
        self.chosen = ""
        """The stay chosen among several occupants."""
        self.expanded: set[str] = set()
        """Keys of the cards whose parts are shown."""
        self.stay_id = ""
        """The stay that is shown; empty for an empty bed."""
        self._head = SheetHead()
        self._occupants = KeyedListModel(OccupantRow, self)
        self._precautions = KeyedListModel(PrecautionRow, self)
        self._vitals = KeyedListModel(VitalRow, self)
        self._others = KeyedListModel(VitalTile, self)
        self._score = KeyedListModel(Plot, self)
        self._ticks = KeyedListModel(Tick, self)
        self._plan = KeyedListModel(PlanRow, self)
        self._drips = KeyedListModel(DripRow, self)
        self._open = KeyedListModel(OpenRow, self)
        self._past = KeyedListModel(PastRow, self)

    # ------------------------------------------------------------------------- bringing it up

    def show(
        self,
        state: WardState,
        queue: list[QueueItem],
        view: SheetView,
        words: Words,
        now: datetime,
        window_min: int,
        answers: Mapping[str, QueueRow],
    ) -> None:
        """Bring everything to the documents and the time; the bed must be known. `answers`: the
        queue's rows by key."""
        bed = state.beds.get(self.bed_id)
        if bed is None:
            return
        stays = state.occupants(bed)
        stay = next((s for s in stays if s.id == self.stay_id), None)
        self._occupants.update(_occupants(state, stays, stay, view, words))
        self.expanded &= {item.key for item in queue}
        cards = frozenset(self.expanded)
        self._open.update(
            open_rows(
                state,
                queue,
                bed.id,
                words,
                now,
                whole=view.opened,
                expanded=cards,
                answers=answers,
            )
        )
        past = past_rows(state.calls.values(), bed.id, words, now) if view.opened else []
        self._past.update(past)
        head = empty_head(bed, words)
        if stay is not None:
            head = stay_head(state, bed, stay, view, words, now)
            self._precautions.update(precaution_rows(stay, words, whole=view.opened))
        else:
            self._precautions.update([])
        if stay is not None and view.opened:
            head = self._show_near(state, stay, head, words, now, window_min)
        else:
            self._clear_near()
        no_open = "" if self._open.rows else words.text("sheet.no_open")
        self._set_head(replace(head, no_open=no_open))

    def settle(self, state: WardState) -> None:
        """Find out whose sheet it is: the chosen one's, or the first's who lies in the bed."""
        bed = state.beds.get(self.bed_id)
        stays = [stay.id for stay in state.occupants(bed)] if bed is not None else []
        self.stay_id = self.chosen if self.chosen in stays else next(iter(stays), "")

    def _clear_near(self) -> None:
        """Nothing of what only a proved person reads stays behind."""
        for model in (
            self._vitals,
            self._others,
            self._score,
            self._plan,
            self._drips,
        ):
            model.update([])

    def _show_near(
        self,
        state: WardState,
        stay: Encounter,
        head: SheetHead,
        words: Words,
        now: datetime,
        window_min: int,
    ) -> SheetHead:
        signs = state.vital_signs(stay.id)
        score, told = scored(stay, signs, words, now, window_min)
        plotted = plots(signs, words, now)
        with_plot, others = with_plots(tiles(stay, signs, score, words, now), plotted)
        self._vitals.update(with_plot)
        self._others.update(others)
        totals = history(stay, signs, now, window_min)
        self._score.update([score_plot(totals, words, now)])
        self._ticks.update(ticks(words, now))
        # Of a silenced stay nothing is planned any more.
        plan = () if stay.id in state.silences else state.plan_items(stay.id)
        self._plan.update(plan_rows(plan, words, now))
        self._drips.update(drip_rows(state.infusions(stay.id), words, now))
        return replace(
            head,
            score=told.value,
            band=told.band,
            score_detail=told.detail,
            score_parts=told.parts,
            no_plan="" if self._plan.rows else words.text("sheet.no_plan"),
            no_drip="" if self._drips.rows else words.text("sheet.no_drip"),
        )

    def _set_head(self, head: SheetHead) -> None:
        if head != self._head:
            self._head = head
            self.headChanged.emit()

    # ----------------------------------------------------------------------------------- texts

    @Property(str, notify=headChanged)
    def number(self) -> str:
        """The bed's number."""
        return self._head.number

    @Property(str, notify=headChanged)
    def room(self) -> str:
        """The bed's room."""
        return self._head.room

    @Property(str, notify=headChanged)
    def name(self) -> str:
        """The patient's name, as far as whoever looks may read it."""
        return self._head.name

    @Property(str, notify=headChanged)
    def mark(self) -> str:
        """同名, or that nobody may be told of this person."""
        return self._head.mark

    @Property(bool, notify=headChanged)
    def whole(self) -> bool:
        """Whether a proved person has opened it; else it shows what the board shows."""
        return self._head.whole

    @Property(bool, notify=headChanged)
    def masked(self) -> bool:
        """Whether the full name can be asked for."""
        return self._head.masked

    @Property(str, notify=headChanged)
    def present(self) -> str:
        """Who is in the room."""
        return self._head.present

    @Property(str, notify=headChanged)
    def reach(self) -> str:
        """What must be known before one answers this person."""
        return self._head.reach

    @Property(str, notify=headChanged)
    def silence(self) -> str:
        """静默 and since when, empty while there is none."""
        return self._head.silence

    @Property(str, notify=headChanged)
    def facts(self) -> str:
        """Sex, age, number, day of stay; or why the bed is empty."""
        return self._head.facts

    @Property(str, notify=headChanged)
    def level(self) -> str:
        """Nursing level and condition."""
        return self._head.level

    @Property(str, notify=headChanged)
    def levelColor(self) -> str:
        """The hospital's colour of the level, empty where it has none."""
        return self._head.level_color

    @Property(str, notify=headChanged)
    def team(self) -> str:
        """Who looks after the patient, one line each."""
        return self._head.team

    @Property(str, notify=headChanged)
    def diet(self) -> str:
        """The diet in the hospital's words."""
        return self._head.diet

    @Property(str, notify=headChanged)
    def warning(self) -> str:
        """Bed and stay disagree: how."""
        return self._head.warning

    @Property(bool, notify=headChanged)
    def occupied(self) -> bool:
        """Whether a patient lies here."""
        return self._head.occupied

    @Property(str, notify=headChanged)
    def score(self) -> str:
        """The NEWS2 total or dashes."""
        return self._head.score

    @Property(str, notify=headChanged)
    def band(self) -> str:
        """The risk, or that there is no score."""
        return self._head.band

    @Property(str, notify=headChanged)
    def scoreDetail(self) -> str:
        """Of when the score is, and by which scale; or why there is none."""
        return self._head.score_detail

    @Property(str, notify=headChanged)
    def scoreParts(self) -> str:
        """The parts above 0, or what is missing."""
        return self._head.score_parts

    @Property(str, notify=headChanged)
    def noPlan(self) -> str:
        """Said in place of an empty plan."""
        return self._head.no_plan

    @Property(str, notify=headChanged)
    def noDrip(self) -> str:
        """Said where nothing hangs."""
        return self._head.no_drip

    @Property(str, notify=headChanged)
    def noOpen(self) -> str:
        """Said where nothing is open."""
        return self._head.no_open

    # ----------------------------------------------------------------------------------- lists

    @Property(QObject, constant=True)
    def occupants(self) -> KeyedListModel[OccupantRow]:
        """key, name, chosen; one to touch where there are several."""
        return self._occupants

    @Property(QObject, constant=True)
    def precautions(self) -> KeyedListModel[PrecautionRow]:
        """key, letter, status, wording."""
        return self._precautions

    @Property(QObject, constant=True)
    def vitals(self) -> KeyedListModel[VitalRow]:
        """key, label, value, unit, time, status, part, high, low, line, second, marks, empty."""
        return self._vitals

    @Property(QObject, constant=True)
    def others(self) -> KeyedListModel[VitalTile]:
        """Readings without a plot: key, label, value, unit, time, status, part."""
        return self._others

    @Property(QObject, constant=True)
    def scorePlot(self) -> KeyedListModel[Plot]:
        """One row: the NEWS2 totals of the last 24 hours."""
        return self._score

    @Property(QObject, constant=True)
    def ticks(self) -> KeyedListModel[Tick]:
        """key, at, label."""
        return self._ticks

    @Property(QObject, constant=True)
    def plan(self) -> KeyedListModel[PlanRow]:
        """key, time, icon, title, status, done, late."""
        return self._plan

    @Property(QObject, constant=True)
    def drips(self) -> KeyedListModel[DripRow]:
        """key, name, main, detail, fraction."""
        return self._drips

    @Property(QObject, constant=True)
    def openItems(self) -> KeyedListModel[OpenRow]:
        """key, icon, title, time, priority, why, todo, cause, lower, told, mark, more, expanded,
        part, goVerb, doneVerb, laterVerb."""
        return self._open

    @Property(QObject, constant=True)
    def past(self) -> KeyedListModel[PastRow]:
        """key, time, title, end."""
        return self._past


def _occupants(
    state: WardState,
    stays: list[Encounter],
    chosen: Encounter | None,
    view: SheetView,
    words: Words,
) -> list[OccupantRow]:
    """Everybody in the bed."""
    return [
        OccupantRow(
            key=stay.id,
            name=sheet_name(state, stay, words, full=view.full and stay is chosen)
            if view.opened
            else view.names.shown.get(stay.id, ""),
            chosen=stay is chosen,
        )
        for stay in stays
    ]
