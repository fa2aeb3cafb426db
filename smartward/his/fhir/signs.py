"""Vital signs, laboratory results and what beds sense on their way through: panels put together,
repetitions left out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from smartward.clinical.bed_state import BedState
from smartward.clinical.lab_result import LabResult
from smartward.clinical.observation import VitalSign
from smartward.his.fhir import times
from smartward.his.fhir.aside import Aside
from smartward.his.fhir.chart import Chart, patient_of, stay_of
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Meta
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.mapping_result import bed_state, lab_result
from smartward.his.fhir.mapping_vital import members, sign_id, vital_sign
from smartward.his.fhir.reject import Ended, Reject, rejection
from smartward.his.fhir.resources import Observation
from smartward.his.fhir.state import KEPT, WardState
from smartward.his.fhir.walk import Walk
from smartward.his.fhir.writing_parts import OWN_CARE
from smartward.his.port import Clinical, Gone, Item, Kind, Rejection, Value
from smartward.his.version import version_of

HISTORY = timedelta(hours=48)
"""How far back vital signs are read."""
_MOST_CODES = 4096
_READINGS_KEPT = 2
"""Newest readings of one metric of one pump that are kept."""
_RATES_KEPT = 40
"""Of a rate: how long it has been off is judged from those before it."""
_RATES_FOR = timedelta(minutes=30)
"""Of a rate that is told often, those of so long are kept, however many they are,"""
_RATES_APART = timedelta(seconds=15)
"""and of those nearer together than this only some."""


_Readings = list[Observation]
"""Of one metric of one pump, oldest first."""

Seen = tuple[int, Meta, datetime]
"""Fingerprint, version, and when it was met."""


class _Use(Enum):
    """What an Observation is for."""

    SIGN = auto()
    LAB = auto()
    """The laboratory's."""
    BED = auto()
    """A bed's."""
    KEPT = auto()
    """It tells of the person: the chart has it."""
    READING = auto()
    """A pump's."""


_KIND = {_Use.SIGN: Kind.VITAL_SIGN, _Use.LAB: Kind.LAB_RESULT, _Use.BED: Kind.BED_STATE}
"""What becomes of those that go straight on."""


@dataclass(slots=True)
class Batch:
    """Observations of one `changes`, on the way to items."""

    items: dict[str, Item[Clinical]] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    panels: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    ungrouped: set[str] = field(default_factory=set)
    """Members whose panel is no more."""


