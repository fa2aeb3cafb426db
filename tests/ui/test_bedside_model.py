"""The bedside's behaviour: touches become actions, pages open and close, night and rest."""

import dataclasses

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.nurse_call import CallReason, CallState
from smartward.clinical.priority import Priority
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.wire.envelope import ActionKind
from tests.ui.bed_model import NIGHT, Bed, Voice
from tests.ui.bed_stage import application
from tests.ui.bed_ward import BED, NOW, STAY, bed_view, free_bed
from tests.ui.bedside_scenes import BEDSIDE, WRISTBAND, bedside, bedside_call, bedside_stay, coming


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def bed() -> Bed:
    return Bed(bedside())


# -------------------------------------------------------------------------------------- the call


def test_one_touch_places_one_call(bed: Bed) -> None:
    bed.model.placeCall()
    (action,) = bed.outbox.all
    assert action.kind == ActionKind.CALL_PLACE
    assert action.data == {"bed_id": BED, "class": "normal"}
    assert action.seen.encounter_id == STAY
    assert bed.state("page") == "call"
    assert bed.state("receipts") == ["waiting"] * 3


def test_the_same_finger_does_not_call_twice(bed: Bed) -> None:
    bed.model.placeCall()
    bed.clock.advance(0.3)
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]


def test_call_again_is_of_the_same_call_before_and_after_the_hub_answers(bed: Bed) -> None:
    bed.model.placeCall()
    first = bed.state("call")
    bed.wait(2)
    bed.model.placeCall()
    bed.call()
    bed.wait(2)
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN, ActionKind.CALL_AGAIN]
    assert {action.subject for action in bed.outbox.all} == {first}


@pytest.mark.parametrize("page", ["home", "care", "team", "comfort", "staff"])
def test_a_call_from_every_page(bed: Bed, page: str) -> None:
    bed.model.show(page)
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]
    assert bed.state("page") == "call"


@pytest.mark.parametrize("scene", ["empty", "doubt", "too-old", "offline"])
def test_a_call_from_every_bed(scene: str) -> None:
    bed = Bed(BEDSIDE[scene])
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]
    assert bed.outbox.all[0].data["bed_id"] == BED
    assert bed.state("page") == "call"
    hidden = scene != "offline"
    assert (bed.outbox.all[0].seen.encounter_id is None) is hidden


def test_receipts_come_with_the_hub_and_the_truth_without_it(bed: Bed) -> None:
    bed.model.placeCall()
    bed.wait(5)
    assert bed.state("receipts") == ["late", "waiting", "waiting"]
    assert "wired call unit" in bed.state("truth")
    bed.call(seen_by_station=False)
    assert bed.state("receipts") == ["done", "waiting", "waiting"]
    bed.wait(5)
    assert bed.state("receipts") == ["done", "late", "waiting"]
    name = bed.call()
    bed.wait(1)
    assert bed.state("receipts") == ["done", "done", "waiting"]
    bed.tell("nurse_call", name, coming(id=name))
    assert bed.state("receipts") == ["done"] * 3
    assert bed.state("call_title") == "Nurse Li is coming"


def test_waits_are_real_seconds_whatever_the_wall_clock_does(bed: Bed) -> None:
    bed.model.placeCall()
    bed.clock.step(3600)
    bed.model.clock_moved()
    assert bed.state("receipts") == ["waiting"] * 3


@pytest.mark.expects_log("could not be stored")
def test_a_call_that_cannot_be_stored_says_so_and_stays_where_it_was(bed: Bed) -> None:
    bed.outbox.full = True
    bed.model.placeCall()
    assert bed.state("page") == "home"
    assert bed.state("call") is None
    assert "wired call" in str(bed.model.noticeText)


def test_without_a_bed_the_touch_points_to_the_wired_unit() -> None:
    bed = Bed(Scene(documents=[], place=None))
    bed.model.placeCall()
    assert bed.kinds() == []
    assert "wired call unit" in str(bed.model.noticeText)


