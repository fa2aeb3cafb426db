"""The bedside's sentences: greeting, the day, fasting, the drip, receipts, readings, prompts."""

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.call_mark import PROVED, RAISED_BY_PRESSES
from smartward.clinical.encounter import Sex
from smartward.clinical.infusion import InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import Actor, CallReason, CallState, Mark, MarkKind
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.priority import Priority
from smartward.i18n import TABLE, Catalogue
from smartward.screen.beds_drip import DripText, drip_text
from smartward.screen.beds_names import Namer
from smartward.screen.bedside_call import (
    PATIENCE_S,
    CallContext,
    CallText,
    OwnCall,
    call_text,
    stage_of,
)
from smartward.screen.bedside_care import readings, team_rows
from smartward.screen.bedside_day import Day, day, greeting, team_line
from smartward.screen.bedside_voice import Heard, prompts, unanswered_count
from smartward.wire.call_view import BedsideCall
from smartward.wire.views import PlanView, TeamView
from tests.ui.bed_ward import LONG, NOW, ROSTER, TEAM, at, infusion
from tests.ui.bedside_scenes import (
    PLAN,
    VITALS,
    bedside_call,
    bedside_stay,
    coming,
    plan_item,
    unanswered,
    vital,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def en() -> Catalogue:
    return Catalogue("en", SHANGHAI)


@pytest.fixture(scope="module")
def zh() -> Catalogue:
    return Catalogue("zh_CN", SHANGHAI)


# ------------------------------------------------------------------------------------- greeting


@pytest.mark.parametrize(
    "hour, sex, english, chinese",
    [
        (8, Sex.MALE, "Good morning, Mr Zhang", "张先生，早上好"),
        (14, Sex.FEMALE, "Good afternoon, Ms Zhang", "张女士，下午好"),
        (19, Sex.MALE, "Good evening, Mr Zhang", "张先生，晚上好"),
        (2, Sex.MALE, "Good night, Mr Zhang", "张先生，夜里好"),
        (8, Sex.UNKNOWN, "Good morning", "早上好"),
        (8, Sex.OTHER, "Good morning", "早上好"),
    ],
)
def test_greeting_by_hour_sex_and_language(
    en: Catalogue, zh: Catalogue, hour: int, sex: Sex, english: str, chinese: str
) -> None:
    now = datetime(2026, 11, 21, hour, 30, tzinfo=SHANGHAI).astimezone(UTC)
    stay = bedside_stay(sex=sex)
    assert greeting(en, stay, now, known=True) == english
    assert greeting(zh, stay, now, known=True) == chinese


def test_no_name_without_certainty(en: Catalogue) -> None:
    assert greeting(en, bedside_stay(), NOW, known=False) == "Good morning"
    assert greeting(en, bedside_stay(family=""), NOW, known=True) == "Good morning"
    assert greeting(en, None, NOW, known=True) == "Good morning"


def test_titles_and_scripts(en: Catalogue, zh: Catalogue) -> None:
    assert Namer(en).staff("曾", "nurse") == "Nurse Zeng"
    assert Namer(en).staff("单", "doctor") == "Dr Shan"
    assert Namer(en).staff("欧阳", "head_nurse") == "Head Nurse Ouyang"
    assert Namer(en).staff("Okafor", "nurse") == "Nurse Okafor"
    assert Namer(zh).staff("曾", "nurse") == "曾护士"
    # Who accepts is a nurse, unless the team knows the name as somebody else only.
    assert Namer(en).coming("王", TEAM) == "Dr Wang"
    assert Namer(en).coming("孙", TEAM) == "Nurse Sun"
    both = (*TEAM, TeamView(name="王芳", family="王", role="nurse"))
    assert Namer(en).coming("王", both) == "Nurse Wang"


def test_team_line_says_what_is_known(en: Catalogue) -> None:
    assert team_line(en, "Bed 12", TEAM) == "Bed 12 · Nurse Li and Dr Wang look after you today"
    assert team_line(en, "Bed 12", TEAM[:1]) == "Bed 12 · Dr Wang looks after you today"
    assert team_line(en, "Bed 12", ()) == "Bed 12"


# -------------------------------------------------------------------------------------- the day


def shown(catalogue: Catalogue, *items: PlanView, now: datetime = NOW, **stay: Any) -> Day:
    return day(catalogue, bedside_stay(**stay), items, now)


def test_the_day_of_the_design(en: Catalogue) -> None:
    rows = shown(en, *reversed(PLAN)).rows
    assert [(r.time, r.title, r.status, r.when) for r in rows] == [
        ("08:00", "Medicine", "done", ""),
        ("10:30", "Scan", "next", "in 25 min"),
        ("12:00", "Lunch", "later", ""),
        ("14:00", "Therapy", "later", ""),
    ]
    assert rows[1].note == "Nothing to eat or drink until a nurse says so"
    assert rows[2].note == "Ask a nurse before eating or drinking"
    assert shown(en, *PLAN, nil_by_mouth=False).rows[2].note == ""


def test_fasting_ends_by_its_order_never_by_the_clock(en: Catalogue) -> None:
    scan = plan_item("scan", PlanKind.SCAN, -20, fasting=True)
    passed = shown(en, scan)
    assert passed.rows[0].note == "Ask a nurse before eating or drinking"
    done = dataclasses.replace(scan, status=PlanStatus.DONE)
    still = shown(en, done)
    assert still.fasting == "Nothing to eat or drink until a nurse says so"
    assert "do not eat" in still.spoken
    ended = shown(en, done, nil_by_mouth=False)
    assert ended.fasting == ""
    assert "eat" not in ended.spoken


@given(
    minutes=st.lists(st.integers(-600, 800), max_size=6),
    after=st.integers(0, 600),
    fasting_item=st.booleans(),
)
def test_fasting_is_always_said(minutes: list[int], after: int, fasting_item: bool) -> None:
    """Whatever is planned and however late it is: while the order stands, the card says so."""
    catalogue = Catalogue("en", SHANGHAI)
    items = [
        plan_item(str(i), PlanKind.SCAN, minute, fasting=fasting_item)
        for i, minute in enumerate(minutes)
    ]
    card = shown(catalogue, *items, now=NOW + timedelta(minutes=after))
    said = [card.fasting, *(row.note for row in card.rows)]
    assert any("eat or drink" in text or "before eating" in text for text in said)
    assert "until a nurse says so" in card.spoken


def test_what_is_long_past_is_not_next(en: Catalogue) -> None:
    lunch = plan_item("lunch", PlanKind.MEAL, -31)
    test = plan_item("test", PlanKind.TEST, 90)
    card = shown(en, lunch, test, nil_by_mouth=False)
    assert [(r.status, r.note, r.when) for r in card.rows] == [
        ("past", "The time has passed: ask a nurse", ""),
        ("next", "", "in 1 h 30 min"),
    ]


def test_waits_are_whole_minutes_and_never_negative(en: Catalogue) -> None:
    def when(minutes: float, status: PlanStatus = PlanStatus.PLANNED) -> str:
        item = plan_item("x", PlanKind.TEST, minutes, status)
        return shown(en, item, nil_by_mouth=False).rows[0].when

    assert when(1) == "in 1 min"
    assert when(0) == "due now"
    assert when(-10) == "not done yet"
    assert when(-10, PlanStatus.IN_PROGRESS) == "now"
    assert when(120) == "in 2 h"


def test_tomorrow_comes_when_today_is_over(en: Catalogue) -> None:
    tonight = datetime(2026, 11, 21, 21, 0, tzinfo=SHANGHAI)
    done = plan_item("a", PlanKind.MEAL, -100, PlanStatus.DONE)
    tomorrow = plan_item("b", PlanKind.SCAN, 24 * 60 - 180)
    card = shown(en, done, tomorrow, now=tonight, nil_by_mouth=False)
    assert [row.title for row in card.rows] == ["Breakfast", "Tomorrow: Scan"]
    assert card.next_index == -1
    assert shown(en, nil_by_mouth=False).empty == "Nothing more is planned today"


def test_a_card_aloud_names_kinds_and_times_only(zh: Catalogue) -> None:
    assert shown(zh, *PLAN).spoken.startswith("接下来：10:30，影像检查。")


# -------------------------------------------------------------------------------------- the drip


def drip(catalogue: Catalogue, link_up: bool = True, **changes: Any) -> DripText:
    return drip_text(catalogue, [infusion(**changes)], link_up, NOW)


def test_a_live_drip_says_about_how_long(en: Catalogue, zh: Catalogue) -> None:
    text = drip(en)
    assert text.headline == "about 47 min left"
    assert text.estimated == ""
    assert text.fraction == pytest.approx(118.7 / 500, abs=0.001)
    assert drip(zh).headline == "约剩 47 分钟"


@pytest.mark.parametrize(
    "changes",
    [
        {"source": VolumeSource.ESTIMATED},
        {"measured_at": at(-9)},
        {"link_up": False},
    ],
)
def test_a_volume_without_a_live_sensor_says_estimated(
    en: Catalogue, changes: dict[str, Any]
) -> None:
    text = drip(en, **changes)
    assert text.estimated == "estimated"
    assert text.headline.startswith("about ")


@pytest.mark.parametrize(
    "changes",
    [
        {"source": VolumeSource.SENSOR_LOST, "measured_at": at(-31)},
        {"measured_at": at(-31)},
        {"measured_at": at(5)},
    ],
)
def test_a_dead_sensor_shows_a_dash_and_its_last_time(
    en: Catalogue, changes: dict[str, Any]
) -> None:
    text = drip(en, **changes)
    assert text.headline == "—"
    assert text.fraction == -1
    time = en.time(changes["measured_at"])
    assert text.detail == f"No signal from the drip sensor since {time}"


def test_paused_ended_and_several(en: Catalogue) -> None:
    assert drip(en, status=InfusionStatus.PAUSED).headline == "paused"
    assert drip(en, left_ml=0.0).headline == "should be finished"
    assert "has been told" in drip(en, left_ml=0.0).detail
    assert "told" not in drip(en, link_up=False, left_ml=0.0).detail
    assert drip(en, rate_ml_h=0.0).headline == "—"
    two = [infusion(id="b", left_ml=400.0), infusion(id="a")]
    text = drip_text(en, two, True, NOW)
    assert (text.headline, text.more) == ("about 47 min left", "One more drip is running")
    gone = [infusion(status=InfusionStatus.ENDED), infusion(status=InfusionStatus.STOPPED)]
    assert not drip_text(en, gone, True, NOW).running


# --------------------------------------------------------------------------------- the receipts


def page(
    catalogue: Catalogue,
    told: BedsideCall | None,
    *,
    waited: float = 0.0,
    link_up: bool = True,
    falls: bool = False,
    wire_lost: bool = False,
    **own: Any,
) -> CallText:
    about = CallContext(
        catalogue=catalogue,
        bed="12",
        team=TEAM,
        roster=ROSTER,
        link_up=link_up,
        falls=falls,
        wire_lost=wire_lost,
    )
    placed = NOW - timedelta(seconds=84)
    call = OwnCall(placed_at=placed, told=told, waited_s=waited, **own)
    return call_text(call, about, NOW)


def receipts(text: CallText) -> list[str]:
    return [receipt.status for receipt in text.receipts]


SENT = bedside_call(seen_by_station=False)
SEEN = bedside_call()
COMING = coming()
HERE = coming(state=CallState.IN_PROGRESS, present=True)


@pytest.mark.parametrize(
    "told, statuses, stage",
    [
        (None, ["waiting", "waiting", "waiting"], 0),
        (SENT, ["done", "waiting", "waiting"], 1),
        (SEEN, ["done", "done", "waiting"], 2),
        (COMING, ["done", "done", "done"], 3),
        (HERE, ["done", "done", "done"], 4),
    ],
)
def test_a_receipt_is_ticked_only_when_it_has_come(
    en: Catalogue, told: BedsideCall | None, statuses: list[str], stage: int
) -> None:
    assert receipts(page(en, told)) == statuses
    assert stage_of(told) == stage


def test_a_press_after_somebody_was_there_waits_for_an_answer_anew(
    en: Catalogue, zh: Catalogue
) -> None:
    """Who is marked present may have left: only a helper who is asked for leaves them there."""
    there = (*HERE.marks, Mark(kind=MarkKind.PRESENT, at=at(-6)))
    helped = (*there, Mark(kind=MarkKind.REINFORCED, at=at(-5)))
    assert stage_of(dataclasses.replace(HERE, marks=helped)) == 4
    pressed = (*there, Mark(kind=MarkKind.PRESSED, at=NOW))
    again = dataclasses.replace(HERE, marks=pressed, presses=2, last_press_at=NOW)
    for words, title in ((en, "Called again, waiting"), (zh, "已再次呼叫，等待应答")):
        assert page(words, again).title == title
    assert receipts(page(en, again)) == ["done", "done", "waiting"]
    assert "told again" in page(en, again).truth
    marks = (*pressed, Mark(kind=MarkKind.ESCALATED, at=NOW))
    late = dataclasses.replace(again, marks=tuple(
        dataclasses.replace(m, at=m.at - timedelta(seconds=n)) for m, n in
        zip(marks, (300, 300, 300, 300, 240), strict=True)))  # fmt: skip
    assert page(en, late).title == "No answer yet"
    back = (*pressed, Mark(kind=MarkKind.PRESENT, at=NOW))
    assert stage_of(dataclasses.replace(again, marks=back)) == 4


@pytest.mark.parametrize(
    "told, late, words",
    [
        (None, ["late", "waiting", "waiting"], "Stored, not sent yet"),
        (SENT, ["done", "late", "waiting"], "Not shown at a station yet"),
        (SEEN, ["done", "done", "late"], "No nurse has answered yet"),
    ],
)
def test_within_five_seconds_the_truth_and_the_wired_unit(
    en: Catalogue, told: BedsideCall | None, late: list[str], words: str
) -> None:
    early = page(en, told, waited=PATIENCE_S - 0.1)
    assert "late" not in receipts(early)
    assert not early.warning
    after = page(en, told, waited=PATIENCE_S)
    assert receipts(after) == late
    assert after.warning
    assert words in after.truth
    assert "wired call unit" in after.truth


def test_a_name_only_when_that_person_accepted(en: Catalogue, zh: Catalogue) -> None:
    assert page(en, COMING).receipts[2].text == "Nurse Li is coming"
    assert page(en, COMING).receipts[2].icon == "walk"
    assert page(zh, COMING).title == "李护士正在赶来"
    nobody = page(en, coming(on_the_way="", marks=()))
    assert nobody.receipts[2].text == "A nurse has seen your call"
    assert nobody.receipts[2].icon != "walk"
    assert "Li" not in nobody.title
    wang = Actor(device_id="s", person_id="his.p-4", name="王建华", family="王", known="name")
    mark = Mark(kind=MarkKind.ON_THE_WAY, at=NOW, by=wang)
    assert page(en, coming(on_the_way="王", marks=(mark,))).title == "Dr Wang is coming"


@pytest.mark.parametrize("known,named", [(k, True) for k in sorted(PROVED)] + [("none", False)])
def test_a_nurse_is_named_only_when_she_proved_who_she_is(
    en: Catalogue, known: str, named: bool
) -> None:
    li = Actor(device_id="s", person_id="his.p-1", name="李敏", family="李", known=known)
    text = page(en, coming(marks=(Mark(kind=MarkKind.ON_THE_WAY, at=NOW, by=li),)))
    said = "Nurse Li is coming" if named else "A nurse has seen your call"
    assert (text.title, text.receipts[2].text) == (said, said)
    assert (text.receipts[2].icon == "walk") is named


def test_a_name_is_of_who_comes_not_of_who_came_before(en: Catalogue) -> None:
    """Li went, Wang was asked and goes instead: the family on the way decides."""
    li = Actor(device_id="s", person_id="his.p-1", family="李", known="badge")
    marks = (Mark(kind=MarkKind.ON_THE_WAY, at=NOW, by=li),)
    assert page(en, coming(on_the_way="王", marks=marks)).title == "A nurse has seen your call"


def test_title_and_receipt_say_the_same(en: Catalogue, zh: Catalogue) -> None:
    for catalogue in (en, zh):
        for told, receipt in ((SEEN, 1), (coming(on_the_way="", marks=()), 2), (COMING, 2)):
            text = page(catalogue, told)
            assert text.title == text.receipts[receipt].text


def test_nobody_promises_a_nurse_who_may_not_have_heard(en: Catalogue) -> None:
    assert page(en, SEEN).answer == "A nurse comes either way."
    assert page(en, None).answer == "You can leave this out."
    assert page(en, SENT).answer == "You can leave this out."
    assert page(en, coming(nobody_came=True)).answer == "You can leave this out."
    assert page(en, SEEN, link_up=False).answer == "You can leave this out."
    pain = page(en, SEEN, link_up=False, reason_touched=CallReason.PAIN)
    assert pain.answer == "Stored. The nurses do not know it yet."


@pytest.mark.parametrize("told", [None, SEEN, COMING])
@pytest.mark.parametrize("link_up", [True, False])
@pytest.mark.parametrize("waited", [0.0, PATIENCE_S])
def test_whoever_may_fall_is_always_asked_to_stay_until_somebody_is_there(
    en: Catalogue, told: BedsideCall | None, link_up: bool, waited: float
) -> None:
    text = page(en, told, waited=waited, link_up=link_up, falls=True)
    assert text.truth.count("Please do not get up alone.") == 1
    assert text.must_tell
    assert not page(en, HERE, falls=True).must_tell


def test_a_dead_call_unit_is_pointed_to_by_nothing(en: Catalogue, zh: Catalogue) -> None:
    for told, waited, link_up in itertools.product((None, SENT, SEEN, COMING), (0, 9), (0, 1)):
        for catalogue, unit in ((en, "wired"), (zh, "有线")):
            text = page(catalogue, told, waited=waited, link_up=bool(link_up), wire_lost=True)
            assert unit not in text.truth


def test_no_arrival_is_promised_and_nobody_came_is_told(en: Catalogue) -> None:
    gone = page(en, coming(nobody_came=True))
    assert gone.title == "Nobody has come yet"
    assert gone.warning
    assert page(en, HERE).title == "A nurse is with you"


def test_unanswered_for_three_minutes_asks_for_help_near_by(en: Catalogue) -> None:
    about = CallContext(catalogue=en, bed="12", team=(), roster=None, link_up=True)
    for seconds, asks in ((179, False), (180, True)):
        call = OwnCall(placed_at=NOW - timedelta(seconds=seconds), told=SEEN)
        assert ("ask someone near" in call_text(call, about, NOW).truth) is asks


def minutes(told: BedsideCall, catalogue: Catalogue, age: float, **about: Any) -> CallText:
    """The page `age` minutes after the press."""
    context = CallContext(catalogue=catalogue, bed="12", team=(), roster=None, link_up=True)
    now = told.placed_at + timedelta(minutes=age)
    call = OwnCall(placed_at=told.placed_at, told=told, waited_s=60 * age)
    return call_text(call, dataclasses.replace(context, **about), now)


@pytest.mark.parametrize("language", TABLE.languages)
def test_half_an_hour_without_an_answer_is_told_and_nothing_is_promised(language: str) -> None:
    catalogue = Catalogue(language, SHANGHAI)
    text = catalogue.text
    shown = minutes(unanswered(), catalogue, 34)
    assert shown.title == text("bedside.receipt.accepted.late")
    assert "09:36" in shown.truth, "the last time that it was told again"
    assert text("bedside.help.both") in shown.truth
    assert shown.answer == text("bedside.reason.skip")
    assert shown.brief.count("34:00") == 1
    offline = minutes(unanswered(), catalogue, 34, link_up=False)
    assert offline.title == text("bedside.call.title.unknown"), "who knows it without the hub?"
    assert "late" not in [receipt.status for receipt in offline.receipts]
    assert text("bedside.truth.link_lost") in offline.truth
    gone = minutes(unanswered(nobody_came=True), catalogue, 34, link_up=False)
    assert (gone.title, gone.truth) == (offline.title, offline.truth)


def test_told_again_by_the_clock_is_told_at_once(en: Catalogue) -> None:
    once = unanswered(marks=unanswered().marks[:2])
    before = minutes(unanswered(marks=unanswered().marks[:1]), en, 2)
    assert before.title == "Your call is at the station"
    assert before.answer == "A nurse comes either way."
    after = minutes(once, en, 2)
    assert after.title == "No answer yet"
    assert after.truth.startswith("We asked again for you at 09:32.")
    assert after.answer == "You can leave this out."


def test_a_press_or_a_red_flag_is_no_missing_answer(en: Catalogue) -> None:
    raised = Mark(kind=MarkKind.ESCALATED, at=at(-33), why=RAISED_BY_PRESSES)
    told = unanswered(marks=(raised,), presses=3, last_press_at=at(-33))
    assert minutes(told, en, 1.5).title == "Your call is at the station"
    assert "asked again for you at 09:32" in minutes(told, en, 3).truth


def test_whoever_left_has_answered(en: Catalogue) -> None:
    left = Mark(kind=MarkKind.LEFT, at=at(-2))
    told = unanswered(marks=(*unanswered().marks, left))
    assert minutes(told, en, 34).title == "Your call is at the station"
    assert minutes(told, en, 36).title == "No answer yet"
    assert "we keep calling" in minutes(told, en, 36).truth


def test_a_broken_link_is_told(en: Catalogue) -> None:
    assert "Stored, not sent yet" in page(en, None, link_up=False).truth
    assert page(en, None, link_up=False).title == "Stored, not sent yet"
    assert page(en, None).title == "Sending your call"
    assert "cannot see who comes" in page(en, COMING, link_up=False).truth
    assert page(en, COMING, link_up=False).warning


def test_the_time_since_the_call_stays(en: Catalogue, zh: Catalogue) -> None:
    assert page(zh, COMING).subtitle == "12床 · 已呼叫 1:24"
    assert page(en, COMING).subtitle == "Bed 12 · called 1:24 ago"


def test_reasons(en: Catalogue) -> None:
    none = page(en, SEEN)
    offered = [reason.value for reason in CallReason if reason is not CallReason.LINE_LOST]
    assert [row.key for row in none.reasons] == offered
    assert [row.key for row in none.reasons if row.tone == "high"] == ["breathless"]
    toilet = page(en, SEEN, reason_touched=CallReason.TOILET)
    assert toilet.answer == "Please wait for a nurse to help you up."
    sending = page(en, SEEN, reason_touched=CallReason.WATER)
    assert sending.answer == "Telling the nurses …"
    assert [row.status for row in sending.reasons if row.status] == ["sending"]
    told = page(en, bedside_call(reason=CallReason.WATER))
    assert told.answer == "Sent to the nurses: Water."
    assert [row.status for row in told.reasons if row.status] == ["told"]


def test_urgent_is_said_only_when_it_is(en: Catalogue) -> None:
    touched = page(en, SEEN, reason_touched=CallReason.BREATHLESS)
    assert "urgent" not in touched.answer
    raised = bedside_call(reason=CallReason.BREATHLESS, priority=Priority.HIGH)
    assert page(en, raised).answer == "Sent to the nurses as urgent."


def test_a_mistake_closes_nothing(en: Catalogue) -> None:
    said = page(en, SEEN, not_needed_touched=True)
    assert said.mistake_said
    assert "still comes" in said.mistake
    marked = bedside_call(marks=(Mark(kind=MarkKind.NOT_NEEDED, at=NOW),))
    assert page(en, marked).mistake_said
    assert receipts(page(en, marked)) == receipts(page(en, SEEN))


# --------------------------------------------------------------------------------- my care, team


def test_readings_in_plain_words_with_their_time(en: Catalogue) -> None:
    rows = {row.key: row for row in readings(en, VITALS, NOW)}
    assert rows["temperature"].value == "37.4 °C"
    assert rows["systolic"].value == "132/78 mmHg"
    assert rows["heart_rate"].taken == "at 08:30"
    assert (rows["glucose"].value, rows["glucose"].stale) == ("– –", True)
    assert rows["glucose"].taken == "yesterday 14:05"


def test_the_newest_reading_counts_and_zero_is_a_value(en: Catalogue) -> None:
    signs = [vital("a", -10, heart_rate=0), vital("b", -200, heart_rate=80)]
    assert readings(en, signs, NOW)[0].value == "0 a minute"
    ahead = [dataclasses.replace(vital("a", 3, heart_rate=70), doubtful=True)]
    assert readings(en, ahead, NOW)[0].stale
    assert readings(en, [], NOW) == ()


def test_team_names_and_roles(en: Catalogue, zh: Catalogue) -> None:
    assert [(r.name, r.role) for r in team_rows(en, TEAM)] == [
        ("Nurse Li · 李敏", "Nurse"),
        ("Dr Wang · 王建华", "Doctor"),
    ]
    assert [r.name for r in team_rows(zh, TEAM)] == ["李敏", "王建华"]
    foreign = TeamView(name=f"Jane {LONG}", family=LONG, role="physio")
    assert [(r.name, r.role) for r in team_rows(en, [foreign])] == [(f"Jane {LONG}", "Care team")]


# -------------------------------------------------------------------------------------- prompts


def heard(stage: int, **changes: Any) -> Heard:
    return dataclasses.replace(Heard(call_id="c", presses=1, stage=stage), **changes)


@pytest.mark.parametrize(
    "before, now, said",
    [
        (Heard(), heard(1), ["call_placed"]),
        (heard(1), heard(2), []),
        (heard(2), heard(2, presses=2), ["call_placed_again"]),
        (heard(2), heard(3), ["on_the_way"]),
        (heard(3), heard(3, presses=2), []),
        (heard(2), heard(2, reason=CallReason.TOILET), ["help_you_up"]),
        (heard(2), heard(2, unanswered=1), ["nobody_yet"]),
        (heard(3), heard(3, unanswered=1), []),
        (heard(3), Heard(), []),
    ],
)
def test_prompts_follow_receipts(before: Heard, now: Heard, said: list[str]) -> None:
    assert prompts(before, now) == said


def test_nobody_yet_each_three_minutes() -> None:
    assert [unanswered_count(s) for s in (0, 179.9, 180, 359, 360)] == [0, 0, 1, 1, 2]
