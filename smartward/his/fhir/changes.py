"""Follows what happens to the ward's patients: vital signs, infusions and the day's plan."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.deletions import Deletions
from smartward.his.fhir.documents import Derived, Told, derive
from smartward.his.fhir.loader import REFRESH, Loader
from smartward.his.fhir.mapping_infusion import device_ids, is_shown
from smartward.his.fhir.medications import MedicationAdministration
from smartward.his.fhir.page import Params
from smartward.his.fhir.resources import Appointment, DeviceMetric
from smartward.his.fhir.signs import HISTORY, Batch, Signs
from smartward.his.fhir.state import KEPT, WardState
from smartward.his.fhir.sweep import Filters, Sweep, chunks, together
from smartward.his.port import Clinical, Item, Rejection, Watermark

FOLLOWED = (
    "MedicationRequest",
    "MedicationAdministration",
    "Appointment",
    "Task",
    "Observation",
)
"""Resource types searched by patient for what happens."""
SIGN_TABLES = ("vital_sign", "lab_result", "bed_state", "infusion_metric", *KEPT)
"""The tables whose codes are asked for."""
_APPOINTMENTS_BACK = timedelta(hours=24)
_REFRESHED_AT_ONCE = 3
_FAILED_AGAIN = timedelta(minutes=1)
"""When a look at everything of a stay that failed is tried again: others have their turn, too."""
_NODES_APART = timedelta(minutes=5)
"""What was read so far in the future was read by another node's clock."""
_RUNNING = ("in-progress", "on-hold")
_DERIVED_ANEW = timedelta(seconds=30)
"""How long documents made from an unchanged chart stand: what they show moves with the time."""


@dataclass(slots=True)
class Followed:
    """What one turn gives for these stays. `stays`, `whole` and `behind` are logical encounter
    ids; `behind` are those of whom a search failed that the others' searches do not make good."""

    items: list[Item[Clinical]]
    watermark: Watermark
    stays: Collection[str]
    behind: set[str] = field(default_factory=set)
    whole: list[str] = field(default_factory=list)
    complete: bool = True
    """Whether each of these stays was told wholly once."""


