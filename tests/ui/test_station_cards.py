"""One problem, one card: what it says, how it looks, and what is answered with it."""

import msgspec
import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.alert import Alert, AlertState, acknowledge, snoozed, wake
from smartward.i18n import Catalogue
from smartward.screen.station_alerts import mark, status
from smartward.screen.station_queue import items
from smartward.screen.station_rows import QueueRow, rows
from smartward.screen.station_sheet_open import open_rows
from smartward.screen.station_sound import Sounds
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind
from tests.ui.bed_stage import application, stage
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.cards import cards_ward
from tests.ui.station_replicas.ward import NOW, bed_id
from tests.ui.test_station_model import Desk
from tests.ui.test_station_page import FULL_HD, assert_fits, too_small, touchable
from tests.ui.test_station_queue import state_of

CARD = "alert:news2_medium-31"
WORDS = {language: Words(Catalogue(language, sample.ZONE)) for language in ("zh_CN", "en")}


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def shown(language: str = "zh_CN") -> dict[str, QueueRow]:
    state = state_of(cards_ward())
    return {row.number: row for row in rows(state, items(state), WORDS[language], NOW)}


def test_findings_of_one_problem_are_one_card_with_the_worst_as_headline() -> None:
    state = state_of(cards_ward())
    (card,) = [item for item in items(state) if item.bed is not None and item.bed.number == "31"]
    assert card.key == CARD
    assert [part.rule for part in card.parts] == ["spo2_drop", "observations_overdue"]
    row = shown()["31"]
    assert row.title == "早期预警评分 6 分，另 2 项"
    assert row.sub == "另有：血氧 87%，低于医嘱下限、生命体征超时未测"
    assert row.status == "无人应答，已通知护士长孙玉兰 10:03"


def test_each_state_has_its_shape_its_words_and_its_verbs() -> None:
    said = {number: (row.mark, row.accept, row.later, row.done) for number, row in shown().items()}
    assert said == {
        "12": ("", True, False, False),
        "22": ("latched", True, False, False),
        "31": ("escalated", True, True, False),
        "18": ("", False, True, True),
        "9": ("snoozed", False, False, True),
    }
    assert shown("en")["9"].status.startswith("Until 10:17: Patient is not free now")


def test_what_was_put_off_says_when_it_came_back_until_somebody_answers() -> None:
    state = state_of(cards_ward())
    (put_off,) = [one for one in state.open_alerts() if snoozed(one)]
    assert put_off.snoozed_until is not None
    assert put_off.acknowledged_by is not None
    back = wake(put_off, put_off.snoozed_until)
    told = {language: status(back, words, NOW) for language, words in WORDS.items()}
    assert (mark(back), told["en"]) == ("returned", "Was put off until 10:17: still there")
    assert told["zh_CN"] == "推迟已于 10:17 到时，原因仍在"
    taken = acknowledge(back, NOW, put_off.acknowledged_by)
    assert mark(taken) == ""
    assert "10:17" not in status(taken, WORDS["en"], NOW)


def test_what_was_put_off_stands_behind_everything_else() -> None:
    assert list(shown())[-1] == "9"


def test_an_emergency_is_not_muted_and_a_worse_part_sounds_anew() -> None:
    state = state_of(cards_ward())
    found, sounds = items(state), Sounds()
    ringing = [item.key for item in found if sounds.sounds(item, (), NOW)]
    assert ringing == ["alert:bed_exit-12", CARD]
    sounds.mute_alerts(found, NOW)
    assert [item.key for item in found if sounds.sounds(item, (), NOW)] == ["alert:bed_exit-12"]


def test_the_sheet_has_every_part_with_why_who_was_asked_and_how_old_it_is() -> None:
    state, words = state_of(cards_ward()), WORDS["zh_CN"]
    closed = open_rows(state, items(state), bed_id(31), words, NOW)
    assert [(row.more, row.part) for row in closed] == [("另有 2 个原因", False)]
    expanded = frozenset({CARD})
    head, *parts = open_rows(state, items(state), bed_id(31), words, NOW, expanded=expanded)
    assert [row.part for row in parts] == [True, True]
    assert "的测量，2 分前" in head.cause
    assert f"{sample.LONG_NAME} 09:53 → 护士长孙玉兰 10:03" in head.told
    locked = open_rows(state, items(state), bed_id(31), words, NOW, whole=False)
    assert (locked[0].told, locked[0].cause) == ("", "")