def test_reason_and_mistake_are_told_of_this_call(bed: Bed) -> None:
    bed.model.placeCall()
    name = bed.call()
    bed.model.chooseReason("toilet")
    assert bed.model.call.text.answer == "Please wait for a nurse to help you up."
    bed.model.sayMistake()
    bed.model.sayMistake()
    assert bed.kinds()[1:] == [ActionKind.CALL_REASON, ActionKind.CALL_NOT_NEEDED]
    assert bed.outbox.all[1].data == {"reason": "toilet"}
    assert {action.subject for action in bed.outbox.all} == {name}
    assert bed.model.call.text.mistake_said
    with pytest.raises(ValueError, match="hungry"):
        bed.model.chooseReason("hungry")


def test_a_red_flag_is_urgent_when_the_hub_says_so(bed: Bed) -> None:
    bed.model.placeCall()
    bed.call()
    bed.model.chooseReason("breathless")
    assert "urgent" not in bed.model.call.text.answer
    bed.call(reason=CallReason.BREATHLESS, priority=Priority.HIGH)
    assert "urgent" in bed.model.call.text.answer


def test_reasons_are_refused_before_there_is_a_call(bed: Bed) -> None:
    bed.model.chooseReason("pain")
    bed.model.sayMistake()
    assert bed.kinds() == []


def test_the_page_goes_with_the_call(bed: Bed) -> None:
    bed.model.placeCall()
    name = bed.call()
    bed.model.back()
    assert bed.state("page") == "home"
    assert bed.state("call") == name
    bed.model.placeCall()
    assert bed.state("page") == "home"  # the same finger
    bed.wait(1)
    bed.model.placeCall()
    assert bed.state("page") == "call"
    bed.tell(
        "nurse_call",
        name,
        bedside_call(id=name, state=CallState.COMPLETED, closed_at=bed.clock.now()),
    )
    assert bed.state("page") == "home"
    assert bed.state("call") is None


def test_a_call_from_elsewhere_opens_its_page(bed: Bed) -> None:
    bed.tell("nurse_call", "call-9", bedside_call(id="call-9"))
    assert bed.state("page") == "call"
    bed.wait(1)
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_AGAIN]


def test_a_call_of_yesterday_that_the_hub_does_not_know_is_over(bed: Bed) -> None:
    bed.model.placeCall()
    bed.wait(24 * 3600)
    assert bed.state("call") is not None
    bed.link.phase = Phase.OFFLINE
    bed.wait(1)
    assert bed.state("call") is not None, "without the hub nobody knows: it still waits to be sent"
    bed.link.phase = Phase.LIVE
    bed.wait(1)
    assert bed.state("call") is None
    assert bed.state("page") == "home"
    bed.model.placeCall()
    assert [a.subject for a in bed.outbox.all][1] == bed.state("call"), "a new call, not again"


def test_another_beds_call_is_not_this_ones(bed: Bed) -> None:
    bed.tell("nurse_call", "call-9", bedside_call(id="call-9", bed_id="his.bed-13"))
    assert bed.state("call") is None


# --------------------------------------------------------------------------------- pages, privacy


def test_discharge_and_a_new_patient_leave_nothing_behind(bed: Bed) -> None:
    bed.model.badge_read(WRISTBAND)
    assert bed.model.care.rows.rows
    bed.model.setTextScale(1.6)
    bed.tell("bed", BED, free_bed())
    bed.gone("encounter", STAY)
    assert bed.state("bed_state") == "free"
    assert bed.state("page") == "home"
    assert not bed.model.care.is_open
    assert "Zhang" not in str(bed.model.title)
    assert bed.model.plan.rows == ()
    assert bed.model.team.rows == ()
    assert not bed.model.drip.text.running
    bed.tell("bed", BED, bed_view(occupants=("his.enc-77",)))
    assert bed.state("bed_state") == "doubt"
    bed.tell("encounter", "his.enc-77", bedside_stay(id="his.enc-77", family="曾"))
    assert str(bed.model.title) == "Good morning, Mr Zeng"
    assert float(bed.model.textScale) == 1.0
    assert bed.model.plan.rows == ()


def test_a_new_patient_is_met_in_the_language_of_the_record(bed: Bed) -> None:
    def admit(name: str, language: str | None) -> str:
        bed.tell("encounter", name, bedside_stay(id=name, language=language))
        bed.tell("bed", BED, bed_view(occupants=(name,)))
        return str(bed.model.language)

    bed.model.setLanguage("zh_CN")
    assert admit("his.enc-70", "en-GB") == "en"
    assert admit("his.enc-71", "zh") == "zh_CN"
    assert admit("his.enc-72", "uk") == "en", "the screen's own"
    assert admit("his.enc-73", None) == "en"


