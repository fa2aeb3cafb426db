"""What a person decides about what the hospital system would not have, or has otherwise."""

import dataclasses

from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.plan import PlanItem
from smartward.clinical.plan_mark import PlanMark
from smartward.errors import BadData
from smartward.hub.access import Forbidden
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.removed_entries import let_go, stand_again
from smartward.hub.store.model import decode
from smartward.hub.store.write_table import QueuedWrite, QueueState
from smartward.hub.views import scope_of
from smartward.hub.write_queue import NOTHING
from smartward.wire.envelope import ActionKind

HOWS = {
    Trouble.CONFLICT: {"keep": QueueState.WAITING, "take": QueueState.THEIRS},
    Trouble.REMOVED: {"keep": QueueState.WAITING, "take": QueueState.THEIRS},
    Trouble.REFUSED: {"retry": QueueState.WAITING, "drop": QueueState.DROPPED},
}
"""What can be decided, and what then becomes of it."""


def _resolve(request: Request) -> Done:
    tx, ward, id = request.tx, request.ward, request.action.subject
    stored = tx.get(ward, "his_write", id)
    if stored is None:
        if not tx.departed(ward, *scope_of(request.device), "his_write", id):
            raise Forbidden
        return Done("gone", "his_write.over")
    how, document = request.text("how"), decode(stored.body, HisWrite)
    state = HOWS[document.trouble].get(how)
    if state is None:
        raise BadData("action.bad_request", f"data.how cannot be {how[:20]} here")
    if state is not QueueState.WAITING:
        request.text("why")  # nothing is let go of without a reason, which the audit keeps
    entry = tx.queue_get(ward, document.kind, id.removeprefix(f"{document.kind}."))
    if entry is not None:
        settled = dataclasses.replace(
            entry,
            state=state,
            at=tx.now,
            not_before=tx.now,
            attempts=max(entry.attempts, 1),
            over=how == "keep",
        )
        if document.trouble is Trouble.REMOVED:
            _of_removed(request, settled)
            tx.delete(ward, "his_write", id)
            return Done()
        tx.queue_put(settled)
        if state is QueueState.THEIRS and document.kind in _MARKS:
            _let_go(request, entry)
    tx.delete(ward, "his_write", id)
    return Done()


def _of_removed(request: Request, settled: QueuedWrite) -> None:
    """What was taken away there stays away, or is made anew; where it is no longer kept here, or
    another stands in its place, there is nothing to make."""
    if settled.state is QueueState.THEIRS:
        let_go(request.tx, request.ward, settled)  # what was merely not found still stands
    else:
        anew = dataclasses.replace(settled, source_id=None, version=None, tried=NOTHING)
        dropped = dataclasses.replace(settled, state=QueueState.DROPPED)
        stands = stand_again(request.tx, request.ward, settled)
        settled = anew if stands else dropped
    request.tx.queue_put(settled)


_MARKS = (WriteKind.NURSING_TASK, WriteKind.ADMINISTRATION)


def _let_go(request: Request, entry: QueuedWrite) -> None:
    """The ward's own word on a plan item stands no more, what the HIS last said does."""
    tx, ward = request.tx, request.ward
    for stored in tx.all(ward, "plan_mark"):
        mark = decode(stored.body, PlanMark)
        if mark.mark_id != entry.id:
            continue
        tx.delete(ward, "plan_mark", stored.id)
        found = tx.get(ward, "plan_item", mark.id)
        if found is not None:
            item = dataclasses.replace(decode(found.body, PlanItem), status=mark.told, done_at=None)
            tx.put(ward, "plan_item", item.id, item, bed=found.bed, room=found.room)


RULES: dict[str, Rule] = {
    ActionKind.HIS_WRITE_RESOLVE: Rule(_resolve, staff=True),
}
