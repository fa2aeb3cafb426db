"""Brings resources from the server into the charts, type by type, and keeps what it set aside."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial

import msgspec

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.fhir.capability import CLINICAL_DATE, Statement, TypePlan, Verdict, Way, decide
from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.guard import NEEDED, Guard
from smartward.his.fhir.page import CANNOT, Asker, Params, decode, instant
from smartward.his.fhir.probe import Probe
from smartward.his.fhir.resources import Resource
from smartward.his.fhir.rota import Rota
from smartward.his.fhir.sweep import CHUNK, Filters, Missing, Sweep, chunks, together
from smartward.his.fhir.walk import OVERLAP, Walk, Walker, since_param
from smartward.his.http import Http
from smartward.his.port import Rejection

REFRESH = timedelta(minutes=12)
"""How often everything of a stay is read again: the cure for edits no change date shows."""
RECENT = timedelta(minutes=60)
"""How far back by the clinical date, where nothing tells what was changed."""
_BESIDE = 2
"""Searches for Observations beside each other."""


class Loader(Guard):
    """Searches by patient and puts what it finds into charts."""

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self.ask = Asker(http)
        self.probe = Probe(self.ask)
        self._walker = Walker(self.ask, self.probe)
        self.overlap = OVERLAP
        self.rota = Rota()
        self.statement = Statement()
        self.lists = Verdict.UNPROVEN
        """Whether several patients may be asked for in one search."""
        self.id_lists = Verdict.UNPROVEN
        """Whether several `_id`s may."""
        self._no_codes: set[str] = set()
        self._no_ids: set[str] = set()
        """Types that answer a list of `_id`s with others."""
        self._no_window: set[str] = set()

    def plan(self, kind: str) -> TypePlan:
        """How this type is asked for."""
        lists = self.lists not in (Verdict.IGNORED, Verdict.REFUSED)
        said, tried = self.statement.said(kind), self.probe.of(kind)
        return decide(kind, said, tried, lists_elsewhere=lists)

    def without_codes(self, kind: str) -> bool:
        """Whether this type cannot be searched by code."""
        return kind in self._no_codes

    async def search(self, kind: str, params: Params) -> Walk | None:
        """All matches, or None when this type is not to be had now (asked again in a minute).

        Raises Unreachable; Refused and BadData only for types a ward cannot do without.
        """
        return await self.guarded(kind, lambda: self._walker.walk(kind, params))

    async def by_ids(self, kind: str, ids: Collection[str]) -> dict[str, Resource]:
        """Those of a type with these logical ids."""
        if self.id_lists in (Verdict.IGNORED, Verdict.REFUSED):
            found = await together(self._read_softly(kind, id) for id in sorted(ids))
            self.counts[kind] += sum(isinstance(one, Resource) for one in found)
            return {one.id: one for one in found if isinstance(one, Resource)}
        walks = await together(
            self.guarded(kind, partial(self._ids, kind, some)) for some in chunks(ids)
        )
        return {id: one for walk in walks if walk is not None for id, one in walk.found.items()}

    async def _ids(self, kind: str, some: list[str]) -> Walk:
        """Some by their ids; each read singly where a list of them is refused."""
        refused_list = False
        if kind not in self._no_ids:
            try:
                walk = await self._walker.walk(kind, [("_id", ",".join(some))])
            except Refused as refused:
                if refused.values.get("status") not in CANNOT:
                    raise
                refused_list = len(some) > 1
            else:
                if walk.found.keys() <= set(some):
                    return walk
                # What was proven of one type may not hold of another.
                self._no_ids.add(kind)
        walk = Walk(server_time=self.now)
        for id in some:
            one = await self.read(kind, id)
            if isinstance(one, Resource):
                walk.found[one.id] = one
        if refused_list:
            self.id_lists = Verdict.REFUSED
        return walk

    async def _read_softly(self, kind: str, id: str) -> Resource | Rejection | None:
        """A read of what a ward can do without: what is refused is not there."""
        what = f"{kind} by id"
        if self.failing.let_be(what, self.now):
            return None
        try:
            async with self.gate:
                one = await self.read(kind, id)
        except Unreachable as away:
            if not self.fails(kind, what, away):
                raise
            return None
        except Refused as refused:
            if kind in NEEDED or refused.values.get("status") == 401:
                raise
            return None
        self.failing.well(what)
        return one

    @property
    def list_size(self) -> int:
        """How many references one search may hold."""
        return 1 if self.lists in (Verdict.IGNORED, Verdict.REFUSED) else CHUNK

    async def load(self, kind: str, patients: Collection[str], filters: Filters) -> Sweep:
        """A type for many patients, wholly. Brings nothing when the type is not to be had."""
        sweep = await self._asked(kind, patients, filters, {})
        if self.now is not None and sweep.walks:
            self.rota.asked(kind, patients, self.now)
        return sweep

    async def follow(
        self,
        kind: str,
        patients: Collection[str],
        filters: Filters,
        marks: Mapping[str, datetime],
    ) -> Sweep:
        """What is new of a type for these patients, by the way that was chosen for it."""
        now = self.now
        assert now is not None
        await self.prove(kind)
        plan = self.plan(kind)
        due = self.rota.due(kind, patients, plan, now)
        match plan.way:
            case Way.BY_DATE:
                sweep = await self._asked(kind, due, filters, marks)
            case Way.RECENT:
                recent = (CLINICAL_DATE[kind], f"ge{instant(now - RECENT, seconds=True)}")
                sweep = await self._asked(kind, due, Filters(filters.codes, [recent]), {})
                sweep.whole.clear()
                sweep.marks.clear()
            case _:
                sweep = await self._asked(kind, due, filters, {})
        self.rota.asked(kind, due, now)
        # Whose turn it was not goes on from where it was.
        kept = ({f"{kind}/{id}" for id in patients} | {kind}) - sweep.failed
        sweep.marks = {key: at for key, at in marks.items() if key in kept} | sweep.marks
        return sweep

    async def prove(self, kind: str) -> None:
        """Try what was not tried yet of a type, once there is a row of it to try it with."""
        witness = self.evidence.get(kind)
        if witness is None or self.failing.let_be(kind, self.now):
            return
        try:
            await self._proven(kind, witness)
        except Unreachable as away:
            if not self.fails(kind, kind, away):
                raise

    async def _proven(self, kind: str, witness: tuple[str, datetime | None]) -> None:
        who = [("_id" if kind == "Patient" else "patient", witness[0])]
        await self.probe.dated(kind, who, witness[1])
        if kind != "Patient" and self.statement.said(kind).history:
            await self.probe.history(kind, self.now)

    async def try_lists(self, patient: str) -> None:
        """Try with a patient who is here whether lists of ids are understood."""
        if self.lists is Verdict.UNPROVEN:
            self.lists = await self.probe.lists("Encounter", [], "patient", patient)
        if self.id_lists is Verdict.UNPROVEN:
            self.id_lists = await self.probe.lists("Patient", [], "_id", patient)

    async def _asked(
        self,
        kind: str,
        patients: Collection[str],
        filters: Filters,
        marks: Mapping[str, datetime],
    ) -> Sweep:
        """From the marks on, and wholly where there is none."""
        sweep = Sweep()
        lists = self.plan(kind).lists
        groups = list(chunks(patients, _size(kind, patients, marks) if lists else 1))
        keys = [kind if lists else f"{kind}/{some[0]}" for some in groups]
        before = [marks.get(key) for key in keys]
        walks = await together(
            self.guarded(kind, partial(self._group, kind, some, filters, mark))
            for some, mark in zip(groups, before, strict=True)
        )
        if lists and not self.plan(kind).lists:
            # What it answered to a list was not the answer to each: ask again, one by one.
            return await self._asked(kind, patients, filters, marks)
        for some, key, mark, walk in zip(groups, keys, before, walks, strict=True):
            at = walk.mark(mark) if walk is not None else None
            if walk is None or at is None:
                sweep.failed.add(key)
                continue
            sweep.walks.append(walk)
            sweep.marks[key] = min(at, sweep.marks.get(key, at))
            if mark is None:
                sweep.whole.update(some)
        for key in sweep.failed:
            sweep.marks.pop(key, None)
        return sweep

    async def _group(
        self, kind: str, some: list[str], filters: Filters, mark: datetime | None
    ) -> Walk:
        """One search for some patients; without filters, or for one of them, where it must be."""
        if kind == "Patient" and len(some) == 1:
            return await self._person(some[0])
        who = [("_id" if kind == "Patient" else "patient", ",".join(some))]
        since = []
        if mark is not None:
            since = [since_param(mark, self.overlap, seconds=self.plan(kind).seconds)]
        try:
            walk = await self._filtered(kind, who, filters, since)
        except Refused as refused:
            if len(some) == 1 or refused.values.get("status") not in CANNOT:
                raise
            walk = await self._filtered(kind, [("patient", some[0])], filters, since)
            self.probe.put(kind, lists=Verdict.REFUSED)
            return walk
        if len(some) > 1 and self.probe.of(kind).lists is Verdict.UNPROVEN:
            await self._prove_lists(kind, walk)
        return walk

    async def _filtered(self, kind: str, who: Params, filters: Filters, since: Params) -> Walk:
        """With as many filters as the server takes; what comes beside is sorted out later."""
        window = [] if since else filters.window
        tries = [(filters.codes, window), ([], window), (filters.codes, []), ([], [])]
        tries = [
            (codes, dated)
            for n, (codes, dated) in enumerate(tries)
            if (codes, dated) not in tries[:n]
            and not (codes and kind in self._no_codes)
            and not (dated and kind in self._no_window)
        ]
        for n, (codes, dated) in enumerate(tries):
            try:
                walk = await self._walker.walk(kind, [*who, *codes, *dated, *since])
            except Refused as refused:
                if n + 1 == len(tries) or refused.values.get("status") not in CANNOT:
                    raise
                continue
            if filters.codes and not codes:
                self._no_codes.add(kind)
            if window and not dated:
                self._no_window.add(kind)
                self.probe.put(kind, clinical=Verdict.REFUSED)
            return walk
        raise AssertionError("there is always one way to ask")

    async def _prove_lists(self, kind: str, walk: Walk) -> None:
        """Whether a list is understood as the patients it holds, tried with one who has a row."""
        patient = next((id for one in walk.found.values() if (id := patient_of(one))), None)
        if patient is not None:
            name = "_id" if kind == "Patient" else "patient"
            found = await self.probe.lists(
                kind, [], name, patient, lambda one: patient_of(one) == patient
            )
            self.probe.put(kind, lists=found)

    async def _person(self, id: str) -> Walk:
        """One Patient by its id: every server can tell that much."""
        walk = Walk()
        one = await self.read("Patient", id)
        walk.server_time = self.now
        if isinstance(one, Resource):
            walk.found[one.id] = one
        return walk

    async def read(self, kind: str, id: str) -> Resource | Rejection | None:
        """One by its id; None when it is deleted or never was. Raises as `Http` does."""
        one = await self.look_up(kind, id)
        return None if isinstance(one, Missing) else one

    async def look_up(self, kind: str, id: str) -> Resource | Rejection | Missing:
        """One by its id, or in which way it is not there. Raises as `Http` does."""
        reply = await self.http.get(f"{kind}/{id}")
        if reply.status in (404, 410):
            self.aside.clear(kind, id)
            return Missing.DELETED if reply.status == 410 else Missing.NOT_FOUND
        self.hear(reply.date)
        one = decode(msgspec.Raw(reply.body), kind)
        if one is None or (isinstance(one, Resource) and one.id != id):
            await self.http.hang_up()
            other = "not a" if one is None else "another"
            raise BadData("his.bad.not_fhir", f"the answer to a read is {other} {kind}")
        if isinstance(one, Rejection) and self.now is not None:
            self.set_aside(one)
        return one

    async def settle(self, chart: Chart, kind: str, found: Collection[str]) -> None:
        """Ask for what a complete walk no longer held: gone for good, or not found by search."""
        what = f"{kind} by id"
        for id in sorted(chart.ids(kind) - set(found)):
            if self.failing.let_be(what, self.now):
                return  # nobody can tell: what is known stays
            try:
                one = await self.read(kind, id)
            except Unreachable as away:
                if not self.fails(kind, what, away):
                    raise
                return
            self.failing.well(what)
            if isinstance(one, Resource) and patient_of(one) == chart.patient_id:
                chart.put(one)
            else:
                chart.drop(kind, id)


def _size(kind: str, patients: Collection[str], marks: Mapping[str, datetime]) -> int:
    """How many patients to ask for in one search. Of the type of which there is most, whole pasts
    are asked for in a few searches beside each other, so that the server has always one to do."""
    if kind in marks or kind != "Observation":
        return CHUNK
    return min(CHUNK, -(-len(patients) // _BESIDE))