@pytest.mark.parametrize(
    "scene, state, words",
    [
        ("doubt", "doubt", "bed and record do not agree"),
        ("too-old", "doubt", "not confirmed it lately"),
        ("empty", "free", "The call button works"),
    ],
)
def test_no_name_is_shown_in_doubt(scene: str, state: str, words: str) -> None:
    bed = Bed(BEDSIDE[scene])
    assert bed.state("bed_state") == state
    assert "Zhang" not in str(bed.model.title)
    assert "Li" not in str(bed.model.subtitle)
    assert words in str(bed.model.messageDetail)
    bed.model.show("care")
    assert bed.state("page") == "home"


def test_a_cached_plan_says_its_time() -> None:
    assert str(Bed(BEDSIDE["offline"]).model.planAsOf) == "Plan as known at 09:41"
    assert str(Bed(bedside()).model.planAsOf) == ""


def test_the_name_goes_when_the_census_gets_too_old(bed: Bed) -> None:
    assert bed.state("bed_state") == "known"
    bed.link.phase = Phase.OFFLINE
    bed.wait(4 * 3600 - 60)
    assert bed.state("bed_state") == "known"
    bed.wait(60)
    assert bed.state("bed_state") == "doubt"
    assert str(bed.model.title) == "Good afternoon"


def test_a_page_left_alone_goes_home(bed: Bed) -> None:
    bed.model.show("team")
    bed.wait(119)
    assert bed.state("page") == "team"
    bed.model.touched()
    bed.wait(60)
    assert bed.state("page") == "team"
    bed.wait(60)
    assert bed.state("page") == "home"
    with pytest.raises(ValueError, match="menu"):
        bed.model.show("menu")


def test_languages(bed: Bed) -> None:
    assert str(bed.model.title) == "Good morning, Mr Zhang"
    bed.model.setLanguage("zh_CN")
    assert str(bed.model.title) == "张先生，早上好"
    assert bed.model.plan.rows[1].title == "影像检查"
    assert "English" in str(bed.model.comfortText)


# -------------------------------------------------------------------------------------- rest


def test_rest_is_dark_and_a_touch_wakes(bed: Bed) -> None:
    assert not bed.model.night
    bed.model.rest()
    assert bed.state("resting")
    assert bed.model.night
    bed.model.wake()
    assert not bed.state("resting")
    assert not bed.model.night
    assert bed.kinds() == []


def test_the_call_works_at_rest(bed: Bed) -> None:
    bed.model.rest()
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]
    assert not bed.state("resting")
    assert bed.state("page") == "call"


def test_at_night_an_idle_screen_rests_and_wakes_in_the_morning() -> None:
    bed = Bed(bedside(his_as_of=NIGHT), now=NIGHT)
    bed.model.show("team")
    bed.wait(119)
    assert not bed.state("resting")
    bed.wait(1)
    assert bed.state("resting")
    assert bed.state("page") == "home"
    bed.wait(6.4 * 3600)
    assert bed.state("resting")
    bed.wait(0.1 * 3600)
    assert not bed.state("resting")


def test_an_open_call_keeps_the_screen_awake_at_night() -> None:
    bed = Bed(bedside(his_as_of=NIGHT), now=NIGHT)
    bed.model.placeCall()
    bed.call()
    bed.wait(1000)
    assert not bed.state("resting")
    bed.model.rest()
    name = bed.state("call")
    assert bed.state("resting")
    bed.tell("nurse_call", name, coming(id=name))
    bed.model.placeCall()
    assert bed.kinds()[-1] == ActionKind.CALL_AGAIN


def test_seconds_are_counted_only_when_something_shows_them(bed: Bed) -> None:
    def gap() -> float:
        return (bed.model.next_boundary() - bed.clock.now()).total_seconds()

    assert gap() == 40
    bed.model.placeCall()
    assert gap() == 1
    name = bed.state("call")
    bed.tell("nurse_call", name, bedside_call(id=name, state=CallState.CANCELLED))
    assert gap() == 40


# -------------------------------------------------------------------------------------- staff


