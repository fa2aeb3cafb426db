"""Staff actions that reached the hub too late: whoever stands there is asked whether they hold."""

from dataclasses import dataclass

from smartward.clinical.alert import Alert
from smartward.errors import BadData
from smartward.i18n import Catalogue
from smartward.screen.beds import bed_label
from smartward.screen.replica import Replica
from smartward.wire.envelope import Action, Answer

_TOO_LATE = "action.too_old"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what is done anew on a yes."""

    text: str
    action: Action


def question(action: Action, answer: Answer, replica: Replica, texts: Catalogue) -> Question | None:
    """Ask about an action that the hub did not take because of its age.

    None when the hub said something else, or when what it was about is not here any more or has no
    bed to be named: then it is only told.
    Raises BadData for an action or an answer without words here.
    """
    kind, _, verb = action.kind.partition(".")
    about = replica.doc("nurse_call" if kind == "call" else kind, action.subject)
    if answer.key != _TOO_LATE or about is None:
        return None
    what = texts.text(f"screen.late.{kind}.{verb}")
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
    at = answer.values.get("at")
    if at is None:
        raise BadData("i18n.missing_value", "an action too old without its time")
    return Question(texts.text("screen.late.question", where=where, what=what, at=at), action)
