"""Staff actions that reached the hub too late: whoever stands there is asked whether they hold."""

from collections.abc import Callable
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
    ActionKind.ALERT_SNOOZE: "screen.late.alert.snooze",
    ActionKind.ALERT_DONE: "screen.late.alert.done",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what is done anew on a yes."""

    text: str
    action: Action
    words: Callable[[Catalogue], str] | None = None
    """The same in any language; without it the text stays as it was asked."""

    def said(self, texts: Catalogue) -> str:
        """What is asked, in the language of `texts` where it can be said anew."""
        return self.text if self.words is None else self.words(texts)


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
    title = about.body.title if isinstance(about.body, Alert) else None
    if title is not None:
        stay = replica.doc("encounter", about.body.subject.id)
        bed = None if stay is None else replica.doc("bed", stay.body.bed_id)
    else:
        bed = replica.doc("bed", about.body.bed_id)
    number = "" if bed is None else str(bed.body.number)
    if title is None and not number:
        return None

    def words(texts: Catalogue) -> str:
        parts = (
            bed_label(texts, number) if number else "",
            "" if title is None else texts.words(title),
        )
        where = " ".join(part for part in parts if part)
        return texts.text("screen.late.question", where=where, what=texts.text(what), at=at)

    return Question(words(texts), action, words)