def test_a_card_is_answered_whole_and_put_off_with_length_and_reason() -> None:
    desk = Desk(cards_ward().scene())
    with_badges(desk.model)
    desk.model.badge_read(LEE_BADGE)
    desk.model.accept(CARD)
    desk.model.beginSnooze(CARD)
    desk.model.question.choose("30")
    desk.model.question.choose("doctor_knows")
    desk.model.beginDone("alert:pain-18")
    desk.model.question.choose("informed")
    parts = "spo2_drop-31,observations_overdue-31"
    assert [(a.kind, a.data) for a in desk.actions] == [
        (ActionKind.ALERT_ACKNOWLEDGE, {"parts": parts}),
        (
            ActionKind.ALERT_SNOOZE,
            {"parts": parts, "minutes": 30, "reason": "doctor_knows"},
        ),
        (ActionKind.ALERT_DONE, {"note": "informed"}),
    ]


def test_an_alert_that_was_stored_before_there_were_cards_is_read() -> None:
    old = {
        "id": "a", "subject": {"kind": "encounter", "id": "e"}, "rule": "news2", "version": "1",
        "priority": "high", "state": "acknowledged", "title": {"key": "t"}, "why": {"key": "w"},
        "todo": {"key": "d"}, "icon": "i", "opened_at": "2026-11-21T00:00:00Z",
        "updated_at": "2026-11-21T00:00:00Z",
    }  # fmt: skip
    read = msgspec.json.decode(msgspec.json.encode(old), type=Alert)
    assert (read.state, read.told, read.snoozed_until) == (AlertState.ACKNOWLEDGED, (), None)
    assert read.card == ("encounter", "e", "a")


@pytest.mark.parametrize(
    "language, appearance, size", [("zh_CN", "day", FULL_HD), ("en", "night", (1280, 800))]
)
def test_cards_fit_and_can_be_touched(
    language: str, appearance: str, size: tuple[int, int]
) -> None:
    made = cards_ward()
    with stage(
        "station", made.scene(), size=size, language=language, appearance=appearance, now=NOW
    ) as on:
        with_badges(on.model)
        on.model.badge_read(LEE_BADGE)
        on.model.openSheet(bed_id(31))
        on.settle()
        on.model.deeds.turnCard(CARD)
        on.settle()
        assert_fits(on)
        small = [
            item.objectName()
            for item in on.shown()
            if item.objectName() and touchable(item) and too_small(on, item)
        ]
        assert not small
        marks = [item for item in on.shown() if item.objectName() == "queueMark"]
        assert len(marks) == 3
        assert not on.warnings


def test_the_sheets_card_has_the_queues_verbs_and_says_what_is_on_its_way() -> None:
    with stage("station", cards_ward().scene(), size=FULL_HD, now=NOW) as on:
        with_badges(on.model)
        on.model.openSheet(bed_id(31))
        on.model.badge_read(LEE_BADGE)
        on.settle()
        assert on.has(f"sheetMark-{CARD}")
        assert not on.has(f"sheetDone-{CARD}")
        on.tap(f"sheetLater-{CARD}")
        on.tap("answer-15")
        on.tap("answer-treating")
        assert on.actions[-1].kind == ActionKind.ALERT_SNOOZE
        # On its way: nothing of it is offered a second time.
        assert not on.has(f"sheetGo-{CARD}")
        assert on.text(f"told-{CARD}") == "已记下，正在发送"
        on.model.openSheet(bed_id(18))
        on.settle()
        on.tap("sheetDone-alert:pain-18")
        on.tap("answer-attended")
        assert (on.actions[-1].kind, on.actions[-1].subject) == (ActionKind.ALERT_DONE, "pain-18")
        # An emergency is never put off.
        on.model.openSheet(bed_id(12))
        on.settle()
        assert on.has("sheetGo-alert:bed_exit-12")
        assert not on.has("sheetLater-alert:bed_exit-12")
        assert not on.warnings
