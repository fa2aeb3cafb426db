"""A bed's sheet: what its patient answered, how long ago, what waits, and whom to tell of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.contact import Contact
from smartward.clinical.patient_answer import (
    AskedQuestion,
    PatientAnswer,
    PatientQuestion,
    QuestionState,
)
from smartward.clinical.profile import Profile
from smartward.clinical.words import Wording
from smartward.i18n import Catalogue
from smartward.screen.station_asked import SheetAsked, answered, contact_lines, waiting
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind
from tests.ui.bed_stage import application, stage
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, ZONE, bed_id, stay_id
from tests.ui.test_station_model import Desk
from tests.ui.test_station_page import FULL_HD
from tests.ui.test_station_people import desk_of, proved_ward

STAY = stay_id(1)
SISTER = Contact(name="林素英", relation=Wording(key="contact.sibling"), phone="138 0000 0001")


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(Catalogue("en", ZONE))


def answer(value: str, minutes: float, question: str = "pain", id: str = "a") -> PatientAnswer:
    return PatientAnswer(
        id=f"{id}{minutes}",
        encounter_id=STAY,
        question=PatientQuestion(question),
        value=value,
        at=NOW - timedelta(minutes=minutes),
        device_id="dev-bedside",
    )


def asked(minutes: float, **changes: Any) -> AskedQuestion:
    told: dict[str, Any] = {
        "id": f"{STAY}.pain",
        "encounter_id": STAY,
        "question": PatientQuestion.PAIN,
        "state": QuestionState.OPEN,
        "asked_at": NOW - timedelta(minutes=minutes),
    }
    return AskedQuestion(**(told | changes))


def test_the_last_answer_of_each_with_its_age(words: Words) -> None:
    told = [
        answer("3", 200),
        answer("7", 12),
        answer("half", 90, "meal"),
        answer("well", 1, "comfort"),
    ]
    assert list(answered(told, words, NOW)) == [
        "Pain 7 of 10 · 12 min ago",
        "Meal: about half · 1 h 30 min ago",
    ]


@pytest.mark.parametrize(
    "one, line",
    [
        (asked(3), ["Pain: asked 3 min ago, no answer yet"]),
        (asked(300), ["Pain: asked at 05:05, not answered"]),
        (
            asked(30, state=QuestionState.LATER, settled_at=NOW - timedelta(minutes=20)),
            ["Pain: not now · 20 min ago"],
        ),
        (asked(30, state=QuestionState.ANSWERED, settled_at=NOW), []),
    ],
)
def test_what_waits_and_what_was_put_off(words: Words, one: AskedQuestion, line: list[str]) -> None:
    assert list(waiting([one], words, NOW)) == line


def test_relatives_are_a_line_each(words: Words) -> None:
    nameless = replace(SISTER, name="", relation=None)
    assert list(contact_lines([SISTER, nameless], words)) == [
        "林素英 · brother or sister · 138 0000 0001",
        "138 0000 0001",
    ]


# ------------------------------------------------------------------------------------ the sheet


def told_ward(**stay: Any) -> sample.Bodies:
    """Bed 20: a relative, pain 7 answered 12 min ago, asked about the meal 3 min ago."""
    ward = proved_ward()
    here = replace(ward.get("encounter", stay_id(20)), contacts=(SISTER,), **stay)
    ward.put("encounter", here)
    ward.put("patient_answer", replace(answer("7", 12), encounter_id=here.id))
    meal = asked(3, id=f"{here.id}.meal", question=PatientQuestion.MEAL, encounter_id=here.id)
    ward.put("patient_question", meal)
    return ward


def opened(desk: Desk) -> SheetAsked:
    desk.model.badge_read(LEE_BADGE)
    desk.model.openSheet(bed_id(20))
    asked_: SheetAsked = desk.model.asked
    return asked_


def test_nobody_reads_it_who_did_not_prove_who_they_are() -> None:
    desk = desk_of(told_ward().scene(), "en")
    desk.model.openSheet(bed_id(20))
    part = desk.model.asked
    assert (part.text, part.contacts, part.mayAsk) == ("", "", False)
    desk.model.badge_read(LEE_BADGE)
    assert part.text.splitlines() == [
        "Pain 7 of 10 · 12 min ago",
        "Meal: asked 3 min ago, no answer yet",
    ]
    assert part.contacts == "林素英 · brother or sister · 138 0000 0001"
    desk.wait(130)
    assert (part.text, part.contacts, part.mayAsk) == ("", "", False)


def test_a_nurse_asks_and_what_waits_is_not_asked_twice() -> None:
    desk = desk_of(told_ward().scene(), "en")
    part = opened(desk)
    part.ask("meal")
    part.ask("pain")
    (action,) = [one for one in desk.actions if one.kind == ActionKind.QUESTION_ASK]
    assert (action.subject, action.data) == (stay_id(20), {"question": "pain"})
    assert (action.by.id, action.seen.encounter_id) == ("n1", stay_id(20))
    with pytest.raises(ValueError, match="weather"):
        part.ask("weather")


def test_nobody_in_comfort_care_is_asked() -> None:
    desk = desk_of(told_ward(profile=Profile(comfort_care=True)).scene(), "en")
    part = opened(desk)
    assert not part.mayAsk
    part.ask("pain")
    assert ActionKind.QUESTION_ASK not in [one.kind for one in desk.actions]


def test_the_sheet_with_answers_and_relatives_is_drawn() -> None:
    with stage("station", told_ward().scene(), size=FULL_HD) as on:
        with_badges(on.model)
        on.model.badge_read(LEE_BADGE)
        on.model.openSheet(bed_id(20))
        on.settle()
        shown = "\n".join(on.texts())
        assert "林素英" in shown
        on.tap("askPain")
        assert ActionKind.QUESTION_ASK in [one.kind for one in on.actions]
        assert not on.warnings
