"""What became of what was planned."""

import dataclasses

from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.plan_mark import SETTLED, PlanMark, marked
from smartward.errors import BadData
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.person_actions import stay_of
from smartward.hub.store.model import Stored, decode
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

MISTAKE = "mistake"
_OUTCOMES = {"done": PlanStatus.DONE, "not_done": PlanStatus.NOT_DONE}
_MOST_REASON = 200


def _administration(request: Request) -> Done:
    return _mark(request, medicine=True)


def _task(request: Request) -> Done:
    return _mark(request, medicine=False)


def _mark(request: Request, *, medicine: bool) -> Done:
    """Done, not done with its reason, or marked by mistake."""
    outcome = request.text("outcome")
    if outcome not in (*_OUTCOMES, MISTAKE):
        raise BadData("action.bad_request", "data.outcome is no outcome")
    reason = None if outcome == "done" else request.text("reason")[:_MOST_REASON]
    found = _item(request)
    if isinstance(found, Done):
        return found
    stored, item = found
    if (item.kind is PlanKind.MEDICINE) is not medicine:
        raise BadData("action.bad_request", f"{request.action.kind} is not for this plan item")
    kept = request.tx.get(request.ward, "plan_mark", item.id)
    mark = None if kept is None else decode(kept.body, PlanMark)
    if outcome == MISTAKE:
        return _withdraw(request, stored, item, mark, reason)
    status = _OUTCOMES[outcome]
    if mark is not None and not mark.withdrawn:
        same = (mark.status, mark.reason) == (status, reason)
        return Done(seq=stored.seq) if same else Done("refused", "plan_mark.marked")
    if item.status in SETTLED:
        return Done("refused", "plan_mark.settled")
    mark = PlanMark(
        id=item.id,
        mark_id=request.action.id,
        encounter_id=item.encounter_id,
        medicine=medicine,
        status=status,
        by=request.by,
        at=request.at,
        told=item.status,
        due_at=item.due_at,
        reason=reason,
        before=item.status,
    )
    _put(request, stored, marked(item, mark), mark)
    return Done()


def _withdraw(
    request: Request, stored: Stored, item: PlanItem, mark: PlanMark | None, reason: str | None
) -> Done:
    if mark is None or mark.withdrawn:
        return Done("refused", "plan_mark.not_marked")
    # What the hospital system says now may be our own word.
    before = mark.before if mark.told is mark.status else mark.told
    withdrawn = dataclasses.replace(
        mark, withdrawn=True, by=request.by, reason=reason, before=before
    )
    _put(request, stored, dataclasses.replace(item, status=before, done_at=None), withdrawn)
    return Done()


def _put(request: Request, stored: Stored, item: PlanItem, mark: PlanMark) -> None:
    place = {"bed": stored.bed, "room": stored.room}
    request.tx.put(request.ward, "plan_item", item.id, item, **place)
    request.tx.put(request.ward, "plan_mark", item.id, mark, **place)


def _item(request: Request) -> tuple[Stored, PlanItem] | Done:
    """The plan item the action is about, or why it is refused. Raises Forbidden as `stay_of`."""
    tx, ward, id = request.tx, request.ward, request.action.subject
    stored = tx.get(ward, "plan_item", id)
    if stored is None and tx.departed(ward, *scope_of(request.device), "plan_item", id):
        return Done("gone", "plan_mark.over")
    if stored is None or not reaches(request.device, stored.bed, stored.room):
        raise Forbidden
    item = decode(stored.body, PlanItem)
    stay = stay_of(request, item.encounter_id)
    return stay if isinstance(stay, Done) else (stored, item)


RULES: dict[str, Rule] = {
    # Whenever it arrives: what was done was done, and is said of the item itself.
    ActionKind.ADMINISTRATION_MARK: Rule(_administration, staff=False),
    ActionKind.TASK_MARK: Rule(_task, staff=False),
}
