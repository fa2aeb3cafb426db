"""`POST /inputs`: what gateways tell of call points, as the action it is.

Who connects a gateway reads what is answered: it names the thing and the remedy.
"""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from smartward.clinical.call_point import CallPointEvent
from smartward.clinical.device import Device, ScreenRole
from smartward.errors import BadData, Refused
from smartward.hub.access import Forbidden
from smartward.hub.actions import Conflict
from smartward.i18n import Catalogue
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


class InputRefused(Refused):
    """An input was refused."""

    status = 403

    @property
    def words(self) -> str:
        """What is wrong with which thing, and what to do."""
        return _english().text(self.key, **self.values)


class IdTaken(InputRefused):
    """Another input had the same id."""

    status = 409


@cache
def _english() -> Catalogue:
    return Catalogue("en", ZoneInfo("UTC"))


def refusal(device: Device, request: ActionRequest, error: Forbidden | Conflict) -> InputRefused:
    """Why an input was refused. The same for a call point that is not there and one of another
    device: nobody learns which there are."""
    point = request.action.subject
    if isinstance(error, Conflict):
        return IdTaken("call_points.input.id_taken", id=request.action.id)
    if device.role is not ScreenRole.GATEWAY:
        role = str(device.role)
        return InputRefused("call_points.input.no_gateway", device=device.id, role=role)
    return InputRefused("call_points.input.not_yours", device=device.id, id=point)
