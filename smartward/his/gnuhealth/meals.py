"""The meals that were ordered, as part of the patient's day.

| ours | GNU Health (`gnuhealth.inpatient.meal.order`) | where absent |
|---|---|---|
| due_at | `mealtime` by `[standard_times]` (breakfast, lunch, dinner, snack): the first such time \
from `order_date` on, and one that is at most 90 min past still counts; a special order: \
`order_date` itself | rejected: NO_TIME |
| status | `state`: ordered is planned, processing in progress, done done; draft and cancelled are \
no meals | no meal |
| title | the products of its items | none: the kind of meal alone |

GNU Health does not say when a meal was eaten. A diet is no meal: it is part of the stay (`stays`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.words import Wording
from smartward.his.gnuhealth.rows import (
    NO_TIME,
    MealItemRow,
    MealRow,
    Reject,
    StayRow,
    logical,
    rejection,
)
from smartward.his.gnuhealth.words import Words
from smartward.his.port import Rejection

_STATUS = {
    "ordered": PlanStatus.PLANNED,
    "processing": PlanStatus.IN_PROGRESS,
    "done": PlanStatus.DONE,
}
_SPECIAL = "special"
_LATE = timedelta(minutes=90)
"""So long after its time a meal can still be ordered for it."""


def meals(
    orders: Iterable[MealRow],
    items: Mapping[int, list[MealItemRow]],
    words: Words,
    source: str,
    window: tuple[datetime, datetime],
) -> tuple[list[PlanItem], list[Rejection]]:
    """The meals due in the window, and the orders of which nobody knows when."""
    found: list[PlanItem] = []
    aside: list[Rejection] = []
    for order in orders:
        status = _STATUS.get(order.state or "")
        if status is None:
            continue
        try:
            due = _due(order, words)
        except Reject as reason:
            aside.append(rejection(MealRow.MODEL, order.id, reason))
            continue
        if window[0] <= due < window[1]:
            found.append(_item(order, due, status, items.get(order.id, ()), source))
    return found, aside


def _item(
    order: MealRow,
    due: datetime,
    status: PlanStatus,
    items: Iterable[MealItemRow],
    source: str,
) -> PlanItem:
    names = [one.meal.rec_name for one in items if one.meal is not None and one.meal.rec_name]
    return PlanItem(
        id=f"{source}.{logical(MealRow.MODEL, order.id)}",
        encounter_id=f"{source}.{logical(StayRow.MODEL, order.stay or 0)}",
        kind=PlanKind.MEAL,
        due_at=due,
        status=status,
        title=Wording(his=" · ".join(names)) if names else None,
    )


def _due(order: MealRow, words: Words) -> datetime:
    """Raises Reject(NO_TIME)."""
    ordered = order.order_date
    if ordered is None:
        raise Reject(NO_TIME, "order_date")
    if order.mealtime == _SPECIAL:
        return ordered
    served = words.times(order.mealtime or "")
    if not served:
        raise Reject(NO_TIME, "mealtime")
    earliest = ordered - _LATE
    day = earliest.astimezone(words.zone).date()
    each = [
        datetime.combine(day + timedelta(days=after), time.fromisoformat(one), words.zone)
        for after in (0, 1)
        for one in served
    ]
    return min(at for at in each if at >= earliest).astimezone(ordered.tzinfo)
