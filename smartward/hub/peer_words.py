"""A direct call whose bed has fallen silent, told to the hub by the station or door that has it.

What counts is the bed's own signed word: who hands it over adds nothing. Its touches are done as if
its screen had sent them, under their ids, and each once: whoever tells of one later, the bed itself
or another station, is answered as it was answered here. What staff did at the bed's panel is left
out: nobody stands for them here, and a call that stays open does no harm.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec

from smartward.clinical.call_mark import Actor
from smartward.clinical.call_point import CallPointEvent
from smartward.clinical.device import Device
from smartward.clinical.nurse_call import CallRefused
from smartward.device_key import verify
from smartward.errors import BadData
from smartward.hub import call_actions, call_point_actions
from smartward.hub.access import Forbidden
from smartward.hub.actions import TOLD_FOR, Done, Request
from smartward.hub.store.model import decode
from smartward.wire.envelope import Action, ActionKind, Answer, Person
from smartward.wire.peer import MOST_BYTES, DirectCall, DirectTouch, PeerKey, word_digest

KEY = "peer_key"
_OLDEST_MS = 366 * 24 * 3600 * 1000
_AT_SCREEN = frozenset(
    {
        ActionKind.CALL_PLACE,
        ActionKind.CALL_AGAIN,
        ActionKind.CALL_REASON,
        ActionKind.CALL_NOT_NEEDED,
    }
)
_HANDLE = call_actions.RULES | call_point_actions.RULES


def hand_over(request: Request) -> Done:
    """Take the touches of a bed's signed word. Refused where it is no word of a bed of this ward,
    said to the device that tells of it. Raises BadData."""
    call = _word(request)
    stored = request.tx.get(request.ward, KEY, call.sender)
    sender = request.access.device(call.sender)
    key = None if stored is None else decode(stored.body, PeerKey)
    if key is None or sender is None or sender.ward != request.ward:
        return Done("refused", "peer.refused.sender")
    proved = _is_of(request.action.data, key.public_key)
    at_its_bed = call.bed_id == key.bed_id == sender.place
    if not proved or not at_its_bed or call.receiver != request.device.id:
        return Done("refused", "peer.refused.sender")
    values: Mapping[str, str | int] = {}
    for touch in call.touches:
        done = _once(request, sender, call, touch)
        if done is None:
            return Done("refused", "peer.refused.sender")
        values = values or done.values or {}
    return Done(values=dict(values))


def _word(request: Request) -> DirectCall:
    body = request.text("body")
    if len(body) > MOST_BYTES:
        raise BadData("action.bad_request", "data.body is too long")
    try:
        return msgspec.json.decode(body, type=DirectCall)
    except msgspec.DecodeError as error:
        raise BadData("action.bad_request", "data.body is no direct call") from error


def _is_of(data: Mapping[str, object], public_key: str) -> bool:
    try:
        said, signature = bytes.fromhex(str(data["said"])), bytes.fromhex(str(data["signature"]))
    except (KeyError, ValueError) as error:
        raise BadData("action.bad_request", "data.said and data.signature are needed") from error
    return verify(public_key, word_digest(said, str(data["body"]).encode()), signature)


def _once(request: Request, sender: Device, call: DirectCall, touch: DirectTouch) -> Done | None:
    """One touch, unless it was answered before. None where the device may not do it."""
    tx = request.tx
    known = tx.answer_get(sender.id, touch.id)
    if known is not None:
        return Done(values=decode(known.answer, Answer).values)
    action = _action(request, call, touch)
    if action is None:
        return Done()
    asked = replace(
        request,
        device=sender,
        action=action,
        at=action.made_at,
        estimated=call.estimated,
        by=Actor(device_id=sender.id),
    )
    try:
        done = _HANDLE[action.kind].handle(asked)
    except Forbidden:
        return None
    except CallRefused:
        return Done()
    answer = Answer(
        id=touch.id,
        outcome=done.outcome,
        seq=tx.touched.get(request.ward, done.seq),
        epoch=tx.meta_get("epoch"),
        key=done.key,
        values=done.values or {},
    )
    tx.answer_put(sender.id, touch.id, TOLD_FOR, msgspec.json.encode(answer))
    return done


def _action(request: Request, call: DirectCall, touch: DirectTouch) -> Action | None:
    """What the bed's screen would have sent; None for what staff did there."""
    age = request.action.data.get("age_ms")
    if not isinstance(age, int) or not 0 <= age <= _OLDEST_MS:
        raise BadData("action.bad_request", "data.age_ms is no age")
    since = timedelta(milliseconds=min(age + max(touch.age_ms, 0), _OLDEST_MS))
    kind, subject, data = touch.kind, call.call_id, {}
    if call.call_point_id is not None:
        event = CallPointEvent.RESET if kind == ActionKind.CALL_CLOSE else CallPointEvent.PRESS
        kind, subject = ActionKind.CALL_POINT_EVENT, call.call_point_id
        data = {"event": event.value}
    elif kind not in _AT_SCREEN:
        return None
    elif kind == ActionKind.CALL_PLACE:
        data = {"bed_id": call.bed_id, "class": call.call_class.value}
    elif kind == ActionKind.CALL_REASON:
        data = {"reason": "" if touch.reason is None else touch.reason.value}
    return Action(
        id=touch.id,
        kind=kind,
        subject=subject,
        made_at=request.tx.now - since,
        by=Person(),
        data={**data},
    )
