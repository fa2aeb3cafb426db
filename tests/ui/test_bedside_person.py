"""Who lies in the bed changes its screen, and nothing of the last one stays."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from smartward.clinical.bed import BedStatus
from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.plan import PlanKind
from smartward.clinical.profile import Hand, Profile
from smartward.i18n import LANGUAGES, Catalogue
from smartward.screen.bedside_reach import Place, orientation, reach, screen_language
from smartward.screen.bedside_setup import FIELDS, as_field, as_value, step, values
from smartward.screen.link import Phase
from smartward.wire.envelope import Action, ActionKind
from smartward.wire.views import ProfileView
from tests.ui.bed_model import NIGHT, Bed, Voice
from tests.ui.bed_stage import application
from tests.ui.bed_ward import BED, NOW, STAY, TEAM, bed_view, call_point, free_bed, noted, unit
from tests.ui.bedside_scenes import (
    BEDSIDE,
    WRISTBAND,
    bedside,
    bedside_call,
    bedside_stay,
    patient_key,
    plan_item,
)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def lying(**profile: Any) -> Bed:
    """A patient of this profile, as a nurse has set it."""
    return Bed(bedside(extra=(noted(Profile(**profile)),)))


def note(bed: Bed, **profile: Any) -> None:
    bed.tell("profile", STAY, ProfileView(encounter_id=STAY, profile=Profile(**profile)))


def admit(bed: Bed, name: str, **stay: Any) -> None:
    bed.tell("encounter", name, bedside_stay(id=name, **stay))
    bed.tell("bed", BED, bed_view(occupants=(name,)))


# ------------------------------------------------------------------------------------ what changes


def test_the_profile_is_there_with_the_first_frame() -> None:
    bed = lying(language="zh-CN", text_scale=1.3, hand=Hand.LEFT)
    assert str(bed.model.language) == "zh_CN"
    assert float(bed.model.textScale) == 1.3
    assert bed.state("call_left")


def test_what_a_nurse_sets_holds_and_what_she_left_open_is_the_records() -> None:
    bed = Bed(bedside(stay=bedside_stay(profile=Profile(hand=Hand.LEFT, text_scale=1.6))))
    assert bed.state("call_left")
    note(bed, hand=Hand.RIGHT)
    assert not bed.state("call_left")
    assert bed.state("text_scale") == 1.6


def test_what_the_patient_chose_stays_until_the_profile_says_something_else() -> None:
    bed = lying()
    bed.model.chooseComfort("language-zh_CN")
    bed.model.chooseComfort("textSize-2")
    note(bed, hearing_impaired=True)
    assert (str(bed.model.language), bed.state("text_scale")) == ("zh_CN", 1.3)
    note(bed, hearing_impaired=True, text_scale=1.6)
    assert (str(bed.model.language), bed.state("text_scale")) == ("zh_CN", 1.6)


def test_whoever_sees_badly_gets_the_largest_text_and_the_corners() -> None:
    bed = lying(sight_impaired=True)
    assert bed.state("text_scale") == 1.6
    assert bed.model.highContrast
    smaller = lying(sight_impaired=True, text_scale=1.3)
    assert smaller.state("text_scale") == 1.3, "as a nurse found out with the patient"


def test_whoever_does_not_hear_is_offered_nothing_to_listen_to() -> None:
    bed, voice = lying(hearing_impaired=True), Voice()
    bed.model.set_speaker(voice)
    assert not bed.model.canReadAloud
    assert not bed.model.spoken
    note(bed)
    assert bed.model.canReadAloud


def test_each_sound_of_a_call_is_a_text_too() -> None:
    bed, voice = lying(hearing_impaired=True), Voice()
    bed.model.set_speaker(voice)
    bed.model.placeCall()
    bed.call(seen_by_station=True)
    assert voice.prompts == ["call_placed"]
    assert str(bed.model.call.title) == "Your call is at the station"
    bed.call(presses=2)
    assert voice.prompts == ["call_placed", "call_placed_again"]
    assert "told again" in str(bed.model.call.truth)


def test_a_confused_patient_reads_day_place_and_who_comes() -> None:
    bed = lying(confused=True)
    assert list(bed.model.orientation) == [
        "It is Saturday 21 November, morning",
        "You are in hospital, 心内科三病区, Bed 12",
        "Nurse Li looks after you",
    ]
    bed.wait(3 * 3600)
    assert "afternoon" in next(iter(bed.model.orientation))
    note(bed)
    assert list(bed.model.orientation) == []


def test_day_and_place_stay_where_the_name_is_in_doubt() -> None:
    bed = lying(confused=True)
    bed.tell("bed", BED, bed_view(doubtful=True, occupants=()))
    assert bed.state("bed_state") == "doubt"
    assert list(bed.model.orientation)[1:] == [
        "You are in hospital, 心内科三病区, Bed 12",
        "Nurses look after you",
    ]


def test_a_patient_who_is_not_told_yet_is_not_the_last_one() -> None:
    bed = lying(language="zh-CN", text_scale=1.6)
    bed.tell("bed", BED, bed_view(occupants=("his.enc-77",)))
    assert bed.state("bed_state") == "doubt"
    assert (str(bed.model.language), bed.state("text_scale")) == ("en", 1.0)


def test_nobody_is_named_who_does_not_come() -> None:
    en = Catalogue("en", ZoneInfo("Asia/Shanghai"))
    doctor = tuple(member for member in TEAM if member.role == "doctor")
    lines = orientation(en, Place(ward="", bed="Bed 12", team=doctor), NOW)
    assert lines[1:] == ("You are in hospital, Bed 12", "Nurses look after you")


def test_in_comfort_care_nothing_is_said_of_going_home() -> None:
    plan = (plan_item("1", PlanKind.MEAL, 60), plan_item("2", PlanKind.DISCHARGE, 120))
    for comfort in (True, None):
        told = noted(Profile(comfort_care=comfort))
        bed = Bed(bedside(plan=plan, extra=(told,)))
        titles = [row.title for row in bed.model.plan.rows]
        assert titles == (["Lunch"] if comfort else ["Lunch", "Going home"])


@pytest.mark.parametrize(
    "tag,language",
    [
        ("zh-CN", "zh_CN"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("uk", "en"),
        (None, "en"),
        ("", "en"),
        ("yue", "zh_HK"),
        ("zh-TW", "zh_HK"),
        ("es-MX", "es"),
        ("ar", "ar"),
    ],
)
def test_the_screen_language_of_a_tag(tag: str | None, language: str) -> None:
    assert screen_language(tag, "en") == language


@given(st.builds(Profile, hearing_impaired=st.none() | st.just(False)))
def test_what_nobody_said_is_no_need(profile: Profile) -> None:
    said = reach(bedside_stay(profile=profile), None)
    assert said.hears
    assert said.sees
    assert said.speaks
    assert not said.confused
    assert reach(None, None) == dataclasses.replace(said, language=None)


# -------------------------------------------------------------------------------- nothing stays


def test_a_new_patient_sees_nothing_of_the_last_one() -> None:
    bed = lying(language="zh-CN", text_scale=1.6, hand=Hand.LEFT, confused=True)
    bed.model.badge_read(WRISTBAND)
    bed.model.tell("bedside.layer.other")
    bed.model.show("staff")
    admit(bed, "his.enc-77", family="曾")
    assert bed.state("page") == "home"
    assert not bed.state("layer_open")
    assert not bed.model.panel.is_open
    assert str(bed.model.noticeText) == ""
    assert (str(bed.model.language), bed.state("text_scale")) == ("en", 1.0)
    assert not bed.state("call_left")
    assert list(bed.model.orientation) == []
    assert bed.model.setup.rows.rows[0].text == "Language: not told"


def test_also_when_they_came_while_the_screen_was_offline() -> None:
    bed = lying(language="zh-CN", hand=Hand.LEFT)
    bed.link.phase = Phase.OFFLINE
    bed.wait(600)
    assert str(bed.model.language) == "zh_CN"
    fresh = bedside(
        bed=bed_view(occupants=("his.enc-77",)),
        stay=bedside_stay(id="his.enc-77", family="曾"),
    )
    bed.link.phase = Phase.LIVE
    bed.replica.load(fresh.documents, 500)
    assert str(bed.model.title) == "Good morning, Mr Zeng"
    assert not bed.state("call_left")


def test_a_restart_draws_who_lies_there_now_from_the_cache() -> None:
    before = lying(language="zh-CN", text_scale=1.6)
    before.model.chooseComfort("language-en")
    again = lying(language="zh-CN", text_scale=1.6)
    assert (str(again.model.language), again.state("text_scale")) == ("zh_CN", 1.6)
    assert not again.state("layer_open")


def test_a_free_bed_is_nobodys() -> None:
    bed = lying(language="zh-CN", text_scale=1.6, sight_impaired=True)
    bed.tell("bed", BED, free_bed())
    assert (str(bed.model.language), bed.state("text_scale")) == ("en", 1.0)
    assert not bed.model.highContrast


def test_doubt_hides_the_name_but_does_not_take_the_language() -> None:
    bed = lying(language="zh-CN", text_scale=1.6, hand=Hand.LEFT)
    bed.tell("bed", BED, bed_view(doubtful=True, occupants=()))
    assert bed.state("bed_state") == "doubt"
    assert (str(bed.model.language), bed.state("text_scale")) == ("zh_CN", 1.6)
    bed.model.chooseComfort("textSize-1")
    bed.tell("bed", BED, bed_view())
    assert bed.state("text_scale") == 1.0, "the same patient: what they chose is theirs"


def test_a_reason_that_the_last_one_touched_is_not_the_next_ones() -> None:
    bed = lying()
    bed.link.phase = Phase.OFFLINE
    bed.model.placeCall()
    bed.model.chooseReason("toilet")
    assert bed.model.call.answered
    bed.replica.load(
        bedside(
            bed=bed_view(occupants=("his.enc-77",)), stay=bedside_stay(id="his.enc-77")
        ).documents,
        500,
    )
    assert bed.model.call.is_open, "the call is the bed's"
    assert not bed.model.call.answered


# ------------------------------------------------------------------------------------ silence


def test_silence_is_the_beds_number_and_a_call_that_works() -> None:
    bed = Bed(BEDSIDE["silent"])
    assert bed.state("silent")
    assert str(bed.model.bedText) == "Bed 12"
    bed.model.show("team")
    bed.model.show("staff")
    assert bed.state("page") == "home"
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]
    assert bed.state("page") == "home"


def test_silence_says_nothing_aloud() -> None:
    bed, voice = lying(sight_impaired=True), Voice()
    bed.model.set_speaker(voice)
    voice.said.clear()
    bed.gone("encounter", STAY)
    bed.tell("bed", BED, free_bed(status=BedStatus.OCCUPIED, silent=True))
    bed.model.placeCall()
    bed.call()
    bed.wait(200)
    assert (voice.prompts, voice.said) == ([], [])
    assert not bed.model.canReadAloud
    assert not bed.model.spoken


def start_silence(bed: Bed, reason: str) -> Action:
    bed.model.setup.chooseSilence(reason)
    bed.model.setup.silence()
    return next(a for a in bed.outbox.all if a.kind == ActionKind.SILENCE_START)


def test_silence_is_drawn_before_the_hub_has_answered_and_ends_with_a_refusal() -> None:
    bed = lying(language="zh-CN")
    bed.model.chooseStaff("his.p-1")
    action = start_silence(bed, "deceased")
    assert (action.subject, action.data) == (STAY, {"reason": "deceased"})
    assert action.by.id == "his.p-1"
    assert bed.state("silent")
    assert str(bed.model.language) == "en"
    bed.outbox.answered.add(action.id)
    bed.wait(1)
    assert not bed.state("silent")
    assert str(bed.model.language) == "zh_CN"


def test_silence_needs_a_reason_and_a_person() -> None:
    bed = lying()
    bed.model.setup.silence()
    assert bed.kinds() == []
    bed.model.setup.chooseSilence("wish")
    bed.model.setup.chooseSilence("")
    bed.model.setup.silence()
    assert bed.kinds() == []
    bed.model.setup.chooseSilence("wish")
    assert str(bed.model.setup.holdText).endswith("A nurse's wish")
    bed.model.setup.silence()
    assert bed.kinds() == []
    assert bed.model.pickerOpen, "asked who it is"
    with pytest.raises(ValueError, match="tired"):
        bed.model.setup.chooseSilence("tired")


# -------------------------------------------------------------------------- what a nurse sets


def test_a_nurse_goes_through_the_values_of_a_field() -> None:
    bed = lying()
    bed.model.chooseStaff("his.p-1")
    sent = []
    for _ in values("confused"):
        bed.model.setup.next("confused")
        sent.append(bed.outbox.all[-1].data)
    assert sent == [{"confused": 1}, {"confused": 0}, {"confused": None}]
    assert {a.kind for a in bed.outbox.all} == {ActionKind.PROFILE_SET}
    assert {a.subject for a in bed.outbox.all} == {STAY}
    with pytest.raises(ValueError, match="shoe_size"):
        bed.model.setup.next("shoe_size")


def test_a_row_tells_what_holds_and_whose_word_it_is() -> None:
    bed = Bed(bedside(stay=bedside_stay(profile=Profile(confused=True))))
    rows = {row.key: row for row in bed.model.setup.rows.rows}
    assert list(rows) == list(FIELDS)
    assert (rows["confused"].text, rows["confused"].tone) == ("Confused: yes (record)", "")
    note(bed, confused=False)
    rows = {row.key: row for row in bed.model.setup.rows.rows}
    assert (rows["confused"].text, rows["confused"].tone) == ("Confused: no", "chosen")


@pytest.mark.parametrize("field", FIELDS)
def test_each_value_of_a_field_comes_back_from_the_wire(field: str) -> None:
    """One step after the other from nothing said leads through every value and back."""
    profile, seen = Profile(), []
    for _ in values(field):
        (value,) = step(field, profile).values()
        assert value is None or type(value) in (int, str), "an action's data holds nothing else"
        profile = dataclasses.replace(profile, **{field: as_field(field, value)})
        assert as_value(field, profile) == value
        seen.append(value)
    assert seen[-1] is None
    assert len(set(seen)) == len(values(field))


def test_the_patients_pin_is_set_by_a_nurse_who_reads_it() -> None:
    bed = lying()
    bed.model.chooseStaff("his.p-1")
    bed.model.show("setup")
    bed.model.setup.setPin()
    for digit in (1, 2, 3, 4):
        bed.model.pin.press(digit)
    assert str(bed.model.pin.shown) == "1234"
    bed.model.pin.confirm()
    assert bed.state("page") == "pin"
    assert bed.kinds() == [], "too easy to guess"
    for digit in (2, 5, 8, 9):
        bed.model.pin.press(digit)
    bed.model.pin.confirm()
    assert bed.state("page") == "setup"
    (action,) = bed.outbox.all
    assert (action.kind, action.subject, action.data) == (
        ActionKind.PATIENT_PIN,
        STAY,
        {"pin": "2589"},
    )
    assert bed.model.setup.labels["pin"] == "PIN not set yet: the hub has not answered"
    bed.tell("patient_key", STAY, patient_key())
    assert bed.model.setup.labels["pin"] == "Change the patient's PIN"
    bed.model.setup.clearPin()
    assert bed.outbox.all[-1].data == {"pin": None}


# ------------------------------------------------------------------------------- pictures, voice


def test_a_picture_is_shown_large_and_can_call() -> None:
    bed = lying(speech_impaired=True)
    bed.model.show("board")
    bed.model.choosePicture("pain")
    assert (str(bed.model.pictureIcon), str(bed.model.pictureWord)) == (
        "emoticon-sad-outline",
        "Pain",
    )
    bed.model.callWith("pain")
    assert bed.kinds() == [ActionKind.CALL_PLACE, ActionKind.CALL_REASON]
    assert bed.outbox.all[1].data == {"reason": "pain"}
    assert str(bed.model.pictureKey) == ""


def test_a_picture_that_is_no_reason_calls_for_something_else() -> None:
    bed = lying(speech_impaired=True)
    bed.model.callWith("glasses")
    assert bed.outbox.all[1].data == {"reason": CallReason.OTHER.value}


def test_the_spoken_screen_tells_the_page_and_what_is_held() -> None:
    bed, voice = lying(sight_impaired=True), Voice()
    bed.model.set_speaker(voice)
    bed.model.speakItem("Care team")
    bed.model.speakPage()
    assert voice.said[0] == "Care team"
    # No patient is named aloud.
    assert voice.said[1].startswith("Good morning. Next: Scan, at 10:30.")
    assert voice.said[1].endswith("Hold any corner of the screen to call a nurse.")
    bed.model.placeCall()
    assert voice.said[2].startswith("Sending your call.")
    assert "You can choose: Chest tight, hard to breathe, Pain" in voice.said[2]


def test_nothing_private_is_spoken() -> None:
    bed, voice = lying(sight_impaired=True), Voice()
    bed.model.set_speaker(voice)
    bed.model.badge_read(WRISTBAND)
    bed.model.speakPage()
    bed.model.askPin()
    bed.model.speakItem("7")
    said = " ".join(voice.said)
    assert "My care" in said
    assert "37.4" not in said
    assert "张卫国" not in said
    assert "7" not in voice.said


def test_at_night_the_spoken_screen_speaks_only_when_asked() -> None:
    bed, voice = Bed(bedside(extra=(noted(Profile(sight_impaired=True)),)), now=NIGHT), Voice()
    bed.model.set_speaker(voice)
    bed.model.show("team")
    assert voice.said == []
    bed.model.speakPage()
    assert len(voice.said) == 1


# ----------------------------------------------------------------------------------- call truth


def test_whoever_may_fall_is_told_from_the_press_on() -> None:
    bed, voice = Bed(bedside(stay=bedside_stay(falls_risk=True))), Voice()
    bed.model.set_speaker(voice)
    bed.model.placeCall()
    assert str(bed.model.call.truth).startswith("Please do not get up alone.")
    assert bed.model.call.mustTell
    bed.call()
    assert "help_you_up" in voice.prompts
    bed.wait(10)
    assert str(bed.model.call.truth).startswith("Please do not get up alone. No nurse")


def test_a_lost_wire_is_told_and_nobody_is_sent_to_it() -> None:
    bed = Bed(BEDSIDE["wire-lost"])
    assert "press Call nurse on this screen" in str(bed.model.wireText)
    bed.model.placeCall()
    bed.wait(6)
    assert "wired" not in bed.state("truth")
    assert "ask someone near" in bed.state("truth")
    bed.call(seen_by_station=False)
    bed.wait(6)
    assert "ask someone near" in bed.state("truth")
    bed.tell("call_point", "point-12", call_point_body(bed))
    assert str(bed.model.wireText) == ""
    assert "wired call unit" in bed.state("truth")


def test_of_two_units_the_dead_one_is_told_and_nobody_is_sent_to_either() -> None:
    bed = Bed(bedside(extra=(unit("one", lost=True), unit("two", lost=False))))
    told = Catalogue("en", ZoneInfo("Asia/Shanghai")).text("bedside.wire_other")
    assert str(bed.model.wireText) == told
    bed.model.placeCall()
    bed.wait(6)
    assert "wired" not in bed.state("truth"), "which of them is dead is not told to a patient"


def test_a_lost_cord_is_not_the_unit_that_is_pressed() -> None:
    bed = Bed(bedside(extra=(unit("cord", lost=True, call_class=CallClass.BATHROOM),)))
    assert str(bed.model.wireText) == ""


def call_point_body(bed: Bed) -> Any:
    """The call unit, found again."""
    before = bed.replica.docs("call_point")["point-12"].body
    return dataclasses.replace(before, lost_since=None)


def test_that_the_wire_is_lost_is_nobodys_call() -> None:
    bed = Bed(bedside(extra=(call_point(lost=True),)))
    bed.tell("nurse_call", "call-9", bedside_call(id="call-9", reason=CallReason.LINE_LOST))
    assert bed.state("call") is None
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]


def test_without_a_bed_no_call_is_offered() -> None:
    bed = Bed(BEDSIDE["no-bed"])
    assert not bed.model.canCall
    assert Bed(bedside()).model.canCall


# ----------------------------------------------------------------------------------------- night


def test_until_something_was_drawn_only_the_call_acts() -> None:
    bed = Bed(bedside())
    bed.model.rest()
    bed.model.wake()
    assert bed.model.waking
    bed.model.drawn()
    assert not bed.model.waking
    bed.model.rest()
    bed.model.wake()
    bed.wait(2.9)
    assert bed.model.waking, "the display is dark: nothing was drawn"
    bed.model.placeCall()
    assert bed.kinds() == [ActionKind.CALL_PLACE]
    bed.wait(0.1)
    assert not bed.model.waking


def test_a_touch_on_a_lit_screen_waits_for_nothing() -> None:
    bed = Bed(bedside())
    bed.model.wake()
    assert not bed.model.waking


def test_languages_of_the_catalogue_have_a_name_to_choose() -> None:
    bed = Bed(bedside(), now=datetime(2026, 11, 21, 2, 5, tzinfo=UTC))
    keys = [row.key for row in bed.model.comfort.rows]
    assert keys[: len(LANGUAGES)] == [f"language-{code}" for code in LANGUAGES]
    with pytest.raises(ValueError, match="volume-3"):
        bed.model.chooseComfort("volume-3")