def test_staff_touch_their_name_once_and_act(bed: Bed) -> None:
    bed.model.placeCall()
    name = bed.call()
    panel = bed.model.panel
    bed.model.show("staff")
    assert panel.asking
    assert "waiting 0:00" in str(panel.callText)
    panel.choose("his.p-1")
    assert not panel.asking
    assert str(panel.title) == "You are 李敏"
    panel.arrive()
    arrive = bed.outbox.all[-1]
    assert (arrive.kind, arrive.subject) == (ActionKind.CALL_ARRIVE, name)
    assert (arrive.by.known, arrive.by.id, arrive.by.family) == ("name", "his.p-1", "李")
    assert not panel.canArrive
    bed.call(state=CallState.IN_PROGRESS, present=True, on_the_way="李")
    assert str(panel.doneText) == "Marked present"
    panel.close()
    assert bed.kinds()[-1] == ActionKind.CALL_ARRIVE, "a double tap closes nothing"
    bed.clock.advance(1.0)
    panel.close()
    assert bed.outbox.all[-1].kind == ActionKind.CALL_CLOSE
    assert not panel.canClose
    bed.model.back()
    bed.model.show("staff")
    assert not panel.asking, "kept until the shift ends"


def test_a_touch_meant_for_i_am_here_closes_no_call(bed: Bed) -> None:
    """Somebody said so at the door, and the button to close came to where it was."""
    bed.model.placeCall()
    name = bed.call()
    panel = bed.model.panel
    bed.model.show("staff")
    panel.choose("his.p-1")
    bed.clock.advance(60)
    bed.call(state=CallState.IN_PROGRESS, present=True, on_the_way="王")
    assert not panel.canArrive
    panel.close()
    assert ActionKind.CALL_CLOSE not in bed.kinds()
    bed.clock.advance(1.0)
    # The same where it is about another call now.
    bed.tell("nurse_call", name, bedside_call(id=name, state=CallState.COMPLETED))
    bed.tell("nurse_call", "next", bedside_call(id="next"))
    panel.close()
    assert ActionKind.CALL_CLOSE not in bed.kinds()
    bed.clock.advance(1.0)
    panel.close()
    assert bed.outbox.all[-1].kind == ActionKind.CALL_CLOSE
    assert bed.outbox.all[-1].subject == "next"


def test_a_second_touch_closes_no_call_where_it_was_asked_first_who_is_here(bed: Bed) -> None:
    """The button to close comes once that is answered, however long it took."""
    bed.model.placeCall()
    bed.call()
    panel = bed.model.panel
    bed.model.show("staff")
    panel.arrive()
    assert bed.model.pickerOpen
    bed.clock.advance(5)
    panel.choose("his.p-1")
    assert bed.kinds()[-1] == ActionKind.CALL_ARRIVE
    panel.close()
    assert bed.kinds()[-1] == ActionKind.CALL_ARRIVE
    bed.clock.advance(1.0)
    panel.close()
    assert bed.kinds()[-1] == ActionKind.CALL_CLOSE


def test_the_name_is_forgotten_at_the_end_of_the_shift(bed: Bed) -> None:
    bed.model.show("staff")
    bed.model.panel.choose("his.p-1")
    bed.wait(5.9 * 3600)
    assert str(bed.model.actorText) == "李敏"
    bed.wait(0.1 * 3600)
    assert str(bed.model.actorText) == ""


def test_somebody_not_listed_can_act(bed: Bed) -> None:
    bed.model.placeCall()
    bed.call()
    bed.model.show("staff")
    bed.model.panel.chooseNobody()
    bed.model.panel.arrive()
    assert bed.outbox.all[-1].by.known == "none"
    assert not bed.model.pickerOpen
    bed.model.panel.change()
    assert bed.model.panel.asking


def test_staff_without_a_call(bed: Bed) -> None:
    bed.model.show("staff")
    panel = bed.model.panel
    assert str(panel.callText) == "No open call at this bed"
    assert not panel.canArrive
    assert not panel.canClose
    panel.arrive()
    assert bed.kinds() == []


def test_staff_are_told_the_reason_in_the_room(bed: Bed) -> None:
    bed.model.placeCall()
    bed.call(reason=CallReason.TOILET)
    assert str(bed.model.panel.callText).endswith("Toilet")


