"""What came too late is asked about in words that tell what and where."""

from zoneinfo import ZoneInfo

import pytest

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from smartward.i18n import LANGUAGES, Catalogue
from smartward.screen.late import question
from smartward.screen.replica import Replica
from smartward.wire.envelope import Action, ActionKind, Answer
from tests.fakes.fake_clock import MORNING
from tests.screen.documents import bed, call, document

ZONE = ZoneInfo("Asia/Shanghai")
STAFF = (
    ActionKind.CALL_ACCEPT,
    ActionKind.CALL_ARRIVE,
    ActionKind.CALL_CLOSE,
    ActionKind.CALL_HAND_OVER,
    ActionKind.CALL_HEARD,
    ActionKind.CALL_REINFORCE,
    ActionKind.ALERT_ACKNOWLEDGE,
)


def alert() -> Alert:
    title = Wording(his="Pressure high")
    return Alert(
        id="alert-1",
        subject=Subject(kind=SubjectKind.ENCOUNTER, id="his.enc-1"),
        rule="news2",
        version="1",
        priority=Priority.HIGH,
        state=AlertState.ON,
        title=title,
        why=title,
        todo=title,
        icon="alert",
        opened_at=MORNING,
        updated_at=MORNING,
    )


@pytest.fixture
def replica() -> Replica:
    made = Replica(ScreenRole.STATION)
    documents = [
        document("bed", "his.bed-12", 1, bed(12)),
        document("nurse_call", "call-1", 1, call("call-1", "his.bed-12", MORNING)),
        document("alert", "alert-1", 1, alert()),
    ]
    made.load(documents, 1)
    return made


def late(kind: str, subject: str) -> tuple[Action, Answer]:
    action = Action(id="a", kind=kind, subject=subject, made_at=MORNING)
    values: dict[str, str | int] = {"at": MORNING.isoformat()}
    return action, Answer(id="a", outcome="refused", key="action.too_old", values=values)


def test_it_says_what_and_where_and_when(replica: Replica) -> None:
    texts = Catalogue("en", ZONE)
    asked = question(*late(ActionKind.CALL_CLOSE, "call-1"), replica, texts)
    assert asked is not None
    assert asked.text.startswith("Bed 12: close the call. This was touched at 08:30")
    asked = question(*late(ActionKind.ALERT_ACKNOWLEDGE, "alert-1"), replica, texts)
    assert asked is not None
    assert asked.text.startswith("Pressure high: acknowledge the alert.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", STAFF)
def test_every_staff_action_has_its_words(replica: Replica, language: str, kind: str) -> None:
    subject = "alert-1" if kind == ActionKind.ALERT_ACKNOWLEDGE else "call-1"
    asked = question(*late(kind, subject), replica, Catalogue(language, ZONE))
    assert asked is not None
    assert asked.action.kind == kind


def test_nothing_is_asked_about_what_is_gone_or_was_refused_otherwise(replica: Replica) -> None:
    texts = Catalogue("en", ZONE)
    assert question(*late(ActionKind.CALL_CLOSE, "call-9"), replica, texts) is None
    action, _ = late(ActionKind.CALL_CLOSE, "call-1")
    refused = Answer(id="a", outcome="refused", key="screen.refused.unknown")
    assert question(action, refused, replica, texts) is None
