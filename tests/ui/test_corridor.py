"""The corridor: every call in order, read at 8 m, nothing hidden that is high, and no name."""

import dataclasses
import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.priority import Priority
from smartward.config import Settings
from smartward.i18n import Catalogue
from smartward.screen.corridor_rows import PAGE_S, age, in_order, more, page_of, rows
from smartward.screen.corridor_sound import LOST_FOR, CorridorSound
from smartward.screen.link import Phase
from smartward.wire.call_view import CorridorCall
from smartward.wire.envelope import Gone
from smartward.wire.views import CorridorBed
from tests.ui.bed_checks import cut_texts, overlapping_texts
from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.bed_ward import BLANK, NOW, OFFLINE, doc
from tests.ui.corridor_scenes import (
    ALARM,
    CORRIDOR,
    CORRIDOR_CALLS,
    corridor,
    corridor_bed,
    corridor_call,
)
from tests.ui.test_bedhead import glyph_height

SIZES = [(1920, 1080), (1920, 360), (1080, 1920)]
READ_PX = 94
"""Han or capital height of what is read at 8 m on 43 inches of 1920x1080: 47 mm, 20 arc minutes."""
NO_LOSS = timedelta(0)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture(scope="module")
def zh() -> Catalogue:
    return Catalogue("zh_CN", ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def en() -> Catalogue:
    return Catalogue("en", ZoneInfo("Asia/Shanghai"))


def numbers(calls: list[CorridorCall] | tuple[CorridorCall, ...]) -> list[str]:
    return [call.bed_id.removeprefix("his.bed-") for call in calls]


# -------------------------------------------------------------------------------- order and places


def test_the_order_is_the_queues() -> None:
    emergency = corridor_call("18", 1, call_class=CallClass.EMERGENCY, **ALARM)
    closed = corridor_call("9", 900, state=CallState.COMPLETED)
    found = in_order([*CORRIDOR_CALLS, emergency, closed])
    assert numbers(found) == ["18", "31", "20", "7", "12", "加12"]


def test_all_have_a_place_while_they_fit() -> None:
    page = page_of(in_order(CORRIDOR_CALLS), 5, NOW)
    assert (len(page.shown), page.hidden) == (5, ())


def test_what_nobody_answered_goes_before_what_somebody_did() -> None:
    page = page_of(in_order(CORRIDOR_CALLS), 4, NOW)
    assert numbers(page.shown) == ["31", "12", "加12"]
    assert numbers(page.hidden) == ["20", "7"]


def test_the_last_place_tells_how_many_more(zh: Catalogue, en: Catalogue) -> None:
    page = page_of(in_order(CORRIDOR_CALLS), 4, NOW)
    assert (more(en, page, live=True).text, more(zh, page, live=True).text) == (
        "+2 more",
        "还有 2 个",
    )
    assert more(en, page, live=True).flashing is False, "both are answered"
    every = page_of(in_order(CORRIDOR_CALLS), 9, NOW)
    assert more(en, every, live=True).text == ""


@given(
    highs=st.integers(0, 40),
    others=st.integers(0, 40),
    places=st.integers(0, 14),
    second=st.integers(0, 600),
)
def test_no_high_call_is_left_to_a_count(highs: int, others: int, places: int, second: int) -> None:
    """Within one turn of the pages every high call stands there; nothing is lost or doubled."""
    calls = in_order(
        [
            *(corridor_call(f"h{n}", n, **ALARM) for n in range(highs)),
            *(corridor_call(f"m{n}", n) for n in range(others)),
        ]
    )
    at = NOW + timedelta(seconds=second)
    page = page_of(calls, places, at)
    assert sorted(numbers(page.shown + page.hidden)) == sorted(numbers(calls))
    assert len(page.shown) + (1 if page.hidden else 0) <= max(2, places)
    turn = [page_of(calls, places, at + timedelta(seconds=PAGE_S * n)) for n in range(page.of)]
    seen = {call.id for each in turn for call in each.shown}
    assert {call.id for call in calls if call.priority is Priority.HIGH} <= seen


def test_words_of_a_row(zh: Catalogue, en: Catalogue) -> None:
    beds = {"his.bed-加12": corridor_bed("加12", "3-05")}
    coming = corridor_call("加12", 84, state=CallState.ACCEPTED, estimated=True)
    (row,) = rows(zh, [coming], beds, NOW, live=True)
    assert (row.number, row.kind, row.sub) == ("加12", "呼叫", "3-05房 · 有人前往")
    assert (row.age, row.stage, row.flashing) == ("≈1:24", "coming", False)
    kinds = [corridor_call("1", 1, call_class=one) for one in CallClass]
    assert [r.kind for r in rows(en, kinds, {}, NOW, live=True)] == [
        "Call",
        "Bathroom",
        "Assist",
        "Emergency",
    ]
    assert {r.number for r in rows(en, kinds, {}, NOW, live=True)} == {"?"}
    assert not any(r.flashing for r in rows(en, kinds, {}, NOW, live=False))


def test_who_asks_again_waits_again(en: Catalogue) -> None:
    again = corridor_call("7", 400, state=CallState.ACCEPTED, asks_again=True)
    (row,) = rows(en, [again], {}, NOW, live=True)
    assert (row.stage, row.flashing) == ("waiting", True)
    page = page_of(in_order([*CORRIDOR_CALLS[:3], CORRIDOR_CALLS[4], again]), 4, NOW)
    assert "7" in numbers(page.shown)


def test_a_lost_call_unit_is_not_told_as_somebody_who_calls(zh: Catalogue) -> None:
    (row,) = rows(zh, [corridor_call("12", 5, line_lost=True)], {}, NOW, live=True)
    assert (row.kind, row.icon) == ("断线", "power-plug-off-outline")
    ears, _ = hear("all", corridor_call("12", 0, line_lost=True))
    assert ears.said[0][0] == "line_lost"


@pytest.mark.parametrize(
    "seconds, said", [(-5, "0:00"), (84, "1:24"), (3599, "59:59"), (3600, "1 h+"), (40000, "11 h+")]
)
def test_an_age_stays_short(en: Catalogue, seconds: float, said: str) -> None:
    assert age(en, NOW - timedelta(seconds=seconds), NOW) == said


# ------------------------------------------------------------------------------------------ sound


class Ears:
    """Hears what the device is told to sound and say."""

    def __init__(self) -> None:
        self.alarms: list[tuple[Priority | None, bool]] = []
        self.said: list[tuple[str, dict[str, str], Priority, str]] = []

    def set_alarm(self, priority: Priority | None, *, unbroken: bool = False) -> None:
        self.alarms.append((priority, unbroken))

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        assert expires_s > 0
        self.said.append((prompt_key, values, priority, lang))


EMERGENCY = corridor_call("加12", 0, call_class=CallClass.EMERGENCY, **ALARM)
ASSIST = corridor_call("7", 0, call_class=CallClass.ASSIST, **ALARM)
BATHROOM = corridor_call("31", 0, call_class=CallClass.BATHROOM, **ALARM)
NORMAL = corridor_call("20", 0)


def hear(
    choice: str, *calls: CorridorCall, seconds: float = 0, lost: timedelta = NO_LOSS
) -> tuple[Ears, CorridorSound]:
    """What is heard of `calls` from now until `seconds` later."""
    ears, sound = Ears(), CorridorSound(choice)
    sound.connect(ears)
    beds: dict[str, CorridorBed] = {
        call.bed_id: corridor_bed(call.bed_id.removeprefix("his.bed-")) for call in calls
    }
    for second in range(int(seconds) + 1):
        sound.step(calls, beds, "zh_CN", NOW + timedelta(seconds=second), lost)
    return ears, sound


@pytest.mark.parametrize(
    "choice, heard",
    [
        ("none", []),
        ("staff", ["emergency_call", "assist_call"]),
        ("high", ["emergency_call", "assist_call", "bathroom_call"]),
        ("all", ["emergency_call", "assist_call", "bathroom_call", "bed_call"]),
    ],
)
def test_each_choice_lets_its_classes_be_heard(choice: str, heard: list[str]) -> None:
    ears, _ = hear(choice, EMERGENCY, ASSIST, BATHROOM, NORMAL)
    assert [prompt for prompt, *_ in ears.said] == heard


def test_by_default_only_what_staff_ask_of_staff() -> None:
    ears, sound = hear(Settings().corridor_sounds, BATHROOM, NORMAL)
    assert (ears.said, sound.now.priority) == ([], None)


def test_an_emergency_is_said_with_its_room_every_ten_seconds() -> None:
    ears, sound = hear("staff", EMERGENCY, seconds=25)
    place = {"room": "305", "bed": "加12"}
    assert ears.said == [("emergency_call", place, Priority.HIGH, "zh_CN")] * 3
    assert ears.alarms == [(None, False), (Priority.HIGH, True)]
    assert sound.now.unbroken


def test_it_sounds_again_when_it_asks_again() -> None:
    ears, sound = hear("staff", ASSIST)
    accepted = dataclasses.replace(ASSIST, state=CallState.ACCEPTED)
    later = NOW + timedelta(seconds=60)
    sound.step([accepted], {}, "zh_CN", later, NO_LOSS)
    sound.step([dataclasses.replace(accepted, asks_again=True)], {}, "zh_CN", later, NO_LOSS)
    assert ears.alarms[-1] == (Priority.HIGH, False)
    assert len(ears.said) == 2


def test_it_falls_silent_when_somebody_accepts() -> None:
    ears, sound = hear("staff", ASSIST)
    accepted = dataclasses.replace(ASSIST, state=CallState.ACCEPTED)
    sound.step([accepted], {}, "zh_CN", NOW + timedelta(seconds=60), NO_LOSS)
    assert ears.alarms[-1] == (None, False)
    assert len(ears.said) == 1


def test_a_normal_call_that_became_high_is_said_again() -> None:
    ears, sound = hear("all", NORMAL, seconds=30)
    assert len(ears.said) == 1
    raised = dataclasses.replace(NORMAL, **ALARM)
    sound.step([raised], {}, "en", NOW + timedelta(seconds=31), NO_LOSS)
    assert ears.said[-1] == ("bed_call", {"room": "", "bed": ""}, Priority.HIGH, "en")


def test_after_a_broken_link_an_alarm_ends_by_itself() -> None:
    """Nobody here could end it; the station sounds by itself."""
    ears, sound = hear("staff", EMERGENCY, lost=LOST_FOR - timedelta(seconds=1))
    assert sound.now.priority is Priority.HIGH
    sound.step([EMERGENCY], {}, "zh_CN", NOW, LOST_FOR)
    assert ears.alarms[-1] == (None, False)


def test_the_clock_set_back_puts_no_words_off() -> None:
    ears, sound = hear("staff", EMERGENCY)
    sound.step([EMERGENCY], {}, "zh_CN", NOW - timedelta(hours=1), NO_LOSS)
    assert len(ears.said) == 2


# ---------------------------------------------------------------------------------------- as drawn


@pytest.mark.parametrize("scene", list(CORRIDOR))
def test_nothing_is_cut(scene: str) -> None:
    with stage("corridor", CORRIDOR[scene], size=SIZES[0]) as on:
        found = []
        for size, language, look in itertools.product(SIZES, ["zh_CN", "en"], ["day", "night"]):
            on.window.resize(*size)
            on.model.setLanguage(language)
            on.model.set_appearance(look)
            on.settle()
            faults = [*cut_texts(on), *overlapping_texts(on)]
            found += [f"{size} {language} {look}: {fault}" for fault in faults]
        assert found + on.warnings == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", ["calls", "emergency", "thirty", "thirty-high", "offline"])
def test_read_at_eight_metres(scene: str, size: tuple[int, int], language: str) -> None:
    """Bed, kind and age of every call that stands there, and how many more there are."""
    with stage("corridor", CORRIDOR[scene], size=size, language=language) as on:
        wanted = ("number-", "kind-", "age-", "more", "asOfCalls")
        read = [item for item in on.shown() if item.objectName().startswith(wanted)]
        told = [item for item in read if item.property("text")]
        assert len(told) >= 2
        small = {f"{i.objectName()} {glyph_height(i):.0f}" for i in told if glyph_height(i) < 93.5}
        assert small == set()


@pytest.mark.parametrize("size, places", [((1920, 1080), 6), ((1920, 360), 2), ((1080, 1920), 6)])
def test_few_calls_have_a_whole_line(size: tuple[int, int], places: int) -> None:
    scene = corridor(*(corridor_call(str(n), n) for n in range(1, places + 1)))
    with stage("corridor", scene, size=size) as on:
        assert sum(item.objectName().startswith("kind-") for item in on.shown()) == places
        assert not on.has("more")


def test_thirty_calls_say_how_many_are_not_shown() -> None:
    with stage("corridor", CORRIDOR["thirty"], size=SIZES[0]) as on:
        assert sum(item.objectName().startswith("number-") for item in on.shown()) == 11
        assert on.text("more") == "还有 17 个"
        assert on.text("count") == "26 个呼叫在等"
        assert on.text("number-call-31") == "31", "the high one stands first"


def test_the_pages_of_many_high_calls_turn() -> None:
    with stage("corridor", CORRIDOR["thirty-high"], size=SIZES[0]) as on:
        seen: set[str] = set()
        for _ in range(3):
            shown = {str(i.property("text")) for i in on.shown() if "number-" in i.objectName()}
            seen |= shown
            on.pass_time(PAGE_S)
        assert seen == {str(n) for n in range(1, 31)}


def test_it_flashes_until_accepted_then_stands() -> None:
    with stage("corridor", CORRIDOR["one"], size=SIZES[0]) as on:
        frame = on.find("frame-call-12")
        assert frame.property("flashing") is True
        assert not on.has("answered-call-12")
        accepted = corridor_call("12", 84, state=CallState.ACCEPTED)
        on.replica.apply(60, [doc("nurse_call", accepted.id, accepted)])
        on.settle()
        assert frame.property("flashing") is False
        assert on.has("answered-call-12")
        assert on.text("sub-call-12") == "305房 · 有人前往"
        on.replica.apply(61, [], [Gone("nurse_call", accepted.id)])
        on.settle()
        assert on.text("headline") == "无人呼叫"


def test_ages_go_on_each_second() -> None:
    with stage("corridor", CORRIDOR["one"], size=SIZES[0]) as on:
        assert on.text("age-call-12") == "1:24"
        assert on.model.countsSeconds
        on.pass_time(36)
        assert on.text("age-call-12") == "2:00"


def test_text_never_flashes() -> None:
    with stage("corridor", CORRIDOR["calls"], size=SIZES[0]) as on:
        for name in ("number-call-12", "kind-call-12", "age-call-12", "icon-call-12"):
            item = on.find(name)
            assert not on.find("frame-call-12").isAncestorOf(item)
            assert item.opacity() == 1


def test_nobody_waits_and_the_link_is_good_since() -> None:
    with stage("corridor", CORRIDOR["calm"], size=SIZES[0], language="en") as on:
        assert on.text("headline") == "Nobody is waiting"
        assert on.text("detail") == "Connected to the ward hub since 10:05"
        assert not on.model.countsSeconds


def lose(on: Stage, minutes: float) -> None:
    """The hub is gone for so long."""
    on.link.phase = Phase.OFFLINE
    on.link.lost_at = on.link.last_heard = on.clock.now()
    on.clock.advance(60 * minutes)
    on.link.changed()
    on.settle()


def test_a_lost_link_is_told_with_the_time_of_what_is_shown() -> None:
    with stage("corridor", CORRIDOR["one"], size=SIZES[0]) as on:
        lose(on, 10)
        assert on.text("asOfCalls") == "10:05 时的呼叫"
        assert "10:05" in on.text("lostDetail")
        assert "有线呼叫灯" in on.text("lostDetail")
        assert on.text("age-call-12") == "1:24", "whether it still waits is not known"
        assert not on.has("frame-call-12")
        assert on.text("count") == ""


def test_without_calls_and_link_it_says_that_it_cannot_know() -> None:
    with stage("corridor", CORRIDOR["calm"], size=SIZES[0], language="en") as on:
        lose(on, 1)
        assert on.text("headline") == "Calls not known"
        assert "Nobody" not in " ".join(on.texts())
        on.link.phase, on.link.lost_at = Phase.LIVE, None
        on.link.changed()
        on.settle()
        assert on.text("detail") == "Connected to the ward hub since 10:06"


def test_a_hub_that_cannot_store_is_no_calm_and_calls_stay_lit() -> None:
    for scene, head in (("calm", "headline"), ("one", "asOfCalls")):
        with stage("corridor", CORRIDOR[scene], size=SIZES[0], language="en") as on:
            on.link.hub_stores = False
            on.link.changed()
            on.settle()
            said = " ".join(on.texts())
            assert on.text(head) == (
                "Calls not known" if scene == "calm" else "New calls may not show"
            )
            assert "cannot store" in said
            assert "Nobody" not in said
            assert on.has("frame-call-12") is (scene == "one")
            on.link.hub_stores = True
            on.link.changed()
            on.settle()
            assert "cannot store" not in " ".join(on.texts())


def test_what_is_gone_when_the_link_returns_was_never_called() -> None:
    with stage("corridor", CORRIDOR["never"], size=SIZES[0], language="en") as on:
        assert on.text("headline") == "Calls not known"
        assert on.text("detail").startswith("The ward hub has not been reached since")


@pytest.mark.parametrize("scene", list(BLANK))
@pytest.mark.parametrize("role", ["corridor", "door", "bedhead"])
def test_who_has_heard_nothing_is_never_calm(role: str, scene: str) -> None:
    """It says that it knows nothing, and why."""
    why = {
        "never": "has not been reached",
        "not-enrolled": "not enrolled with the ward hub",
        "refused": f"enrolled as “Bedside” but was started as “{role.title()}”",
    }
    with stage(role, BLANK[scene], size=(1080, 1920), language="en") as on:
        told = " ".join(on.texts())
        assert why[scene] in told
        assert not any(calm in told for calm in ("Nobody", "No call"))
        on.model.setLanguage("zh_CN")
        on.settle()
        told = " ".join(on.texts())
        assert not any(calm in told for calm in ("无呼叫", "无人"))
        assert why[scene] not in told


def test_old_hospital_data_is_no_matter_here() -> None:
    """Calls do not come from there."""
    late: datetime = OFFLINE["his_as_of"]
    with stage("corridor", corridor(his_as_of=late, his_up=False), size=SIZES[0]) as on:
        assert on.text("headline") == "无人呼叫"
        assert not on.has("linkBanner")


def test_extra_beds_are_themselves() -> None:
    with stage("corridor", CORRIDOR["longest"], size=SIZES[0], language="en") as on:
        assert on.text("number-call-加12A") == "加12A"


def test_a_fault_of_the_screen_is_told() -> None:
    with stage("corridor", CORRIDOR["calm"], size=SIZES[0], language="en") as on:
        on.model.set_faults(frozenset({"sound.no_device"}))
        on.settle()
        assert on.text("fault").startswith("No loudspeaker")


def test_the_first_column_holds_the_most_urgent() -> None:
    with stage("corridor", CORRIDOR["thirty"], size=SIZES[0]) as on:
        first, second = box(on.find("call-call-31")), box(on.find("call-call-27"))
        assert (first.left(), first.top() < second.top()) == (second.left(), True)
