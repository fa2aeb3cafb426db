"""The bedhead: what it says, that it is read at two metres, and that it becomes the call lamp."""

import dataclasses
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtQuick import QQuickItem

from smartward.clinical.encounter import Assessment, NursingLevel, Sex
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.profile import Profile
from smartward.clinical.words import Wording
from smartward.i18n import Catalogue
from smartward.screen.bedhead import info_rows, person_text
from smartward.screen.beds import Presence, lamp, presence, slot_texts
from smartward.screen.beds_profile import reach_rows
from smartward.screen.link import Phase
from smartward.wire.envelope import Gone
from smartward.wire.views import ProfileView
from tests.ui.bed_checks import all_faults, drawn_font
from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.bed_ward import (
    ACCEPTED,
    EVERY_PROFILE,
    NOW,
    PROFILE,
    SLOTS,
    STAY,
    TEAM,
    bed_view,
    call_point,
    call_view,
    doc,
    free_bed,
    unit,
)
from tests.ui.bedhead_scenes import BEDHEAD, bedhead, bedhead_stay
from tests.ui.spread import spread

SIZES = [(800, 1280), (1280, 800), (1024, 600)]
READ_PX = 68
"""Han or capital height of what is read at 2 m on 10.1 inches: 11.6 mm, 20 arc minutes."""


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def zh() -> Catalogue:
    return Catalogue("zh_CN", ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def en() -> Catalogue:
    return Catalogue("en", ZoneInfo("Asia/Shanghai"))


# ------------------------------------------------------------------------------------ the sentences


def test_presence() -> None:
    bed = bed_view()
    assert presence(None, {}, current=True) is Presence.NO_BED
    assert presence(bed, {STAY}, current=True) is Presence.KNOWN
    assert presence(bed, {STAY}, current=False) is Presence.DOUBT
    assert presence(bed, {}, current=True) is Presence.DOUBT
    assert presence(bed_view(doubtful=True), {STAY}, current=True) is Presence.DOUBT
    assert presence(free_bed(), {STAY}, current=True) is Presence.FREE
    assert presence(free_bed(), {}, current=False) is Presence.DOUBT


def test_six_slots_in_their_order_and_silence_is_not_absence(zh: Catalogue) -> None:
    texts = slot_texts(zh, SLOTS)
    assert [text.mark for text in texts] == list("敏隔禁跌压管")
    assert [text.status for text in texts] == ["present"] * 4 + ["not_assessed", "absent"]
    assert (texts[0].word, texts[4].word) == ("青霉素过敏", "未评估")
    assert {text.status for text in slot_texts(zh, ())} == {"not_assessed"}
    unknown = dataclasses.replace(SLOTS[0], wording=Wording(key="newer.than.this"))
    assert slot_texts(zh, [unknown])[0].word == "newer.than.this"


def test_person(zh: Catalogue, en: Catalogue) -> None:
    assert person_text(zh, bedhead_stay()) == "男 67岁"
    assert person_text(en, bedhead_stay(sex=Sex.FEMALE, age_years=0)) == "female, under 1 year"
    assert person_text(en, bedhead_stay(sex=Sex.UNKNOWN, age_years=None)) == "sex not recorded"


def test_lines_stay_in_their_places(en: Catalogue) -> None:
    full = [(row.key, row.value) for row in info_rows(en, bedhead_stay())]
    assert full == [("doctor", "王建华"), ("nurse", "李敏"), ("diet", "禁食，听护士通知")]
    bare = [(row.key, row.value) for row in info_rows(en, bedhead_stay(team=(), diet=None))]
    assert bare == [("doctor", "not named"), ("nurse", "not named"), ("diet", "no order")]


def test_the_lamp_of_a_bed(zh: Catalogue) -> None:
    assert lamp(zh, [], TEAM, NOW).priority == ""
    waiting = lamp(zh, [call_view()], TEAM, NOW)
    assert (waiting.priority, waiting.flashing) == ("medium", True)
    assert (waiting.text, waiting.elapsed) == ("等待护士", "1:24")
    accepted = lamp(zh, [call_view(**ACCEPTED)], TEAM, NOW)
    assert (accepted.flashing, accepted.text) == (False, "李护士正在赶来")
    nobody = lamp(zh, [call_view(state=CallState.ACCEPTED, on_the_way="")], TEAM, NOW)
    assert (nobody.flashing, nobody.walking) == (False, False)
    closed = lamp(zh, [call_view(state=CallState.COMPLETED)], TEAM, NOW)
    assert closed.priority == ""


# ------------------------------------------------------------------------------------ as drawn


@pytest.mark.parametrize(
    "scene, size", spread(list(BEDHEAD), SIZES, always=lambda one: one[0] == "longest")
)
def test_nothing_is_cut(scene: str, size: tuple[int, int]) -> None:
    with stage("bedhead", BEDHEAD[scene], size=size) as on:
        found = []
        for language in ("zh_CN", "en"):
            on.model.setLanguage(language)
            on.settle()
            found += [f"{language}: {fault}" for fault in all_faults(on, size)]
        assert found + on.warnings == []


def glyph_height(item: QQuickItem) -> float:
    """Height of a Han character, or of a capital letter, as drawn."""
    han = any(character > "\u2e80" for character in str(item.property("text")))
    return QFontMetricsF(drawn_font(item)).tightBoundingRect("国" if han else "H").height()


@pytest.mark.parametrize("size", [(800, 1280), (1280, 800)])
@pytest.mark.parametrize("scene", ["calm", "coming", "longest-han"])
def test_read_at_two_metres(scene: str, size: tuple[int, int]) -> None:
    names = ["number", "name", "slot-allergy-mark", "slot-fall-mark"]
    names.append("level" if scene != "coming" else "lampTitle")
    with stage("bedhead", BEDHEAD[scene], size=size) as on:
        heights = {name: glyph_height(on.find(name)) for name in names}
        assert {n: h for n, h in heights.items() if h < READ_PX - 0.5} == {}


@pytest.fixture
def lit() -> Iterator[Stage]:
    with stage("bedhead", BEDHEAD["called"], size=(800, 1280)) as on:
        yield on


def test_it_becomes_the_lamp_and_keeps_the_level(lit: Stage) -> None:
    assert lit.text("lampTitle") == "病人呼叫"
    assert lit.text("lampText") == "等待护士"
    assert lit.text("lampElapsed") == "1:24"
    assert lit.text("levelBeside") == "一级护理"
    assert lit.text("conditionBeside") == "病重"
    lit.pass_time(60)
    assert lit.text("lampElapsed") == "2:24"


def test_it_flashes_until_accepted_then_stands(lit: Stage) -> None:
    assert lit.model.state()["flashing"] is True
    lit.replica.apply(50, [bedhead(calls=(call_view(**ACCEPTED),)).documents[-1]])
    lit.settle()
    assert lit.model.state()["flashing"] is False
    assert lit.find("lampFlash").opacity() == 1
    assert lit.text("lampText") == "李护士正在赶来"


def test_without_the_hub_a_call_stands_still() -> None:
    scene = bedhead(calls=(call_view(),))
    with stage("bedhead", scene, size=(800, 1280)) as on:
        on.link.phase, on.link.last_heard = Phase.OFFLINE, NOW
        on.link.changed()
        on.pass_time(90)
        assert on.text("lampElapsed") == "1:24"
        assert on.model.state()["flashing"] is False


def test_text_on_the_lamp_never_flashes(lit: Stage) -> None:
    ground = lit.find("lamp")
    for name in ("number", "lampTitle", "lampText", "lampElapsed"):
        item = lit.find(name)
        assert not ground.isAncestorOf(item)
        assert item.opacity() == 1


@pytest.mark.parametrize("call_class", list(CallClass))
def test_what_calls_is_said(call_class: CallClass) -> None:
    titles = ["病人呼叫", "卫生间呼叫", "请求支援", "紧急呼叫"]
    scene = bedhead(calls=(call_view(call_class=call_class),))
    with stage("bedhead", scene, size=(800, 1280)) as on:
        assert on.text("lampTitle") == dict(zip(CallClass, titles, strict=True))[call_class]


def test_nobody_calls_where_a_call_unit_is_lost() -> None:
    scene = bedhead(calls=(call_view(line_lost=True),))
    with stage("bedhead", scene, size=(800, 1280), language="en") as on:
        assert on.text("lampTitle") == "Call unit lost"


@pytest.mark.parametrize(
    "scene, message",
    [("doubt", "请核对"), ("too-old", "请核对"), ("empty", "空床")],
)
def test_a_wrong_name_is_worse_than_none(scene: str, message: str) -> None:
    with stage("bedhead", BEDHEAD[scene], size=(800, 1280)) as on:
        assert on.text("message") == message
        assert on.text("number") == "12"
        shown = " ".join(on.texts())
        for secret in ("张", "67", "青霉素", "李敏", "禁食", "一级"):
            assert secret not in shown


def test_a_silent_bed_is_its_number_and_nothing_else() -> None:
    with stage("bedhead", BEDHEAD["quiet"], size=(800, 1280)) as on:
        assert on.text("number") == "12"
        told = {item.objectName() for item in on.shown() if item.property("text")}
        assert told <= {"number", "time", "date"}
        call = bedhead(empty=True, bed=bed_view(occupants=(), silent=True), calls=(call_view(),))
        on.replica.apply(50, [call.documents[-1]])
        on.settle()
        assert on.text("lampTitle") == "病人呼叫", "calls go on"


def test_how_to_reach_the_person(zh: Catalogue, en: Catalogue) -> None:
    assert reach_rows(en, Profile()) == []
    assert reach_rows(en, Profile(hearing_impaired=False, language="en")) == []
    assert [row.text for row in reach_rows(zh, PROFILE)] == ["听力：请到床边说", "说粤语"]
    every = reach_rows(en, EVERY_PROFILE)
    assert [row.key for row in every] == ["hearing", "sight", "speech", "confused", "language"]
    assert every[-1].text == "Speaks Spanish"
    assert [r.text for r in reach_rows(en, Profile(language="sw-KE"))] == ["Speaks sw-KE"]
    assert reach_rows(zh, Profile(language="zh-Hans-CN")) == []


def test_a_nurses_word_of_the_profile_goes_before_the_record() -> None:
    scene = bedhead(stay=bedhead_stay(profile=PROFILE))
    with stage("bedhead", scene, size=(800, 1280)) as on:
        assert on.text("reachText-hearing") == "听力：请到床边说"
        note = ProfileView(
            encounter_id=STAY, profile=Profile(hearing_impaired=False, sight_impaired=True)
        )
        on.replica.apply(50, [doc("profile", STAY, note)])
        on.settle()
        assert not on.has("reach-hearing")
        assert on.has("reach-sight")
        assert on.has("reach-language"), "what she left open is the record's"


def test_the_words_of_the_profile_have_no_priority_colour() -> None:
    with stage("bedhead", BEDHEAD["longest-next"], size=(800, 1280)) as on:
        for key in ("hearing", "sight", "speech", "confused", "language"):
            colour = on.find(f"reach-{key}").property("color")
            assert colour.saturationF() < 0.1


def test_a_call_unit_that_is_lost_is_not_to_be_pressed(zh: Catalogue, en: Catalogue) -> None:
    with stage("bedhead", BEDHEAD["calm"], size=(800, 1280), language="en") as on:
        on.replica.apply(50, [call_point(lost=True)])
        on.settle()
        assert on.text("help") == en.text("bedhead.help_lost")
        assert "screen at the bed" in on.text("help")
        on.replica.apply(51, [unit("point-13", lost=False)])
        on.settle()
        assert on.text("help") == en.text("bedhead.help_other")
        on.model.setLanguage("zh_CN")
        on.settle()
        assert on.text("help") == zh.text("bedhead.help_other")
        ringing = call_view(call_class=CallClass.NORMAL, line_lost=True)
        on.replica.apply(52, [doc("nurse_call", "call-9", ringing)])
        on.settle()
        assert on.text("help") == zh.text("bedhead.help_other_told"), "only while it rings"
        on.replica.apply(
            53, [doc("nurse_call", "call-9", dataclasses.replace(ringing, line_lost=False))]
        )
        on.settle()
        assert on.text("help") == zh.text("bedhead.help_other"), "somebody's own call stands"
        cord = unit("point-12", lost=True, call_class=CallClass.BATHROOM)
        on.replica.apply(54, [cord])
        on.settle()
        assert on.text("help") == zh.text("bedhead.help"), "a cord is not at the bed"


def test_an_estimated_time_and_the_kind_are_told_as_on_the_corridor() -> None:
    with stage("bedhead", BEDHEAD["bathroom"], size=(800, 1280)) as on:
        assert on.text("lampElapsed") == "≈1:24"
        assert on.model.property("lampIcon") == "toilet"


def test_who_has_been_there_for_long_is_asked_whether_they_are() -> None:
    with stage("bedhead", BEDHEAD["overdue"], size=(800, 1280), language="en") as on:
        assert on.text("help") == "Still in the room? Nurse Li, since 09:18"


def test_the_next_call_is_of_another_bed() -> None:
    with stage("bedhead", BEDHEAD["next"], size=(800, 1280), language="en") as on:
        assert on.text("help") == "Nurse Li in the room since 10:02"
        assert (on.text("elsewhereLead"), on.text("elsewhereBed"), on.text("elsewhereKind")) == (
            "Another bed calls",
            "Bed 18",
            "Call",
        )
        assert not on.has("lamp")
        assert on.text("number") == "12"
        on.replica.apply(50, [], [Gone("presence", "his.bed-12")])
        on.settle()
        assert not on.has("elsewhere")
        assert on.text("help") == "Need help? Press the call unit"


def test_a_narrow_page_keeps_what_the_person_may_eat() -> None:
    """Who looks after the bed gives way first."""
    with stage("bedhead", BEDHEAD["next-emergency"], size=(800, 1280), language="en") as on:
        assert "禁食，听护士通知" in on.texts()
        assert "王建华" not in on.texts()
        assert on.text("elsewhereBed") == "Bed 加12A"


def test_an_absent_precaution_keeps_its_place_empty() -> None:
    absent = tuple(dataclasses.replace(p, state=Assessment.ABSENT) for p in SLOTS[:2])
    scene = bedhead(stay=bedhead_stay(precautions=(*absent, *SLOTS[2:])))
    with stage("bedhead", BEDHEAD["calm"], size=(800, 1280)) as on:
        before = box(on.find("slot-fall"))
    with stage("bedhead", scene, size=(800, 1280)) as on:
        assert box(on.find("slot-fall")) == before
        assert not on.has("slot-allergy-mark")


def test_levels_have_the_hospitals_colours_and_words() -> None:
    scene = bedhead(stay=bedhead_stay(nursing_level=NursingLevel.THREE))
    with stage("bedhead", scene, size=(800, 1280)) as on:
        assert on.text("level") == "三级护理"
        assert on.model.property("levelColor") == "#2E7D32"
    none = bedhead(stay=bedhead_stay(nursing_level=None))
    with stage("bedhead", none, size=(800, 1280)) as on:
        assert not on.has("level")
        assert on.model.property("levelColor") == ""


def test_offline_says_the_age_and_goes_on() -> None:
    with stage("bedhead", BEDHEAD["offline"], size=(800, 1280)) as on:
        assert "09:42" in on.text("linkBanner")
        assert on.text("name") == "张＊国"
        assert on.text("dripEstimated") == "估计"
