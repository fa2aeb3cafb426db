"""The bedside's one question: when it comes, what an answer does, and that it fits every panel."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.patient_answer import PatientQuestion, QuestionState
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.profile import Profile
from smartward.screen.bedside import BedsideModel
from smartward.screen.bedside_asked import MEAL, PAIN
from smartward.screen.bedside_asked_model import AGAIN_S, QUIET_S, THANKS_S
from smartward.wire.envelope import ActionKind
from smartward.wire.views import PlanView, QuestionView
from tests.ui.bed_model import NIGHT, Bed, Voice
from tests.ui.bed_stage import application, speak, stage
from tests.ui.bed_ward import NOW, STAY, bed_view, doc, noted
from tests.ui.bedside_scenes import bedside, bedside_call, bedside_stay, vital
from tests.ui.spread import spread
from tests.ui.test_bedside_geometry import (
    PANELS,
    Forms,
    each_form,
    faults,
    few_or_every,
    patient_targets,
)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def question(what: PatientQuestion = PatientQuestion.PAIN, **changes: Any) -> QuestionView:
    told: dict[str, Any] = {
        "id": f"{STAY}.{what}",
        "encounter_id": STAY,
        "question": what,
        "state": QuestionState.OPEN,
        "asked_at": NOW - timedelta(minutes=1),
        "settled_at": None,
    }
    return QuestionView(**(told | changes))


def asked(what: PatientQuestion = PatientQuestion.PAIN, **changes: Any) -> Any:
    one = question(what, **changes)
    return doc("patient_question", one.id, one)


def put(**scene: Any) -> Bed:
    """A bed whose nurse wants to know of pain; nobody has touched it for a while."""
    bed = Bed(bedside(**{"extra": (asked(),)} | scene), **scene.pop("on", {}))
    bed.wait(QUIET_S)
    return bed


# ------------------------------------------------------------------------------ when it comes


def test_it_comes_once_nobody_touches_and_the_answer_is_thanked() -> None:
    bed = Bed(bedside(extra=(asked(),)))
    assert bed.state("page") == "home"
    bed.wait(QUIET_S)
    assert bed.state("page") == "question"
    assert [row.key for row in bed.model.askedAnswers.rows] == [str(n) for n in PAIN]
    bed.model.answerAsked("4")
    (action,) = bed.outbox.all
    assert (action.kind, action.subject) == (ActionKind.ANSWER_GIVE, STAY)
    assert action.data == {"question": "pain", "value": "4"}
    assert action.seen.encounter_id == STAY
    assert bed.model.askedThanks == "Thank you. Your nurse sees it."
    bed.model.answerAsked("6")
    assert len(bed.outbox.all) == 1
    bed.wait(THANKS_S)
    assert bed.state("page") == "home"
    bed.wait(AGAIN_S + 1)
    assert bed.state("page") == "home"


def test_severe_pain_calls() -> None:
    bed = put()
    bed.model.answerAsked("8")
    assert bed.kinds() == [ActionKind.ANSWER_GIVE, ActionKind.CALL_PLACE, ActionKind.CALL_REASON]
    assert bed.outbox.all[2].data == {"reason": "pain"}
    assert bed.state("page") == "call"


def test_not_now_is_told_and_not_put_again() -> None:
    bed = put()
    bed.model.back()
    assert bed.kinds() == [ActionKind.QUESTION_LATER]
    bed.clock.advance(AGAIN_S)
    bed.link.his_as_of = bed.clock.now()
    bed.wait(1)
    assert bed.state("page") == "home"
    bed.wait(1)
    later = bed.clock.now()
    bed.tell("patient_question", f"{STAY}.pain", question(asked_at=later))
    bed.wait(60)
    assert bed.state("page") == "question"


def test_what_is_left_alone_goes_and_comes_again_later() -> None:
    bed = put()
    bed.wait(150)
    assert bed.state("page") == "home"
    bed.wait(AGAIN_S - 151)
    assert bed.state("page") == "home"
    bed.wait(2)
    assert bed.state("page") == "question"
    assert bed.kinds() == []


def test_an_answer_elsewhere_takes_it_away() -> None:
    bed = put()
    done = question(state=QuestionState.ANSWERED, settled_at=bed.clock.now())
    bed.tell("patient_question", done.id, done)
    assert bed.state("page") == "home"


def test_while_the_hub_is_away_the_thanks_are_true() -> None:
    bed = put()
    bed.link.phase = type(bed.link.phase).OFFLINE
    bed.model.answerAsked("2")
    assert bed.model.askedThanks.startswith("Thank you. It is kept")


@pytest.mark.parametrize(
    "scene",
    [
        {"calls": (bedside_call(),)},
        {"bed": bed_view(doubtful=True)},
        {"bed": bed_view(silent=True, occupants=())},
        {"stay": bedside_stay(profile=Profile(comfort_care=True))},
        {"extra": (asked(asked_at=NOW - timedelta(hours=5)),)},
        {"extra": (asked(PatientQuestion.COMFORT),)},
        {"extra": (asked(state=QuestionState.LATER, settled_at=NOW),)},
        {"extra": (asked(encounter_id="his.another"),)},
    ],
)
def test_nobody_is_asked_over_a_call_in_doubt_in_silence_or_too_late(scene: dict[str, Any]) -> None:
    bed = put(**scene)
    bed.wait(QUIET_S)
    assert bed.state("page") != "question"


def test_nobody_is_asked_by_night_nor_in_the_dark() -> None:
    by_night = NIGHT - timedelta(minutes=1)
    bed = Bed(bedside(extra=(asked(asked_at=by_night),)), NIGHT)
    bed.wait(QUIET_S)
    assert bed.state("page") == "home"
    dark = Bed(bedside(extra=(asked(),)))
    dark.model.rest()
    dark.wait(60)
    assert dark.state("page") == "home"


def test_a_call_takes_the_place_of_a_question() -> None:
    bed = put()
    bed.model.placeCall()
    assert bed.state("page") == "call"
    assert bed.kinds() == [ActionKind.CALL_PLACE]


def test_it_is_announced_without_what_it_asks() -> None:
    voice = Voice()
    bed = Bed(bedside(extra=(asked(),)))
    bed.model.set_speaker(voice)
    bed.wait(QUIET_S)
    assert voice.said == ["There is a question for you. Please look at the screen."]


def test_who_does_not_see_hears_the_question_with_its_answers() -> None:
    voice = Voice()
    bed = Bed(bedside(extra=(asked(), noted(Profile(sight_impaired=True)))))
    bed.model.set_speaker(voice)
    bed.wait(QUIET_S)
    assert "How is your pain now?" in voice.said[-1]
    assert "10 · Worst" in voice.said[-1]


# ---------------------------------------------------------------------------------- by itself


def by_itself(bed: Bed, **settings: float) -> Bed:
    bed.model.settings = dataclasses.replace(bed.model.settings, **settings)
    bed.wait(QUIET_S)
    return bed


def score(minutes: float) -> VitalSign:
    sign = vital("pain", minutes, heart_rate=80.0)
    return dataclasses.replace(
        sign, measurements=(Measurement(parameter=Parameter.PAIN, value=2.0),)
    )


@pytest.mark.parametrize(
    "minutes, due", [(-239, False), (-241, True), (-14 * 60, True), (None, True)]
)
def test_pain_is_asked_for_after_so_many_waking_hours(minutes: float | None, due: bool) -> None:
    """Measured at 10:42; the ward's night ends at 6."""
    signs = () if minutes is None else (doc("vital_sign", "his.pain", score(minutes)),)
    bed = by_itself(Bed(bedside(extra=signs)), ask_pain_h=4.0)
    assert (bed.state("page") == "question") is due


