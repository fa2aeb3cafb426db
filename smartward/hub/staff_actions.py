"""What the actions on sessions, sheets and full names do: they are told for the audit.

They tell what has happened at a screen, so they hold however late they arrive.
"""

from smartward.errors import BadData
from smartward.hub import sessions
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.person_actions import right_wristband
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

_HOW = ("wristband", "pin", "staff")
"""What opens the private layer of a bedside."""


def _end_session(request: Request) -> Done:
    """Somebody left, or the screen locked: nothing touched there later is theirs. A session that
    the hub never knew (the screen's own, the hub being away) ends at the screen."""
    row = request.tx.session(sessions.session_id(request.action.subject))
    if row is None:
        return Done()
    if row.device != request.device.id:
        raise Forbidden
    if row.ended_at is None:
        why = request.action.data.get("why")
        sessions.end(request.tx, row, request.at, why if isinstance(why, str) else "left")
    return Done()


def _open_sheet(request: Request) -> Done:
    _check_there(request, "bed")
    return Done()


def _unmask(request: Request) -> Done:
    request.text("why")
    _check_there(request, "encounter")
    return Done()


def _open_layer(request: Request) -> Done:
    if request.text("how") not in _HOW:
        raise BadData("action.bad_request", f"data.how is one of {', '.join(_HOW)}")
    _check_there(request, "encounter")
    stay = request.tx.get(request.ward, "encounter", request.action.subject)
    here = stay is not None and stay.bed is not None and stay.bed == request.device.place
    if here and request.text("how") == "wristband":
        right_wristband(request.tx, request.ward, request.device.place or "")
    return Done()


def _check_there(request: Request, kind: str) -> None:
    """Raises Forbidden where the screen does not see, and never saw, what it tells about."""
    tx, device, id = request.tx, request.device, request.action.subject
    stored = tx.get(request.ward, kind, id)
    if stored is not None and reaches(device, stored.bed, stored.room):
        return
    if not tx.departed(request.ward, *scope_of(device), kind, id):
        raise Forbidden


RULES: dict[str, Rule] = {
    ActionKind.SESSION_END: Rule(_end_session, staff=False),
    ActionKind.SHEET_OPEN: Rule(_open_sheet, staff=False),
    ActionKind.NAME_UNMASK: Rule(_unmask, staff=False),
    ActionKind.LAYER_OPENED: Rule(_open_layer, staff=False),
}
