"""The stays' own documents, made anew only when something of them may be another.

Nearly every poll finds every stay as it was. What a document is made of beside its resources is the
time: which nurse is on, which mark is up, which name is borne. That turns only at an instant that
is written in one of the resources, or at midnight, so until then the document stands.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import msgspec

from smartward.clinical.encounter import Encounter
from smartward.clinical.plan import PlanItem
from smartward.his.fhir import times
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.documents import Derived, encounter_item
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.setting import Setting
from smartward.his.port import Item

STANDS = timedelta(minutes=5)
"""The longest that a document stands: who takes over within the next 24 h moves with the time."""
_SOURCES = (
    "Patient",
    "CareTeam",
    "Condition",
    "AllergyIntolerance",
    "RelatedPerson",
    "Flag",
    "NutritionOrder",
    "ServiceRequest",
    "Observation",
)
"""What the document is made of, beside the Encounter and the plan."""
_INSTANT = re.compile(rb'"(\d{4}-\d\d-\d\dT[^"]{5,32})"')


@dataclass(frozen=True, slots=True)
class _Made:
    """A document and what it was made of."""

    item: Item[Encounter]
    stay: Stay
    chart: Chart
    revision: int
    plan: list[PlanItem]
    around: tuple[object, ...]
    at: datetime
    until: datetime


class StayItems:
    """Makes the document of each stay, and keeps it while it stands."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}

    def item(self, stay: Stay, chart: Chart, derived: Derived, setting: Setting) -> Item[Encounter]:
        """The stay's own document, or why there is none."""
        known = self._made.get(stay.id)
        if known is not None and _stands(known, stay, chart, derived, setting):
            return known.item
        now = setting.now
        item = encounter_item(stay, chart, derived, setting)
        self._made[stay.id] = _Made(
            item=item,
            stay=stay,
            chart=chart,
            revision=chart.revision_of(_SOURCES),
            plan=derived.plan,
            around=_around(setting),
            at=now,
            until=min(now + STANDS, _next_turn(stay, chart, setting)),
        )
        return item

    def keep(self, stays: Iterable[str]) -> None:
        """Forget all but these."""
        here = set(stays)
        self._made = {id: one for id, one in self._made.items() if id in here}


def _stands(known: _Made, stay: Stay, chart: Chart, derived: Derived, setting: Setting) -> bool:
    return (
        known.at <= setting.now < known.until
        and known.chart is chart
        and known.revision == chart.revision_of(_SOURCES)
        and known.stay == stay
        and (known.plan is derived.plan or known.plan == derived.plan)
        and known.around == _around(setting)
    )


def _around(setting: Setting) -> tuple[object, ...]:
    """What is around the chart, as it is compared. None of it is ever changed in place."""
    return setting.beds, setting.places, setting.people, setting.roles


def _next_turn(stay: Stay, chart: Chart, setting: Setting) -> datetime:
    """The first instant to come at which what the resources say may be another."""
    tomorrow = setting.now.astimezone(setting.zone).date() + timedelta(days=1)
    turns = [datetime.combine(tomorrow, time(), setting.zone)]
    named = [one for kind in _SOURCES for one in chart.kept.get(kind, {}).values()]
    written = msgspec.json.encode([stay, *named])
    for text in set(_INSTANT.findall(written)):
        at = times.maybe(text.decode())
        if at is not None and at > setting.now:
            turns.append(at)
    return min(turns)