def test_the_night_does_not_count() -> None:
    last = (doc("vital_sign", "his.pain", score(-14 * 60)),)
    assert by_itself(Bed(bedside(extra=last)), ask_pain_h=8.0).state("page") == "home"


def test_off_by_default_and_not_of_the_confused() -> None:
    assert by_itself(Bed(bedside())).state("page") == "home"
    confused = bedside(extra=(noted(Profile(confused=True)),))
    assert by_itself(Bed(confused), ask_pain_h=4.0).state("page") == "home"


def meal(minutes: float, **changes: Any) -> PlanView:
    told = {"status": PlanStatus.PLANNED, "nil_by_mouth": False} | changes
    return PlanView(
        id="his.meal",
        encounter_id=STAY,
        kind=PlanKind.MEAL,
        due_at=NOW + timedelta(minutes=minutes),
        **told,
    )


@pytest.mark.parametrize(
    "item, due",
    [
        (meal(-46), True),
        (meal(-40), False),
        (meal(-140), False),
        (meal(-60, status=PlanStatus.NOT_DONE), False),
        (meal(-60, nil_by_mouth=True), False),
    ],
)
def test_a_meal_is_asked_about_while_it_is_remembered(item: PlanView, due: bool) -> None:
    bed = by_itself(Bed(bedside(plan=(item,))), ask_meal_min=45.0)
    assert (bed.state("page") == "question") is due
    if due:
        bed.model.answerAsked("half")
        bed.wait(THANKS_S)
        bed.wait(AGAIN_S)
        assert bed.state("page") == "home"


# ---------------------------------------------------------------------------------- how it looks


@few_or_every
@pytest.mark.parametrize("panel, what", spread(list(PANELS), ["pain", "meal"]))
def test_every_answer_fits_every_panel(panel: str, what: str, forms: Forms) -> None:
    scene = bedside(extra=(asked(PatientQuestion(what)),))
    keys = {f"answer-{key}" for key in (PAIN if what == "pain" else MEAL)}
    with stage("bedside", scene, size=PANELS[panel][0]) as on:
        assert isinstance(on.model, BedsideModel)
        on.pass_time(QUIET_S)
        wrong = []
        for form in each_form(on, forms):
            names = {item.objectName() for item in patient_targets(on)}
            wrong += [f"{form}: {fault}" for fault in faults(on, panel)]
            if not keys | {"back"} <= names:
                wrong.append(f"{form}: not all answers on one page")
    assert not wrong, "\n".join(wrong)


def test_thanks_are_read_and_the_page_goes() -> None:
    with stage("bedside", bedside(extra=(asked(),)), size=(1280, 800)) as on:
        on.pass_time(QUIET_S)
        speak(on, "en")
        on.tap("answer-0")
        assert "Thank you. Your nurse sees it." in on.texts()
        assert not on.has("answer-0")
        on.pass_time(THANKS_S)
        assert not on.has("message")