# -------------------------------------------------------------------------------------- voice


def test_cards_are_read_aloud_where_the_sound_side_can(bed: Bed) -> None:
    assert not bed.model.canReadAloud
    voice = Voice()
    bed.model.set_speaker(voice)
    assert bed.model.canReadAloud
    bed.model.readAloud("today")
    assert voice.said[0].startswith("Next: Scan, at 10:30.")
    bed.model.readAloud("drip")
    assert voice.said[1] == "Your drip: about 47 min left."
    bed.model.setLanguage("zh_CN")
    assert not bed.model.canReadAloud
    with pytest.raises(ValueError, match="care"):
        bed.model.readAloud("care")


def test_prompts_by_day_and_silence_by_night(bed: Bed) -> None:
    voice = Voice()
    bed.model.set_speaker(voice)
    bed.model.placeCall()
    assert voice.prompts == []
    name = bed.call()
    assert voice.prompts == ["call_placed"]
    bed.tell("nurse_call", name, coming(id=name, reason=CallReason.TOILET))
    assert voice.prompts == ["call_placed", "on_the_way", "help_you_up"]
    night = Bed(bedside(his_as_of=NIGHT), now=NIGHT)
    night.model.set_speaker(voice)
    night.model.placeCall()
    night.call()
    assert len(voice.prompts) == 3


def test_two_in_a_bed_greet_the_first() -> None:
    bed = Bed(bedside(bed=bed_view(occupants=(STAY, "his.enc-baby"))))
    assert bed.state("bed_state") == "doubt", "one of the two is not known here"
    baby = dataclasses.replace(bedside_stay(), id="his.enc-baby", family="张")
    bed.tell("encounter", "his.enc-baby", baby)
    assert str(bed.model.title) == "Good morning, Mr Zhang"


# -------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_patient_is_told_what_still_works_not_what_to_mend(language: str) -> None:
    bed = Bed(bedside(), language=language)
    bed.model.set_faults(frozenset({"sound.no_device", "voice.engine_dead"}))
    words = bed.model.texts.text("bedside.no_sound")
    assert bed.model.faultText == words
    assert bed.model.faults == {"sound.no_device", "voice.engine_dead"}


@pytest.mark.expects_log("could not be stored")
def test_a_touch_that_could_not_be_stored_may_be_repeated_at_once(bed: Bed) -> None:
    bed.outbox.full = True
    bed.model.placeCall()
    bed.outbox.full = False
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]


@pytest.mark.parametrize("hour,ticks", [(2, 0), (16, 1)])
def test_a_call_at_night_answers_with_one_soft_tick(hour: int, ticks: int) -> None:
    """02:00 UTC is the ward's morning, 16:00 UTC its midnight."""
    bed = Bed(bedside(), now=NOW.replace(hour=hour))
    voice = Voice()
    bed.model.set_speaker(voice)
    bed.model.placeCall()
    bed.model.placeCall()
    assert voice.ticks == ticks


def test_nothing_is_offered_to_be_read_aloud_while_it_could_not_be_heard(bed: Bed) -> None:
    heard: list[bool] = []
    voice = Voice()
    bed.model.set_speaker(voice)
    bed.model.voiceChanged.connect(lambda: heard.append(bed.model.canReadAloud))
    voice.languages = ()
    bed.model.set_faults(frozenset({"sound.no_device"}))
    assert heard == [False]


def test_a_restart_says_that_it_checks_and_names_nobody_until_it_knows() -> None:
    bed = Bed(BEDSIDE["checking"])
    assert str(bed.model.message) == "Checking who is in this bed …"
    assert "it is sent as soon as there is a connection" in str(bed.model.messageDetail)
    assert "works" not in str(bed.model.messageDetail), "nothing was reached yet"
    assert "Zhang" not in str(bed.model.title)
    bed.link.phase = Phase.OFFLINE
    bed.link.changed()
    assert (str(bed.model.message), "Zhang" in str(bed.model.title)) == ("", True)


def test_a_bed_in_doubt_is_in_doubt_while_it_is_checked() -> None:
    bed = Bed(bedside(bed=bed_view(doubtful=True), phase=Phase.CONNECTING))
    assert str(bed.model.message) == "Please check who is in this bed"
