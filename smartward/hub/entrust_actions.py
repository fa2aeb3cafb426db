"""Entrusting the ward's calls (托管): one station asks, the other takes, either ends it."""

from datetime import datetime

from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.entrustment import Entrustment, EntrustmentState, ReturnReason
from smartward.clinical.freshness import AHEAD
from smartward.clinical.nurse_call import CallRefused
from smartward.hub import entrusting
from smartward.hub.access import Forbidden
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind


def _ask(request: Request) -> Done:
    """Ask another station of the ward. Raises CallRefused where it cannot answer for the calls."""
    known = _known(request)
    if known is not None and known.state is EntrustmentState.HELD:
        raise CallRefused("entrusting.refused.held", label=known.to_label)
    to = request.access.device(request.text("to_device"))
    if to is None or to.ward != request.ward or to.role is not ScreenRole.STATION:
        raise CallRefused("entrusting.refused.no_station")
    if to.id == request.device.id:
        raise CallRefused("entrusting.refused.same")
    stored = request.tx.get(request.ward, "screen", to.id)
    if stored is None or not decode(stored.body, ScreenStatus).online:
        raise CallRefused("entrusting.refused.away", label=to.label)
    asked = Entrustment(
        to_device=to.id,
        to_label=to.label,
        state=EntrustmentState.ASKED,
        asked_by=request.by,
        asked_at=request.at,
    )
    entrusting.put(request.tx, request.ward, asked)
    return Done()


def _take(request: Request) -> Done:
    """The station that was asked answers for the ward's calls from now on."""
    known = _known(request)
    if known is None or known.to_device != request.device.id:
        raise CallRefused("entrusting.refused.not_asked")
    if known.state is EntrustmentState.HELD:
        return Done()
    if known.state is not EntrustmentState.ASKED or not _knew(request, known.asked_at):
        raise CallRefused("entrusting.refused.not_asked")
    held = Entrustment(
        to_device=known.to_device,
        to_label=request.device.label,
        state=EntrustmentState.HELD,
        asked_by=known.asked_by,
        asked_at=known.asked_at,
        taken_by=request.by,
        taken_at=request.at,
    )
    entrusting.put(request.tx, request.ward, held)
    status = request.tx.get(request.ward, "screen", request.device.id)
    if status is not None and entrusting.deaf(decode(status.body, ScreenStatus).faults):
        entrusting.holder_deaf(request.tx, request.ward, request.device.id)
    return Done()


def _end(request: Request) -> Done:
    """The holder gives the calls back, or another station takes them back. A touch from before
    they were taken is about an older entrusting."""
    known = _known(request)
    if known is not None and _knew(request, known.taken_at or known.asked_at):
        mine = known.to_device == request.device.id
        why = ReturnReason.GIVEN_BACK if mine else ReturnReason.TAKEN_BACK
        entrusting.give_back(request.tx, request.ward, request.at, why)
    return Done()


def _knew(request: Request, since: datetime) -> bool:
    """Whether the touch is from after `since`. What is dated ahead of now was done before the clock
    was set back: nobody waits for an hour until the calls can come back."""
    return since <= request.earliest or since > request.tx.now + AHEAD


def _known(request: Request) -> Entrustment | None:
    if request.action.subject != entrusting.ID:
        raise Forbidden
    return entrusting.entrustment(request.tx, request.ward)


RULES: dict[str, Rule] = {
    ActionKind.ENTRUST_ASK: Rule(_ask, staff=True),
    ActionKind.ENTRUST_TAKE: Rule(_take, staff=True),
    ActionKind.ENTRUST_END: Rule(_end, staff=True),
}
