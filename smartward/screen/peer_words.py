"""What a bedside says of a call that went straight: no more than was answered to it."""

from dataclasses import replace

from smartward.screen.beds_names import Namer
from smartward.screen.bedside_call import CallContext, CallText, OwnCall, Receipt
from smartward.screen.bedside_reasons import Asked, answer, reason_rows
from smartward.screen.bedside_spoken import together
from smartward.screen.peer_records import Answered

_URGENT = "bedside.help.urgent"
_NEAR = "bedside.help.urgent_near"


def direct_text(
    page: CallText, call: OwnCall, answered: Answered, about: CallContext, span: str
) -> CallText:
    """`page`, which says what a hub would have answered, with what was answered straight. While
    nobody has answered it stays as it is: stored, and not sent."""
    stage = answered.stage
    if stage == 0 and not answered.door:
        return page
    text = about.catalogue.text
    title = _title(answered, about)
    truth, points = _truth(answered, about)
    told = call.reason is not None and call.reason is answered.reason
    asked = Asked(reason=call.reason, told=told, urgent=told, fasting=about.fasting)
    return replace(
        page,
        title=title,
        brief=text("bedside.call.state", what=title, span=span),
        receipts=_receipts(page, answered, about),
        current=min(stage, 2),
        truth=truth,
        warning=points,
        must_tell=True,
        answer=answer(about.catalogue, asked, linked=stage > 0, comes=stage > 1),
        reasons=reason_rows(about.catalogue, asked),
    )


def _title(answered: Answered, about: CallContext) -> str:
    text = about.catalogue.text
    match answered.stage:
        case 4:
            return text("bedside.receipt.present")
        case 3:
            return _coming(answered, about)
        case 2:
            return text("peer.call.shown")
        case 1:
            return text("peer.call.kept")
    return text("peer.call.door")


def _coming(answered: Answered, about: CallContext) -> str:
    text = about.catalogue.text
    if not answered.coming:
        return text("bedside.receipt.accepted.done")
    who = Namer(about.catalogue).coming(answered.coming, about.team)
    return text("bedside.receipt.coming", who=who)


def _receipts(page: CallText, answered: Answered, about: CallContext) -> tuple[Receipt, ...]:
    """The first three steps, each done by an answer only."""
    text, stage = about.catalogue.text, answered.stage
    words = (text("peer.call.sent"), text("peer.call.shown"), _coming(answered, about))
    return tuple(
        replace(receipt, status="done", text=said, icon="check-circle")
        if stage > number
        else receipt
        for number, (receipt, said) in enumerate(zip(page.receipts, words, strict=True))
    )


def _truth(answered: Answered, about: CallContext) -> tuple[str, bool]:
    """The honest sentence, and whether it points to help."""
    text, stage = about.catalogue.text, answered.stage
    if stage == 4:
        return text("bedside.truth.present"), False
    if stage == 3:
        return text("bedside.stay_in_bed" if about.falls else "bedside.truth.coming"), False
    told = {2: "peer.call.truth_shown", 1: "peer.call.truth_kept"}
    said = text(told.get(stage, "peer.call.truth_door"))
    if about.falls:
        said = together(about.catalogue, (text("bedside.stay_in_bed"), said))
    if stage == 2:
        return said, False
    help_ = text(_NEAR if about.wire_lost else _URGENT)
    return together(about.catalogue, (said, help_)), True