class Follower:
    """Keeps the charts' moving parts up to date and tells what is new."""

    def __init__(
        self, state: WardState, loader: Loader, book: Codebook, source: str, zone: ZoneInfo
    ) -> None:
        self._state = state
        self._loader = loader
        self._book = book
        self._source = source
        self._zone = zone
        self.signs = Signs(state, loader, book, source)
        self._deletions = Deletions(loader)
        self._told = Told()
        self._whole_at: dict[str, datetime] = {}
        self._whose: dict[str, str] = {}
        """Whose stay each was when it was last told."""
        self._handed: Watermark | None = None
        self._turn = 0
        self._aside: dict[str, list[Rejection]] = {}
        self._derived: dict[str, Derived] = {}
        self._cache: dict[str, tuple[int, str, Derived, datetime]] = {}

    def aside(self) -> tuple[Rejection, ...]:
        """What could not be made into vital signs, infusions and plan items."""
        derived = (one for found in self._aside.values() for one in found)
        return (*self.signs.aside.all(), *derived)

    async def follow(self, wanted: Collection[str], since: Watermark | None) -> Followed:
        """One turn for these stays. Nothing counts as told when this raises."""
        now = self._loader.now
        assert now is not None
        if since is None or since != self._handed:
            # What was handed out last was not taken over: start anew.
            self.signs.forget()
            self._told.keep(())
            self._whole_at.clear()
            self._handed = None
        stays = sorted(set(wanted) & set(self._state.stays))
        for stay in stays:
            # Put right to be another person's: nothing of it was told yet.
            if stay in self._whose and self._whose[stay] != patient_of(self._state.stays[stay]):
                self._whole_at.pop(stay, None)
        if self._state.past.take_anew():
            self._whole_at = dict.fromkeys(self._whole_at, now - REFRESH)
        first = [stay for stay in stays if stay not in self._whole_at]
        again = self._due(stays, now)
        kept = since.marks if since is not None and self._handed is not None else {}
        # None in a future that a clock put right has taken back.
        marks = {key: min(at, now) for key, at in kept.items()}
        batch = Batch()
        await self._state.load_context(self._patients(again))
        loaded = await self._load(self._patients([*first, *again]), batch, now)
        whole_marks = {key: at for sweep in loaded.values() for key, at in sweep.marks.items()}
        rest = self._patients(set(stays) - set(first) - set(again))
        if rest:
            marks = await self._follow_rest(rest, marks, whole_marks, batch)
        else:
            marks = whole_marks | marks
        await self._devices()
        self._turn += 1
        watermark = Watermark(marks=marks, turn=self._turn)
        behind = self._behind([*first, *again], loaded, marks)
        news = [*self._loader.take_news(), *batch.items.values()]
        followed = Followed(news, watermark, stays, behind, complete=behind.isdisjoint(first))
        if not self._loader.lacks("Observation"):
            followed.whole = [stay for stay in (*first, *again) if stay not in behind]
        self._tell(stays, followed)
        self._commit(followed, batch, first, again, now)
        return followed

    def derived(self, stay: str, chart: Chart) -> Derived:
        """Infusions and plan items of a stay as they are now."""
        now = self._loader.now
        assert now is not None
        known = self._cache.get(stay)
        if known is not None and known[:2] == (chart.revision, chart.patient_id):
            derived, at = known[2:]
            if now - at < _DERIVED_ANEW:
                return derived
        derived = derive(stay, chart, self._book, self._source, now, self._zone)
        self._cache[stay] = (chart.revision, chart.patient_id, derived, now)
        return derived

    def _due(self, stays: Iterable[str], now: datetime) -> list[str]:
        """Those to be read again wholly, the longest ago first."""
        doubted = self._state.past.due(now)
        # One that was read in a future, by a clock that has since been put right, is due too.
        due = [
            stay
            for stay in stays
            if stay in self._whole_at
            and (
                not -_NODES_APART <= now - self._whole_at[stay] < REFRESH
                or patient_of(self._state.stays[stay]) in doubted
            )
        ]
        return sorted(due, key=lambda stay: self._whole_at[stay])[:_REFRESHED_AT_ONCE]

    def _patients(self, stays: Iterable[str]) -> set[str]:
        found = (patient_of(self._state.stays[stay]) for stay in stays)
        return {patient for patient in found if patient in self._state.charts}

    def _window(self, kind: str, now: datetime) -> Params:
        """How far back a whole load goes."""
        match kind:
            case "Observation":
                return [("date", f"ge{_day_time(now - HISTORY)}")]
            case "MedicationAdministration":
                return [("effective-time", f"ge{_day_time(now - HISTORY)}")]
            case "Appointment":
                return [("date", f"ge{_day_time(now - _APPOINTMENTS_BACK)}")]
        return []

    def _filters(self, kind: str, now: datetime) -> Filters:
        if kind != "Observation":
            return Filters(window=self._window(kind, now))
        codes = [("code", ",".join(self._book.codes(*SIGN_TABLES)))]
        return Filters(codes, self._window(kind, now))

    async def _load(self, patients: set[str], batch: Batch, now: datetime) -> dict[str, Sweep]:
        if not patients:
            return {}
        found = await together(self._load_type(kind, patients, batch, now) for kind in FOLLOWED)
        return dict(zip(FOLLOWED, found, strict=True))

    def _behind(
        self, stays: Iterable[str], loaded: dict[str, Sweep], marks: dict[str, datetime]
    ) -> set[str]:
        """Those of these stays whose own search failed while the type goes on for the others: the
        next look would begin at a mark that is not theirs."""
        found: set[str] = set()
        for kind, sweep in loaded.items():
            followed = {key.partition("/")[0] for key in marks}
            if sweep.failed and (kind in followed or not self._loader.lacks(kind)):
                found |= {one for one in stays if not self._patients([one]) <= sweep.whole}
        return found

    async def _load_type(self, kind: str, patients: set[str], batch: Batch, now: datetime) -> Sweep:
        sweep = await self._loader.load(kind, patients, self._filters(kind, now))
        if kind != "Observation":
            await self._file(kind, sweep, now)
            return sweep
        mark = min(sweep.marks.values(), default=None)
        met: set[str] = set()
        for walk in sweep.walks:
            met |= await self.signs.take(walk, batch, whole=True, mark=mark)
        for id in sweep.whole:
            chart = self._state.charts[id]
            others = self._state.others(chart, "infusion_metric")
            await self._loader.settle(chart, kind, met & chart.ids(kind) | others)
        return sweep

    async def _file(self, kind: str, sweep: Sweep, now: datetime) -> None:
        """Into the charts; where it is everything, what is missing is asked for."""
        found = self._state.file(sweep.walks, sweep.whole)
        for id in sweep.whole:
            chart = self._state.charts[id]
            _expire(chart, now)
            await self._loader.settle(chart, kind, found.get(id, set()))

    async def _follow_rest(
        self,
        patients: set[str],
        marks: dict[str, datetime],
        whole_marks: dict[str, datetime],
        batch: Batch,
    ) -> dict[str, datetime]:
        """The others by change; their walks decide where the next ones begin."""
        walked = await together(
            self._follow_type(kind, patients, marks, batch) for kind in FOLLOWED
        )
        told = {key: mark for marks in walked for key, mark in marks.items()}
        return told | _single(whole_marks)

    async def _follow_type(
        self, kind: str, patients: set[str], marks: dict[str, datetime], batch: Batch
    ) -> dict[str, datetime]:
        now = self._loader.now
        assert now is not None
        sweep = await self._loader.follow(kind, patients, self._filters(kind, now), marks)
        if kind != "Observation":
            await self._file(kind, sweep, now)
        else:
            for walk in sweep.walks:
                await self.signs.take(walk, batch, whole=False)
        for id in await self._deletions.of(kind):
            self._state.drop(kind, id)
            if kind == "Observation":
                self.signs.drop(id, batch)
        return sweep.marks

    async def _devices(self) -> None:
        """The pumps in use and their metrics, read wholly: they are few."""
        now = self._loader.now
        assert now is not None
        using: dict[str, set[str]] = {}
        for chart in self._state.charts.values():
            for one in chart.all(MedicationAdministration):
                if is_shown(one, now):
                    using.setdefault(chart.patient_id, set()).update(device_ids(one))
        wanted = set().union(*using.values())
        if not wanted:
            return
        devices = await self._loader.by_ids("Device", wanted)
        walks = await together(
            self._loader.search(
                "DeviceMetric", [("source", ",".join(f"Device/{id}" for id in some))]
            )
            for some in chunks(wanted, self._loader.list_size)
        )
        metrics = [one for walk in walks if walk is not None for one in walk.found.values()]
        for patient, ids in using.items():
            chart = self._state.charts[patient]
            chart.replace("Device", (one for id, one in devices.items() if id in ids))
            chart.replace(
                "DeviceMetric",
                (
                    one
                    for one in metrics
                    if isinstance(one, DeviceMetric)
                    and one.source is not None
                    and one.source.id_of("Device") in ids
                ),
            )

    def _tell(self, stays: Iterable[str], followed: Followed) -> None:
        here = self._state.stays
        aside = {stay: found for stay, found in self._aside.items() if stay in here}
        self._derived = {}
        for stay in stays:
            chart = self._state.chart_of(self._state.stays[stay])
            if chart is None:
                continue
            derived = self.derived(stay, chart)
            new = self._told.differences(stay, derived, all=stay in followed.whole)
            followed.items += new
            before = self._aside.get(stay, [])
            followed.items += [one for one in derived.aside if one not in before]
            aside[stay] = derived.aside
            self._derived[stay] = derived
        self._aside = aside

    def _commit(
        self,
        followed: Followed,
        batch: Batch,
        first: list[str],
        again: list[str],
        now: datetime,
    ) -> None:
        for stay, derived in self._derived.items():
            self._told.remember(stay, derived)
        self._derived = {}
        self._told.keep(self._state.stays)
        self._cache = {stay: one for stay, one in self._cache.items() if stay in self._state.stays}
        # The marks went on without those who were not asked about: they come whole again.
        here = followed.stays
        self._whole_at = {stay: at for stay, at in self._whole_at.items() if stay in here}
        for n, stay in enumerate(first):
            # The first refreshes are spread, so that a ward loaded at once is not read at once.
            self._whole_at[stay] = now - REFRESH * 0.8 * (n / len(first))
        self._whole_at |= dict.fromkeys(again, now)
        for stay in followed.behind:
            if stay in again:
                self._whole_at[stay] = now - REFRESH + _FAILED_AGAIN
            else:
                del self._whole_at[stay]
        looked = {*first, *again} - followed.behind
        self._state.past.looked(self._patients(looked), now)
        whose = ((stay, patient_of(self._state.stays[stay])) for stay in self._whole_at)
        self._whose = {stay: patient for stay, patient in whose if patient is not None}
        self.signs.commit(batch)
        self._handed = followed.watermark


def _single(marks: dict[str, datetime]) -> dict[str, datetime]:
    """Those of patients who are asked for one by one."""
    return {key: at for key, at in marks.items() if "/" in key}


def _day_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _expire(chart: Chart, now: datetime) -> None:
    """Drop what a whole load no longer asks for, so that it is not taken for missing."""
    for one in chart.all(MedicationAdministration):
        period = one.effective_period
        ended = times.maybe((period.end if period else None) or one.effective_date_time)
        if one.status not in _RUNNING and ended is not None and ended < now - HISTORY:
            chart.drop("MedicationAdministration", one.id)
    for appointment in chart.all(Appointment):
        start = times.maybe(appointment.start)
        if start is not None and start < now - _APPOINTMENTS_BACK:
            chart.drop("Appointment", appointment.id)