class Signs:
    """Turns Observations into vital signs; keeps pump readings, and what tells of the person, in
    the charts."""

    def __init__(self, state: WardState, loader: Loader, book: Codebook, source: str) -> None:
        self._state = state
        self._loader = loader
        self._book = book
        self._source = source
        self.aside = Aside()
        self._panel_of: dict[str, tuple[str, datetime]] = {}
        self._seen: dict[str, Seen] = {}
        self._uses: dict[tuple[object, ...], _Use] = {}

    def forget(self) -> None:
        """Start anew: nothing was taken over."""
        self._seen.clear()

    async def take(
        self, walk: Walk, batch: Batch, *, whole: bool, mark: datetime | None = None
    ) -> set[str]:
        """Put a walk's observations into the batch and empty the walk; gives the ids it had. Reads
        panel members that it did not bring.

        What a whole walk brings is told anyhow, and is known afterwards only where the overlap
        before `mark` will bring it again: what is kept does not grow with the ward's history.
        """
        edge = mark - 2 * self._loader.overlap if whole and mark is not None else None
        fresh = self._fresh(walk, batch, edge, whole=whole)
        missing: set[str] = set()
        for one in fresh:
            parts = members(one) if one.has_member else ()
            at = (times.maybe(one.effective_date_time) or self._loader.now) if parts else None
            for id in parts:
                if at is not None:
                    batch.panels[id] = (one.id, at)
                    batch.ungrouped.discard(id)
                    if self._panel_of.get(id, ("", at))[0] != one.id:
                        missing.add(id)
        if whole:
            # A whole walk holds every panel there is: what none of them names is in none.
            batch.ungrouped |= set(walk.found) & set(self._panel_of) - set(batch.panels)
        missing -= {one.id for one in fresh}
        met = set(walk.found)
        # Each is let go when its document is made: of thousands there is never both.
        walk.found.clear()
        fresh.reverse()
        while fresh:
            self._place(fresh.pop(), batch, sure=whole)
        if missing and not whole:
            late = await self._loader.by_ids("Observation", missing)
            for part in late.values():
                if isinstance(part, Observation):
                    self._place(part, batch, sure=True)
        return met

    def _fresh(
        self, walk: Walk, batch: Batch, edge: datetime | None, *, whole: bool
    ) -> list[Observation]:
        found = []
        now = self._loader.now
        assert now is not None
        for id, one in walk.found.items():
            if not isinstance(one, Observation):
                continue
            print_ = walk.fingerprints[id]
            known = self._seen.get(id)
            if known is not None and not self._state.past.takes(one, known[1], sure=whole):
                continue
            if edge is None or (times.maybe(one.meta.last_updated) or edge) >= edge:
                batch.seen[id] = (print_, one.meta, now)
            if whole or known is None or known[0] != print_:
                found.append(one)
        return found

    def _place(self, one: Observation, batch: Batch, *, sure: bool) -> None:
        if any(name.system == OWN_CARE for name in one.identifier):
            return  # our own word come back: the ward has it as care
        use = self._use(one)
        if use in _KIND:
            if one.component or not one.has_member or not members(one):
                self._sign(one, batch)
            return
        chart = self._state.charts.get(patient_of(one) or "")
        if chart is not None:
            chart.put(one, sure=sure)
            if use is _Use.READING:
                rate = self._book.word("infusion_metric", one.code) == "rate"
                _prune(chart, one, _rates_of_late if rate else _newest_few)

    def _use(self, one: Observation) -> _Use:
        """By its code. A ward has few, of thousands of Observations: each is looked up once."""
        code = one.code
        if code is None:
            return _Use.SIGN
        key = (code.text, *((coding.system, coding.code) for coding in code.coding))
        use = self._uses.get(key)
        if use is None:
            if len(self._uses) >= _MOST_CODES:
                self._uses.clear()
            use = self._uses[key] = self._looked_up(code)
        return use

    def _looked_up(self, code: Concept) -> _Use:
        if self._book.word("infusion_metric", code) is not None:
            return _Use.READING
        if any(self._book.word(table, code) is not None for table in KEPT):
            return _Use.KEPT
        if self._book.word("vital_sign", code) is None:
            for table, use in (("lab_result", _Use.LAB), ("bed_state", _Use.BED)):
                if self._book.word(table, code) is not None:
                    return use
        return _Use.SIGN

    def _sign(self, one: Observation, batch: Batch) -> None:
        panel = None if one.id in batch.ungrouped else self.known_panel(one.id)
        if one.id in batch.panels:
            panel = batch.panels[one.id][0]
        item = self.item(one, panel)
        if isinstance(item, Rejection):
            # One that is set aside already, or that is merely not shown, is no news.
            assert self._loader.now is not None
            if self.aside.put(item, self._loader.now):
                batch.items[one.id] = item
        elif item is not None:
            self.aside.clear("Observation", one.id)
            batch.items[one.id] = item

    def drop(self, id: str, batch: Batch) -> None:
        """It was deleted; saying so of one that nobody here knew changes nothing."""
        self.aside.clear("Observation", id)
        self._seen.pop(id, None)
        batch.seen.pop(id, None)
        for kind in _KIND.values():
            # Nobody says of which kind it was.
            batch.items[f"{kind}.{id}"] = Gone(kind=kind, id=f"{self._source}.{id}")
        batch.items.pop(id, None)

    def known_panel(self, id: str) -> str | None:
        """The panel an Observation is a member of, as far as it was told."""
        known = self._panel_of.get(id)
        return known[0] if known is not None else None

    def item(self, one: Observation, panel: str | None) -> Item[Clinical] | None:
        """The vital sign, laboratory result or bed state of an Observation; None when it belongs
        to another stay."""
        named, use = stay_of(one), self._use(one)
        if use not in _KIND:
            use = _Use.SIGN  # asked for by its id, and since then of another code
        try:
            stay = self._state.stay_for(one, named.id_of("Encounter") if named else None)
            if stay is None:
                return None
            body = self._body(one, use, f"{self._source}.{stay.id}", panel)
        except Ended:
            return Gone(kind=_KIND[use], id=sign_id(one, self._source))
        except Reject as reason:
            return rejection("Observation", one.id, reason)
        return Value(kind=_KIND[use], id=body.id, body=body, version=version_of(body))

    def _body(
        self, one: Observation, use: _Use, encounter_id: str, panel: str | None
    ) -> VitalSign | LabResult | BedState:
        match use:
            case _Use.LAB:
                return lab_result(one, self._book, self._source, encounter_id)
            case _Use.BED:
                return bed_state(one, self._book, self._source, encounter_id)
        return vital_sign(one, self._book, self._source, encounter_id, panel)

    def commit(self, batch: Batch) -> None:
        """The batch was handed out: what it held is known, what is too old to come again is not."""
        self._seen |= batch.seen
        for id in batch.ungrouped:
            self._panel_of.pop(id, None)
        self._panel_of |= batch.panels
        now = self._loader.now
        if now is not None:
            # What was not met for so long does not come by an overlap any more.
            edge = now - 2 * self._loader.overlap
            self._seen = {id: one for id, one in self._seen.items() if one[2] >= edge}
        if self._loader.now is not None:
            oldest = self._loader.now - HISTORY
            self.aside.forget(oldest)
            self._panel_of = {id: told for id, told in self._panel_of.items() if told[1] >= oldest}


def _prune(chart: Chart, newest: Observation, keep: Callable[[_Readings], _Readings]) -> None:
    """Let go of readings of one metric that are not to be kept: a pump tells one each minute, or
    each second."""

    def source(one: Observation) -> tuple[object, ...]:
        return (
            one.code.codes if one.code else (),
            one.device.reference if one.device else None,
            tuple(part.reference for part in one.part_of),
        )

    same = [one for one in chart.all(Observation) if source(one) == source(newest)]
    same.sort(key=_taken_at)
    kept = {one.id for one in keep(same)}
    for one in same:
        if one.id not in kept:
            chart.drop("Observation", one.id)


def _newest_few(same: _Readings) -> _Readings:
    return same[-_READINGS_KEPT:]


def _rates_of_late(same: _Readings) -> _Readings:
    """Those from which the rate of late is known: each holds until the next, so what only repeats
    the one before tells nothing, unless it is the newest."""
    told: _Readings = []
    for one in same:
        while len(told) > 1 and (
            _value(told[-1]) == _value(told[-2])
            or _taken_at(one) - _taken_at(told[-2]) <= _RATES_APART
        ):
            told.pop()
        told.append(one)
    newest = _taken_at(told[-1])
    old = sum(newest - _taken_at(one) >= _RATES_FOR for one in told)
    # The last one before the edge held beyond it.
    return told[max(0, min(old - 1, len(told) - _RATES_KEPT)) :]


def _value(one: Observation) -> tuple[object, ...]:
    return one.status, one.value_quantity


def _taken_at(one: Observation) -> datetime:
    return (
        times.maybe(one.effective_date_time) or times.maybe(one.effective_instant) or times.OLDEST
    )
