"""A medicine given as needed: asked about once where a limit of its order stands against it.

Nothing is blocked by it: with a reason the dose is kept as it was given.
"""

from smartward.clinical.care_event import CareEvent, CareKind, standing
from smartward.clinical.order import Order, prn_question
from smartward.hub.actions import Done, Request
from smartward.hub.store.model import decode


def question(request: Request, event: CareEvent) -> Done | None:
    """What a dose raises that nobody has given a reason for; None: nothing."""
    if event.kind is not CareKind.AS_NEEDED:
        return None
    stored = request.tx.get(request.ward, "order", event.about or "")
    order = None if stored is None else decode(stored.body, Order)
    if order is None or order.encounter_id != event.encounter_id or not order.as_needed:
        return Done("refused", "care.no_order", {"values": "about"})
    if event.despite is not None:
        return None
    asked = prn_question(order, [one.at for one in _recorded(request, event)], event.at)
    if asked is None:
        return None
    values: dict[str, str | int] = {"values": "despite"}
    if asked.from_ is not None:
        values["at"] = asked.from_.isoformat()
    return Done("refused", asked.key, values)


def _recorded(request: Request, event: CareEvent) -> list[CareEvent]:
    """The doses of this order that the ward recorded before and did not take back, without the one
    that this event corrects."""
    kept = request.tx.of_encounter(request.ward, event.encounter_id)
    events = (decode(one.body, CareEvent) for one in kept if one.kind == "care_event")
    return [
        one
        for one in standing(events, CareKind.AS_NEEDED)
        if one.about == event.about and one.id != event.replaces
    ]
