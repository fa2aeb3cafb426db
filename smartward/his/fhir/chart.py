"""What the HIS has told about one patient and is still needed to make documents from.

Vital signs are not kept: each is a document of its own and goes straight on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol, TypeVar, cast

from smartward.his.fhir import times
from smartward.his.fhir.elements import Meta, Reference
from smartward.his.fhir.medications import MedicationAdministration, MedicationRequest
from smartward.his.fhir.resources import (
    AllergyIntolerance,
    Appointment,
    CareTeam,
    Condition,
    Device,
    DeviceMetric,
    Encounter,
    Flag,
    NutritionOrder,
    Observation,
    Patient,
    RelatedPerson,
    Resource,
    ServiceRequest,
    Task,
)

R = TypeVar("R", bound=Resource)


def _takes_part(one: Appointment) -> Reference | None:
    actors = (part.actor for part in one.participant if part.actor is not None)
    return next((actor for actor in actors if actor.id_of("Patient") is not None), None)


_ABOUT: dict[type[Resource], Callable[[Any], Reference | None]] = {
    **dict.fromkeys(
        (AllergyIntolerance, NutritionOrder, Device, RelatedPerson), attrgetter("patient")
    ),
    **dict.fromkeys(
        (
            Encounter,
            CareTeam,
            Observation,
            Condition,
            Flag,
            MedicationRequest,
            MedicationAdministration,
            ServiceRequest,
        ),
        attrgetter("subject"),
    ),
    Task: attrgetter("for_"),
    Appointment: _takes_part,
}
"""Where a resource says whom it is about. Looked up by type: each of thousands is asked."""


def patient_of(resource: Resource) -> str | None:
    """The logical id of the patient a resource is about, or None when it names none."""
    if isinstance(resource, Patient):
        return resource.id
    find = _ABOUT.get(type(resource))
    about = find(resource) if find is not None else None
    return about.id_of("Patient") if about is not None else None


def stay_of(resource: Resource) -> Reference | None:
    """The encounter a resource names, if it names one."""
    match resource:
        case MedicationAdministration():
            return resource.context
        case (
            CareTeam()
            | Observation()
            | Condition()
            | Flag()
            | NutritionOrder()
            | MedicationRequest()
            | ServiceRequest()
            | Task()
        ):
            return resource.encounter
        case _:
            return None


def places_of(stay: Encounter) -> set[str]:
    """Logical ids of every place a stay names, present and past."""
    named = (one.location.id_of("Location") for one in stay.location if one.location is not None)
    return {id for id in named if id is not None}


def older(one: Meta, than: Meta) -> bool:
    """Whether `one` is an older version: by number where both have one and they differ (some
    servers number everything 1), else by lastUpdated."""
    mine, other = one.version_id or "", than.version_id or ""
    if mine.isdecimal() and other.isdecimal() and int(mine) != int(other):
        return int(mine) < int(other)
    earlier, later = times.maybe(one.last_updated), times.maybe(than.last_updated)
    return earlier is not None and later is not None and earlier < later


class Judge(Protocol):
    """Decides about older versions; see `past`."""

    def takes(self, one: Resource, known: Meta, *, sure: bool) -> bool:
        """Whether it takes the place of what is known."""


@dataclass(slots=True)
class Chart:
    """One patient's resources by type and logical id."""

    patient_id: str
    judge: Judge | None = None
    kept: dict[str, dict[str, Resource]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        """Counts what changed here: the same number means the same documents."""
        return sum(self.revisions.values())

    def revision_of(self, kinds: Iterable[str]) -> int:
        """Counts what changed here of these types."""
        return sum(self.revisions.get(kind, 0) for kind in kinds)

    def _changed(self, kind: str) -> None:
        self.revisions[kind] = self.revisions.get(kind, 0) + 1

    def put(self, resource: Resource, *, sure: bool = True) -> None:
        """Keep it, unless a newer version is here already that stands. `sure`: it was read by its
        id, or with all there is of its type."""
        shelf = self.kept.setdefault(resource.resource_type, {})
        known = shelf.get(resource.id)
        if known is not None and not self._takes(resource, known.meta, sure=sure):
            return
        if known == resource:
            return
        shelf[resource.id] = resource
        self._changed(resource.resource_type)

    def _takes(self, one: Resource, known: Meta, *, sure: bool) -> bool:
        if self.judge is None:
            return not older(one.meta, known)
        return self.judge.takes(one, known, sure=sure)

    def drop(self, kind: str, id: str) -> None:
        """Forget it."""
        if self.kept.get(kind, {}).pop(id, None) is not None:
            self._changed(kind)

    def replace(self, kind: str, resources: Iterable[Resource]) -> None:
        """Keep exactly these of a type."""
        shelf = {one.id: one for one in resources}
        if shelf != self.kept.get(kind, {}):
            self.kept[kind] = shelf
            self._changed(kind)

    def ids(self, kind: str) -> set[str]:
        """Logical ids of a type."""
        return set(self.kept.get(kind, {}))

    def get(self, type: type[R], id: str | None) -> R | None:
        """One by id."""
        found = self.kept.get(type.__name__, {}).get(id or "")
        return cast(R | None, found)

    def all(self, type: type[R]) -> list[R]:
        """All of a type, in the order of their ids."""
        shelf = self.kept.get(type.__name__, {})
        return [cast(R, shelf[id]) for id in sorted(shelf)]

    @property
    def patient(self) -> Patient | None:
        """The person."""
        return self.get(Patient, self.patient_id)

    def of_stay(self, type: type[R], encounter: str) -> list[R]:
        """All of a type that belong to this stay, or name none."""
        found = []
        for resource in self.all(type):
            stay = stay_of(resource)
            if stay is None or not stay.reference or stay.id_of("Encounter") == encounter:
                found.append(resource)
        return found

    def metrics(self, device_id: str) -> list[DeviceMetric]:
        """The metrics of a device."""
        return [
            one
            for one in self.all(DeviceMetric)
            if one.source is not None and one.source.id_of("Device") == device_id
        ]
