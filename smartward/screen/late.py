"""Staff actions that reached the hub too late: whoever stands there is asked whether they hold."""

from dataclasses import dataclass

from smartward.clinical.alert import Alert
from smartward.i18n import Catalogue
from smartward.screen.beds import bed_label
from smartward.screen.replica import Replica
from smartward.wire.envelope import Action, ActionKind, Answer

_TOO_LATE = "action.too_old"
_WHAT = {
    ActionKind.CALL_ACCEPT: "screen.late.call.accept",
    ActionKind.CALL_ARRIVE: "screen.late.call.arrive",
    ActionKind.CALL_CLOSE: "screen.late.call.close",
    ActionKind.CALL_HAND_OVER: "screen.late.call.hand_over",
    ActionKind.CALL_HEARD: "screen.late.call.heard",
    ActionKind.CALL_REINFORCE: "screen.late.call.reinforce",
    ActionKind.ALERT_ACKNOWLEDGE: "screen.late.alert.acknowledge",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what is done anew on a yes."""

    text: str
    action: Action


def question(action: Action, answer: Answer, replica: Replica, texts: Catalogue) -> Question | None:
    """Ask about an action that the hub did not take because of its age.

    None when the hub said something else, when what it was about is not here any more or has no bed
    to be named, or when a newer hub speaks of what this screen has no words for: then it is only
    told.
    """
    kind = action.kind.partition(".")[0]
    about = replica.doc("nurse_call" if kind == "call" else kind, action.subject)
    what, at = _WHAT.get(action.kind), answer.values.get("at")
    if answer.key != _TOO_LATE or about is None or what is None or at is None:
        return None
    if isinstance(about.body, Alert):
        where = texts.words(about.body.title)
        stay = replica.doc("encounter", about.body.subject.id)
        bed = None if stay is None else replica.doc("bed", stay.body.bed_id)
    else:
        where = ""
        bed = replica.doc("bed", about.body.bed_id)
    if bed is not None:
        where = " ".join(part for part in (bed_label(texts, bed.body.number), where) if part)
    if not where:
        return None
    told = texts.text("screen.late.question", where=where, what=texts.text(what), at=at)
    return Question(told, action)
