"""What the client knows of the ward between two polls: stays, charts and people."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from smartward.his.fhir.census import StayFinder
from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.codes import PROFILE, Codebook
from smartward.his.fhir.deletions import Deletions
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.past import Past
from smartward.his.fhir.places import Places
from smartward.his.fhir.reject import REFERENCE, Reject
from smartward.his.fhir.resources import (
    CareTeam,
    Encounter,
    Observation,
    Practitioner,
    PractitionerRole,
    Resource,
)
from smartward.his.fhir.sweep import Filters, Missing, Sweep, together
from smartward.his.fhir.walk import Walk
from smartward.his.port import Rejection

CONTEXT = (
    "CareTeam",
    "Condition",
    "AllergyIntolerance",
    "RelatedPerson",
    "Flag",
    "NutritionOrder",
    "ServiceRequest",
)
"""What the encounter's document is made of, beside Encounter and Patient; searched by patient."""
_SLOW = ("CareTeam", "Condition", "AllergyIntolerance", "RelatedPerson")
_SLOW_EACH = timedelta(seconds=30)
"""These change seldom and wait for nobody: they are followed less often. Patient is none of them:
a death, or a person to be protected, is heard of at once."""
_STAFF_EACH = timedelta(seconds=60)
"""How often the ward's staff is read, wholly: who left must not act for long."""
_NAMED_WITHIN = timedelta(minutes=10)
"""Who was named by nobody here for so long is forgotten: neighbouring shifts and patients who come
back at once find them still here."""
KEPT = ("risk_score", "score", "body_weight", *PROFILE)
"""The tables of the Observations that are kept in the charts from the first load on."""


