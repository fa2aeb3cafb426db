"""The patient's day: what is due, from orders, appointments, tasks, medicines and meals; see
`mapping_plan_fields`.

Other statuses than those below mean gone. Tasks that SmartWard wrote itself are not read back. An
order without any time is a standing order and no part of the day; one that repeats without telling
its times is rejected: NO_TIME. An appointment that is `basedOn` an order stands for it. Items from
PAST before to AHEAD after now are shown.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical.plan import DoseTiming, PlanItem, PlanKind, PlanStatus
from smartward.clinical.words import Wording
from smartward.his.fhir import times, units
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Concept, Timing
from smartward.his.fhir.mapping_infusion import is_infusion
from smartward.his.fhir.medications import MedicationAdministration, MedicationRequest
from smartward.his.fhir.reject import Ended, Reject, Unused
from smartward.his.fhir.resources import Appointment, NutritionOrder, Resource, ServiceRequest, Task
from smartward.his.fhir.times import Window
from smartward.his.fhir.writing_bodies import OWN

PAST = timedelta(hours=24)
AHEAD = timedelta(hours=36)
SOURCES = (ServiceRequest, Appointment, Task, MedicationRequest, NutritionOrder)
"""The resource types that make plan items."""

_DAY = timedelta(hours=24)
_MOST_A_DAY = 6
"""More is oftener than every 4 h, which makes a medicine time-critical (ISMP 2011)."""
_MATCH_WITHIN = timedelta(hours=4)
_STANDING = ("nursing_level", "news2_order", "condition_mark")

_SERVICE = {
    "active": PlanStatus.PLANNED,
    "on-hold": PlanStatus.PLANNED,
    "completed": PlanStatus.DONE,
}
_APPOINTMENT = {
    **dict.fromkeys(("booked", "pending", "proposed", "waitlist"), PlanStatus.PLANNED),
    **dict.fromkeys(("arrived", "checked-in"), PlanStatus.IN_PROGRESS),
    "fulfilled": PlanStatus.DONE,
    "noshow": PlanStatus.NOT_DONE,
}
_TASK = {
    **dict.fromkeys(("requested", "received", "accepted", "ready", "on-hold"), PlanStatus.PLANNED),
    "in-progress": PlanStatus.IN_PROGRESS,
    "completed": PlanStatus.DONE,
    **dict.fromkeys(("failed", "rejected"), PlanStatus.NOT_DONE),
}


class Planner:
    """Makes the plan items of one stay."""

    def __init__(
        self, chart: Chart, book: Codebook, source: str, encounter_id: str, window: Window
    ) -> None:
        self._chart = chart
        self._book = book
        self._source = source
        self._encounter_id = encounter_id
        self._window = window

    def items(self, resource: Resource) -> list[PlanItem]:
        """The items of one resource, within the window. Raises Reject, Unused or Ended."""
        match resource:
            case ServiceRequest():
                found = list(self._service(resource))
            case Appointment():
                found = [self._appointment(resource)]
            case Task():
                found = [self._task(resource)]
            case MedicationRequest():
                found = list(self._medicine(resource))
            case NutritionOrder():
                found = list(self._meals(resource))
            case _:
                raise Unused(resource.resource_type)
        return [one for one in found if self._window.holds(one.due_at)]

    def _item(
        self,
        resource: Resource,
        kind: PlanKind,
        due_at: datetime,
        status: PlanStatus,
        *,
        title: str | None = None,
        repeats: bool = False,
        nil_by_mouth: bool = False,
        done_at: datetime | None = None,
    ) -> PlanItem:
        id = f"{self._source}.{resource.resource_type}.{resource.id}"
        return PlanItem(
            id=f"{id}.{due_at:%Y%m%dT%H%M}" if repeats else id,
            encounter_id=self._encounter_id,
            kind=kind,
            due_at=due_at,
            status=status,
            title=Wording(his=title) if title else None,
            nil_by_mouth=nil_by_mouth,
            done_at=done_at,
        )

    def _kind(self, otherwise: PlanKind, *concepts: Concept | None) -> PlanKind:
        word = self._book.word("plan", *concepts)
        return PlanKind(word) if word is not None else otherwise

    def _service(self, order: ServiceRequest) -> Iterator[PlanItem]:
        if any(self._book.word(table, order.code) for table in _STANDING):
            raise Unused("a standing order")
        status = _SERVICE.get(order.status or "")
        if status is None or order.intent in ("proposal", "plan"):
            raise Ended
        kind = self._kind(PlanKind.OTHER, order.code, *order.category)
        fasting = self._book.word("fasting", *order.order_detail) is not None
        title = order.code.words if order.code else None
        due, repeats = self._occurrence(order)
        for at in due:
            yield self._item(
                order, kind, at, status, title=title, repeats=repeats, nil_by_mouth=fasting
            )

    def _occurrence(self, order: ServiceRequest) -> tuple[list[datetime], bool]:
        zone, period = self._window.zone, order.occurrence_period
        if order.occurrence_date_time is not None:
            return [times.due(order.occurrence_date_time, zone, "occurrenceDateTime")], False
        if period is not None and (period.start or period.end):
            return [times.due(period.start or period.end, zone, "occurrencePeriod")], False
        if order.occurrence_timing is not None:
            return times.occurrences(order.occurrence_timing, self._window, self._book), True
        raise Unused("an order without a time")

    def _appointment(self, one: Appointment) -> PlanItem:
        status = _APPOINTMENT.get(one.status or "")
        if status is None:
            raise Ended
        kind = self._kind(PlanKind.OTHER, *one.service_type, *one.service_category)
        title = one.description or next((c.words for c in one.service_type if c.words), None)
        orders = [
            found
            for reference in one.based_on
            if (found := self._chart.get(ServiceRequest, reference.id_of("ServiceRequest")))
        ]
        if kind is PlanKind.OTHER and orders:
            kind = self._kind(kind, *(c for o in orders for c in (o.code, *o.category)))
        fasting = any(self._book.word("fasting", *order.order_detail) for order in orders)
        at = times.due(one.start, self._window.zone, "start")
        return self._item(one, kind, at, status, title=title, nil_by_mouth=fasting)

    def _task(self, task: Task) -> PlanItem:
        if any((one.system or "").startswith(OWN) for one in task.identifier):
            raise Unused("our own task")
        status = _TASK.get(task.status or "")
        if status is None:
            raise Ended
        allowed = task.restriction.period if task.restriction else None
        done = task.execution_period
        texts = (
            allowed.end if allowed else None,
            allowed.start if allowed else None,
            done.start if done else None,
        )
        text = next((one for one in texts if one), None)
        if text is None:
            raise Unused("a task without a time")
        title = task.description or (task.code.words if task.code else None)
        return self._item(
            task,
            self._kind(PlanKind.NURSING, task.code),
            times.due(text, self._window.zone, "restriction.period"),
            status,
            title=title,
            done_at=times.maybe(done.end) if done and status is PlanStatus.DONE else None,
        )

    def _meals(self, order: NutritionOrder) -> Iterator[PlanItem]:
        if order.status != "active":
            raise Ended
        schedule = order.oral_diet.schedule if order.oral_diet is not None else ()
        if not schedule:
            raise Unused("a diet without meal times")
        for timing in schedule:
            for at in self._times(timing):
                yield self._item(order, PlanKind.MEAL, at, PlanStatus.PLANNED, repeats=True)

    def _times(self, timing: Timing) -> list[datetime]:
        return times.occurrences(timing, self._window, self._book)

    def _medicine(self, order: MedicationRequest) -> Iterator[PlanItem]:
        if order.status not in ("active", "on-hold", "completed") or order.intent == "proposal":
            raise Ended
        if any("community" in concept.codes for concept in order.category):
            raise Unused("taken at home")
        given = self._given(order)
        if any(is_infusion(one) for one, _ in given):
            raise Unused("an infusion")
        found: list[datetime] = []
        for dosage in order.dosage_instruction:
            if dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None:
                continue
            if dosage.timing is not None:
                found += self._times(dosage.timing)
        if not found and not any(one.timing for one in order.dosage_instruction):
            raise Unused("a medicine without a time")
        title = title_of(order)
        due = sorted(set(found))
        timing = self._timing(order, due)
        for at, status, done_at in _matched(due, given):
            # Of an order that is completed or on hold nothing is due: what was given stays.
            if order.status == "active" or status is not PlanStatus.PLANNED:
                item = self._item(
                    order,
                    PlanKind.MEDICINE,
                    at,
                    status,
                    title=title,
                    repeats=True,
                    done_at=done_at,
                )
                yield replace(item, timing=timing)

    def _timing(self, order: MedicationRequest, due: list[datetime]) -> DoseTiming:
        """How near to its times it is to be given."""
        timings = [one.timing for one in order.dosage_instruction if one.timing is not None]
        concepts = (*order.category, order.medication_codeable_concept, *(t.code for t in timings))
        if self._book.code("time_critical", order.priority) or self._book.word(
            "time_critical", *concepts
        ):
            return DoseTiming.CRITICAL
        if any(sum(at - _DAY < other <= at for other in due) > _MOST_A_DAY for at in due):
            return DoseTiming.CRITICAL
        repeated = bool(timings) and not any(one.event for one in timings)
        gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
        # On the day the clocks go forward a day has 23 hours.
        daily = repeated and all(gap >= _DAY - timedelta(hours=1) for gap in gaps)
        return DoseTiming.DAILY if daily and due else DoseTiming.ORDINARY

    def _given(
        self, order: MedicationRequest
    ) -> list[tuple[MedicationAdministration, datetime | None]]:
        found = []
        for one in self._chart.all(MedicationAdministration):
            if one.request is not None and one.request.id_of("MedicationRequest") == order.id:
                start = one.effective_period.start if one.effective_period else None
                found.append((one, times.maybe(one.effective_date_time or start)))
        return found


def title_of(order: MedicationRequest) -> str | None:
    """The medicine, and how much of it where the order tells one amount for all its times."""
    told = order.medication_codeable_concept
    words = told.words if told is not None else None
    if words is None and order.medication_reference is not None:
        words = order.medication_reference.display
    doses = {
        units.dose(one.dose_range.low, one.dose_range.high)
        if one.dose_range is not None
        else units.dose(one.dose_quantity)
        for dosage in order.dosage_instruction
        for one in dosage.dose_and_rate
        if one.dose_range is not None or one.dose_quantity is not None
    }
    dose = doses.pop() if len(doses) == 1 else None
    return f"{words} {dose}" if words and dose else words


def _matched(
    due: list[datetime], given: list[tuple[MedicationAdministration, datetime | None]]
) -> Iterator[tuple[datetime, PlanStatus, datetime | None]]:
    """Each time with what became of it: each administration answers the time nearest to it."""
    gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
    within = min([_MATCH_WITHIN, *(gap / 2 for gap in gaps)])
    answers: dict[datetime, tuple[timedelta, PlanStatus, datetime]] = {}
    for one, at in given:
        status = {"completed": PlanStatus.DONE, "not-done": PlanStatus.NOT_DONE}.get(
            one.status or ""
        )
        if at is None or status is None or not due:
            continue
        away, nearest = min((abs(slot - at), slot) for slot in due)
        if away <= within and (nearest not in answers or away < answers[nearest][0]):
            answers[nearest] = (away, status, at)
    for slot in due:
        _, status, at = answers.get(slot, (timedelta(), PlanStatus.PLANNED, None))
        yield slot, status, at if status is PlanStatus.DONE else None


def superseded(chart: Chart) -> set[str]:
    """Logical ids of the orders that an appointment stands for."""
    return {
        id
        for one in chart.all(Appointment)
        if one.status in _APPOINTMENT
        for reference in one.based_on
        if (id := reference.id_of("ServiceRequest")) is not None
    }


def plan_of(
    chart: Chart, planner: Planner, stay: str
) -> tuple[list[PlanItem], list[tuple[Resource, Reject]]]:
    """All items of a stay, and what had to be set aside for them (things not used are not)."""
    items: list[PlanItem] = []
    aside: list[tuple[Resource, Reject]] = []
    instead = superseded(chart)
    for source in SOURCES:
        for resource in chart.of_stay(source, stay):
            if isinstance(resource, ServiceRequest) and resource.id in instead:
                continue
            try:
                items += planner.items(resource)
            except Ended:
                continue
            except Reject as reason:
                if not isinstance(reason, Unused):
                    aside.append((resource, reason))
    return items, aside
