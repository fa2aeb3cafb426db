"""Documents derived from charts: what is new since they were last told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from smartward.clinical.encounter import Encounter
from smartward.clinical.infusion import Infusion
from smartward.clinical.line import Line
from smartward.clinical.order import Order
from smartward.clinical.plan import PlanItem
from smartward.clinical.score_result import ScoreResult
from smartward.his.fhir import mapping_encounter
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.mapping_finding import unexplained
from smartward.his.fhir.mapping_infusion import infusion, unclear_orders
from smartward.his.fhir.mapping_line import lines
from smartward.his.fhir.mapping_order import orders
from smartward.his.fhir.mapping_plan import AHEAD, PAST, Planner, plan_of
from smartward.his.fhir.mapping_result import scores
from smartward.his.fhir.mapping_weight import weight_kg
from smartward.his.fhir.medications import MedicationAdministration
from smartward.his.fhir.reject import Ended, Reject, Unused, rejection
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.setting import Setting
from smartward.his.fhir.times import Window
from smartward.his.port import Clinical, Gone, Item, Kind, Rejection, Value
from smartward.his.version import version_of

Key = tuple[Kind, str]


@dataclass(slots=True)
class Derived:
    """What was derived for one stay."""

    values: dict[Key, Value[Clinical]] = field(default_factory=dict)
    aside: list[Rejection] = field(default_factory=list)
    plan: list[PlanItem] = field(default_factory=list)


def window(now: datetime, zone: ZoneInfo) -> Window:
    """The stretch of time of which plan items are shown."""
    return Window(now - PAST, now + AHEAD, zone)


def derive(
    stay: str, chart: Chart, book: Codebook, source: str, now: datetime, zone: ZoneInfo
) -> Derived:
    """Infusions, plan items, orders, scores and lines of a stay as its chart has them at `now`."""
    derived = Derived()
    encounter_id = f"{source}.{stay}"
    for one in chart.of_stay(MedicationAdministration, stay):
        try:
            body = infusion(one, chart, book, source, encounter_id, now)
        except Ended:
            continue
        except Reject as reason:
            if not isinstance(reason, Unused):
                derived.aside.append(rejection(one.resource_type, one.id, reason))
            continue
        derived.values[(Kind.INFUSION, body.id)] = _value(Kind.INFUSION, body)
    planner = Planner(chart, book, source, encounter_id, window(now, zone))
    derived.plan, aside = plan_of(chart, planner, stay)
    for item in derived.plan:
        derived.values[(Kind.PLAN_ITEM, item.id)] = _value(Kind.PLAN_ITEM, item)
    aside += unexplained(stay, chart, book)
    scored, unscored = scores(stay, chart, book, source, encounter_id)
    for score in scored:
        derived.values[(Kind.SCORE_RESULT, score.id)] = _value(Kind.SCORE_RESULT, score)
    aside += unscored
    for line in lines(stay, chart, book, source, encounter_id, now):
        derived.values[(Kind.LINE, line.id)] = _value(Kind.LINE, line)
    for order in orders(stay, chart, book, source, encounter_id):
        derived.values[(Kind.ORDER, order.id)] = _value(Kind.ORDER, order)
    aside += unclear_orders(stay, chart, book)
    aside += weight_kg(stay, chart, book, zone)[1]
    derived.aside += [rejection(one.resource_type, one.id, reason) for one, reason in aside]
    return derived


def _value(kind: Kind, body: Infusion | PlanItem | ScoreResult | Line | Order) -> Value[Clinical]:
    return Value(kind=kind, id=body.id, body=body, version=version_of(body))


class Told:
    """What was handed out for each stay, so that only differences are handed out again."""

    def __init__(self) -> None:
        self._versions: dict[str, dict[Key, str]] = {}

    def differences(self, stay: str, derived: Derived, *, all: bool) -> list[Item[Clinical]]:
        """What differs from what was told (everything with `all`), and what is gone."""
        before = self._versions.get(stay, {})
        items: list[Item[Clinical]] = [
            value
            for key, value in derived.values.items()
            if all or before.get(key) != value.version
        ]
        items += [Gone(kind=kind, id=id) for kind, id in before if (kind, id) not in derived.values]
        return items

    def remember(self, stay: str, derived: Derived) -> None:
        """It was handed out."""
        self._versions[stay] = {key: value.version for key, value in derived.values.items()}

    def keep(self, stays: Iterable[str]) -> None:
        """Forget all stays but these."""
        kept = set(stays)
        self._versions = {stay: one for stay, one in self._versions.items() if stay in kept}


def encounter_item(stay: Stay, chart: Chart, derived: Derived, setting: Setting) -> Item[Encounter]:
    """The stay's own document, or why there is none."""
    id = setting.id(stay.id)
    try:
        body = mapping_encounter.encounter(stay, chart, derived.plan, setting)
    except Ended:
        return Gone(kind=Kind.ENCOUNTER, id=id)
    except Reject as reason:
        return rejection("Encounter", stay.id, reason)
    return Value(kind=Kind.ENCOUNTER, id=id, body=body, version=version_of(body))