class WardState:
    """Stays by encounter id, charts by patient id, staff."""

    def __init__(self, loader: Loader, book: Codebook, finder: StayFinder) -> None:
        self._loader = loader
        self._book = book
        self._finder = finder
        self.past = Past()
        self.stays: dict[str, Encounter] = {}
        self.charts: dict[str, Chart] = {}
        self.people: dict[str, Practitioner] = {}
        self.roles: dict[str, PractitionerRole] = {}
        self.knows_staff = False
        """Whether the ward's staff was ever read."""
        self._staff_at: datetime | None = None
        self._named_at: dict[str, datetime] = {}
        """When a care team of a patient here, or the roster, last named each of the people."""
        self._unknown_people: set[str] = set()
        self._marks: dict[str, datetime] = {}
        self._slow_at: datetime | None = None
        self._deletions = Deletions(loader)

    def chart_of(self, stay: Encounter) -> Chart | None:
        """The chart of a stay's patient."""
        return self.charts.get(patient_of(stay) or "")

    async def look(self, places: Places) -> list[Rejection]:
        """Read the open stays at these places; what cannot be read at all is given back.

        Stays that are no longer found are forgotten here; who asks for them by id learns why.
        """
        stays = await self._finder.find(places)
        self.stays = stays.found
        patient = next((id for one in self.stays.values() if (id := patient_of(one))), None)
        if patient is not None:
            await self._loader.try_lists(patient)
        await self._meet()
        return list(stays.rejected.values())

    async def _meet(self) -> None:
        """Charts for exactly the patients who are here: new ones whole, the others by change."""
        here = {patient for one in self.stays.values() if (patient := patient_of(one))}
        known = here & set(self.charts)
        await self._follow(known)
        self.charts = {id: chart for id, chart in self.charts.items() if id in here}
        self._loader.rota.keep(here)
        self.past.keep(here)
        await self.load_context(here - known)

    async def load_context(self, patients: Collection[str]) -> None:
        """Everything about these patients but what happens to them, wholly.

        When it fails, patients nobody knew before are not known after it either.
        """
        if not patients:
            return
        new = set(patients) - set(self.charts)
        self.charts |= {id: Chart(id, self.past) for id in new}
        try:
            await self._load_context(patients)
        except BaseException:
            for id in new:
                del self.charts[id]
            raise

    async def _load_context(self, patients: Collection[str]) -> None:
        kept = Filters(codes=[("code", ",".join(self._book.codes(*KEPT)))])
        await together(
            self._load_type(kind, patients, kept if kind == "Observation" else Filters())
            for kind in ("Patient", *CONTEXT, "Observation")
        )
        await self._meet_people(patients)

    async def _load_type(self, kind: str, patients: Collection[str], filters: Filters) -> None:
        sweep = await self._loader.load(kind, patients, filters)
        if sweep.failed:
            # Not to be had now: once it is, everything has to be read, not only what is new.
            self._forget_marks(kind)
        found = self.file(sweep.walks, sweep.whole)
        if kind != "Observation":
            self._move_marks(kind, sweep, patients)
        for id in sweep.whole:
            chart = self.charts[id]
            others = self.others(chart, *KEPT) if kind == "Observation" else set()
            await self._settle(chart, kind, found.get(id, set()) | others)

    async def _settle(self, chart: Chart, kind: str, found: Collection[str]) -> None:
        """Forget what is gone. Of the person there is one, whom a stay names."""
        if kind != "Patient":
            await self._loader.settle(chart, kind, found)

    def drop(self, kind: str, id: str) -> None:
        """It was deleted."""
        for chart in self.charts.values():
            chart.drop(kind, id)

    def others(self, chart: Chart, *tables: str) -> set[str]:
        """Observations of a chart that none of these tables knows."""
        return {
            one.id
            for one in chart.all(Observation)
            if all(self._book.word(table, one.code) is None for table in tables)
        }

    def file(self, walks: Iterable[Walk], whole: Collection[str]) -> dict[str, set[str]]:
        """Put what was found into the charts of whom it is about; ids by patient. `whole`: those
        of whom it is everything."""
        found: dict[str, set[str]] = {}
        for walk in walks:
            for id, one in walk.found.items():
                patient = patient_of(one)
                chart = self.charts.get(patient or "")
                if chart is not None:
                    chart.put(one, sure=chart.patient_id in whole)
                    found.setdefault(chart.patient_id, set()).add(id)
        return found

    def _move_marks(self, kind: str, sweep: Sweep, patients: Collection[str]) -> None:
        """A whole walk of some must not carry the common mark past changes of the others."""
        for key, at in sweep.marks.items():
            if key != kind or kind not in self._marks or set(patients) == set(self.charts):
                self._marks[key] = at

    def _present_marks(self) -> dict[str, datetime]:
        """The marks, none of them in a future that a clock put right has taken back."""
        now = self._loader.now
        return {key: at if now is None else min(at, now) for key, at in self._marks.items()}

    def _forget_marks(self, kind: str) -> None:
        for key in [key for key in self._marks if key.split("/")[0] == kind]:
            del self._marks[key]

    async def _follow(self, patients: Collection[str]) -> None:
        if not patients:
            return
        now = self._loader.now
        slow = not _lately(self._slow_at, now, _SLOW_EACH)
        kinds = CONTEXT if slow else tuple(kind for kind in CONTEXT if kind not in _SLOW)
        await together(self._follow_type(kind, patients) for kind in ("Patient", *kinds))
        if not slow:
            return
        await self._meet_people(patients)
        self._slow_at = now

    async def _follow_type(self, kind: str, patients: Collection[str]) -> None:
        sweep = await self._loader.follow(kind, patients, Filters(), self._present_marks())
        found = self.file(sweep.walks, sweep.whole)
        for id in sweep.whole:
            await self._settle(self.charts[id], kind, found.get(id, set()))
        self._forget_marks(kind)
        self._marks |= sweep.marks
        for id in await self._deletions.of(kind):
            if kind != "Patient":
                self.drop(kind, id)

    async def meet_staff(self, ward: str) -> None:
        """Who works here: read wholly, each minute."""
        now = self._loader.now
        if _lately(self._staff_at, now, _STAFF_EACH):
            return
        self._forget_people(now)
        walk = await self._loader.search("PractitionerRole", [("location", f"Location/{ward}")])
        if walk is None:
            return
        self.roles = {
            id: one for id, one in walk.found.items() if isinstance(one, PractitionerRole)
        }
        self.knows_staff = True
        self._unknown_people.clear()
        await self._learn(set(self.held_by.values()) | set(self.people))
        self._staff_at = now

    @property
    def held_by(self) -> dict[str, str]:
        """The Practitioner's logical id of each PractitionerRole of the ward."""
        named = ((id, role.practitioner) for id, role in self.roles.items())
        held = ((id, one.id_of("Practitioner")) for id, one in named if one is not None)
        return {id: person for id, person in held if person is not None}

    async def _meet_people(self, patients: Collection[str]) -> None:
        await self._learn(self._members(patients) - set(self.people) - self._unknown_people)

    def _members(self, patients: Iterable[str]) -> set[str]:
        """Practitioners in the care teams of these patients."""
        found: set[str] = set()
        for id in patients:
            for team in self.charts[id].all(CareTeam) if id in self.charts else ():
                members = (one.member for one in team.participant if one.member is not None)
                ids = (one.id_of("Practitioner") for one in members)
                found |= {person for person in ids if person is not None}
        return found

    def _forget_people(self, now: datetime | None) -> None:
        """Let go of who is named neither by the roster nor by a patient here: they are read again
        each minute, and a ward meets thousands in a year."""
        if now is None:
            return
        named = set(self.held_by.values()) | self._members(self.charts)
        self._named_at = dict.fromkeys(self.people, now) | self._named_at
        self._named_at |= dict.fromkeys(named, now)
        self._named_at = {id: at for id, at in self._named_at.items() if now - at < _NAMED_WITHIN}
        if not self.people.keys() <= self._named_at.keys():
            self.people = {id: one for id, one in self.people.items() if id in self._named_at}

    async def _learn(self, ids: Collection[str]) -> None:
        found = await self._loader.by_ids("Practitioner", ids) if ids else {}
        new = {id: one for id, one in found.items() if isinstance(one, Practitioner)}
        # Replaced, never changed: documents are compared by what they were made of.
        self.people = {**self.people, **new}
        self._unknown_people |= set(ids) - set(self.people)

    async def read_stay(self, id: str) -> Encounter | Rejection | Missing:
        """Ask for one stay by its id and know it from then on. Raises as `Http` does."""
        one = await self._loader.look_up("Encounter", id)
        if isinstance(one, Encounter):
            self.stays[id] = one
            patient = patient_of(one)
            if patient is not None and patient not in self.charts:
                await self.load_context({patient})
            return one
        return one if isinstance(one, Rejection | Missing) else Missing.NOT_FOUND

    def stay_for(self, resource: Resource, named: str | None) -> Encounter | None:
        """The stay here that a resource belongs to; None: to another stay of its patient.

        Raises Reject(REFERENCE) when it cannot be told.
        """
        patient = patient_of(resource)
        if patient is None:
            raise Reject(REFERENCE, "subject")
        if named is not None:
            stay = self.stays.get(named)
            return stay if stay is not None and patient_of(stay) == patient else None
        here = [one for one in self.stays.values() if patient_of(one) == patient]
        if len(here) != 1:
            raise Reject(REFERENCE, "encounter: the patient has not exactly one stay here")
        return here[0]


def _lately(at: datetime | None, now: datetime | None, span: timedelta) -> bool:
    """Whether it was within this span; not in a future that a clock put right has taken back."""
    return at is not None and now is not None and timedelta(0) <= now - at < span
