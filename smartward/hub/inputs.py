"""`POST /inputs`: what gateways tell of call points, as the action it is."""

from datetime import UTC, datetime

import msgspec

from smartward.clinical.call_point import CallPointEvent
from smartward.errors import BadData
from smartward.wire.envelope import Action, ActionKind, ActionRequest, CallInput

_INPUT = msgspec.json.Decoder(CallInput)
_MOST = 128

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""A gateway tells no wall time, and the same input sent again must be the same action."""


def read_input(body: bytes) -> ActionRequest:
    """An input as an action. Raises msgspec.DecodeError, or BadData without a usable id."""
    told = _INPUT.decode(body)
    for name, text in (("id", told.id), ("call_point", told.call_point)):
        if not 0 < len(text) <= _MOST:
            raise BadData("action.bad_request", f"{name} has 1 to {_MOST} characters")
    if told.event is CallPointEvent.RESET and told.age_ms is None:
        # A reset that lay in the gateway must not end a call that was made after it.
        raise BadData("action.bad_request", "a reset needs age_ms, how long ago it was")
    action = Action(
        id=told.id,
        kind=ActionKind.CALL_POINT_EVENT,
        subject=told.call_point,
        made_at=NO_TIME,
        data={"event": told.event.value},
    )
    return ActionRequest(action=action, age_ms=told.age_ms)
