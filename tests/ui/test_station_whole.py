"""The station where room is scarce: nothing that matters is cut, covered or pushed out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.encounter import ConditionMark
from smartward.clinical.nurse_call import CallClass, heard
from smartward.clinical.priority import Priority
from smartward.clinical.rules import REGISTRY
from smartward.clinical.words import Wording
from smartward.hub.gateway_alert import RULE
from smartward.i18n import Catalogue
from smartward.screen.link import Phase
from tests.ui.bed_stage import Stage, application, box, stage
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas import night
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, Bodies, bed_id, stay_id
from tests.ui.test_station_page import FULL_HD, assert_fits, ink
from tests.ui.test_station_people import proved_ward

SMALL = (1280, 800)
LATE = {"en": "Observations overdue", "zh_CN": "生命体征超时未测"}
LABELS = (
    "东配线间",
    "三楼东侧护士站后面配线间呼叫网关二号箱（备用）",
    "Gateway of the third floor, east",
)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def named(on: Stage, name: str) -> list[QQuickItem]:
    return [item for item in on.shown() if item.objectName() == name]


def cut(on: Stage, *names: str) -> list[str]:
    """Of these items: which texts are not whole."""
    return [
        str(item.property("text"))
        for item in on.shown()
        if item.objectName() in names and item.property("truncated")
    ]


# --------------------------------------------------------------------------------- a lost device


def lost_gateway(ward: Bodies, label: str) -> str:
    """The alert of a gateway that is silent; gives its row's key."""
    gateway = ScreenStatus(
        device_id="dev-gateway",
        role=ScreenRole.GATEWAY,
        place=None,
        label=label,
        online=False,
        since=NOW - timedelta(minutes=3),
    )
    ward.put("screen", gateway, "dev-gateway")
    told = Alert(
        id="gateway",
        subject=Subject(kind=SubjectKind.DEVICE, id="dev-gateway"),
        rule=RULE,
        version="1",
        priority=Priority.MEDIUM,
        state=AlertState.ON,
        title=Wording(key="call_points.gateway.title", values={"label": label}),
        why=Wording(key="call_points.gateway.why", values={"since": sample.at(-3), "n": 40}),
        todo=Wording(key="call_points.gateway.todo"),
        icon="lan-disconnect",
        opened_at=NOW - timedelta(minutes=3),
        updated_at=NOW - timedelta(minutes=3),
    )
    ward.put("alert", told)
    return "alert:gateway"


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("size, language", [(SMALL, "en"), (FULL_HD, "zh_CN")])
def test_a_device_has_a_row_like_any_other(
    label: str, size: tuple[int, int], language: str
) -> None:
    ward = proved_ward()
    key = lost_gateway(ward, label)
    with stage("station", ward.scene(), size=size, language=language, now=NOW) as on:
        (row,) = named(on, f"row-{key}")
        parts = {p.objectName(): p for p in row.childItems() if p.objectName()}
        number, title, time = (box(parts[n]) for n in ("queueNumber", "queueTitle", "queueTime"))
        assert number.right() < title.left()
        assert not title.intersects(time)
        assert title.width() > 0.3 * row.width()
        said = str(parts["queueTitle"].property("text"))
        assert label in said
        assert label not in str(parts["queueNumber"].property("text"))
        assert_fits(on)
        assert not on.warnings


# --------------------------------------------------------------------------------- a long headline


def headlines(language: str) -> list[str]:
    """The longest that a rule of ours gives an alert, and the one that is told with how late."""

    def below(texts: dict[str, object]) -> Iterator[str]:
        for name, text in texts.items():
            several = text.get("other") if isinstance(text, dict) else text
            if name == "title" and isinstance(several, str):
                yield several.replace("{n}", "12").replace("{label}", "12")
            elif isinstance(text, dict):
                yield from below(text)

    longest = sorted(below(dict(REGISTRY.texts[language])), key=len)[-4:]
    more = Catalogue(language, ZoneInfo("UTC")).text(
        "station.alert.and_more", title=LATE[language], n=12
    )
    return [LATE[language], more, *longest]


@pytest.mark.parametrize(
    "size, language",
    [
        ((1366, 768), "en"),
        pytest.param(FULL_HD, "en", marks=pytest.mark.long),
        pytest.param((1366, 768), "zh_CN", marks=pytest.mark.long),
    ],
)
def test_a_headline_is_whole_beside_a_long_wait(size: tuple[int, int], language: str) -> None:
    ward = sample.full_ward()
    for n, title in enumerate(headlines(language)):
        late = title.startswith(LATE[language])
        values = {"n": 1, "at": sample.at(-459), "due": sample.at(-219)}
        why = Wording(key="alert.observations_overdue.by_score", values=values)
        rule = "observations_overdue" if late else "another"
        sample.alert(
            *(ward, 3 + n, rule, Priority.MEDIUM, Wording(his=title)),
            *(why if late else Wording(his="x"), Wording(his="y"), "heart-pulse", 219),
        )
    with stage("station", ward.scene(), size=size, language=language, now=NOW) as on:
        assert cut(on, "queueTitle") == []
        rows = [item for item in on.items() if item.objectName().startswith("row-")]
        assert len(rows) == len(headlines(language))
        for row in rows:
            parts = {part.objectName(): part for part in row.childItems()}
            title, time = box(parts["queueTitle"]), box(parts["queueTime"])
            assert not title.intersects(time)
            line = parts.get("queueSub") or parts["queueStatus"]
            beside = time.y() < title.center().y()
            assert beside or not box(line).intersects(time)
            verbs = [item for item in on.shown() if item.objectName().startswith("accept-")]
            assert not any(box(verb).intersects(time) for verb in verbs)
        said = {str(item.property("text")) for item in named(on, "queueTime")}
        waited = {"en": "Waited 3 h 39 min", "zh_CN": "已等 3 小时 39 分"}
        late_by = {"en": "3 h 39 min late", "zh_CN": "已超 3 小时 39 分"}
        assert said == {waited[language], late_by[language]}
        assert not on.warnings


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_gateway_that_never_came_stands_among_what_is_wrong(language: str) -> None:
    ward = sample.full_ward()
    lost_gateway(ward, LABELS[0])
    del ward.of["alert", "gateway"]
    with stage("station", ward.scene(), size=FULL_HD, language=language, now=NOW) as on:
        on.tap("pageLinks")
        (line,) = [item for item in on.shown() if item.objectName().endswith(":dev-gateway")]
        assert LABELS[0] in str(line.property("title"))
        assert not on.warnings


def test_a_very_long_bed_number_leaves_its_row_a_title() -> None:
    ward = sample.full_ward()
    ward.put("bed", replace(ward.get("bed", bed_id(5)), number="加12临时B"))
    made = sample.call(ward, 5, 30)
    with stage("station", ward.scene(), size=SMALL, now=NOW) as on:
        (row,) = named(on, f"row-call:{made.id}")
        parts = {p.objectName(): p for p in row.childItems()}
        assert not parts["queueNumber"].property("truncated")
        assert parts["queueTitle"].width() > 0.3 * row.width()
        assert_fits(on)


def test_the_privacy_key_keeps_what_is_wrong_with_a_device() -> None:
    ward = proved_ward()
    key = lost_gateway(ward, LABELS[0])
    with stage("station", ward.scene(), size=FULL_HD, now=NOW) as on:
        on.model.hideNear()
        told = {row.key: row for row in on.model._queue.rows}[key]
        assert LABELS[0] in told.title


# ------------------------------------------------------------------------------------------ cards


def serious_ward(beds: int) -> Bodies:
    """Everybody is 病危 or 病重: short and long names and numbers, marked and unmarked."""
    ward = sample.full_ward(beds)
    names = ["", sample.LONG_NAME, "Maximilian Featherstonehaugh-Cholmondeley"]
    for number in range(1, beds + 1):
        if ("encounter", stay_id(number)) not in ward.of:
            continue
        mark = ConditionMark.SERIOUS if number % 2 else ConditionMark.CRITICAL
        night.person(ward, number, condition=mark)
        if names[number % 3]:
            night.named(ward, number, name=names[number % 3])
        night.named(ward, number, protected=number % 5 == 0)
        if number % 4 == 3:
            bed = ward.get("bed", bed_id(number))
            ward.put("bed", replace(bed, number=f"加{number}"))
    return ward


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("beds, size", [(20, SMALL), (40, SMALL), (40, FULL_HD), (60, FULL_HD)])
def test_the_condition_lies_on_no_name(beds: int, size: tuple[int, int], language: str) -> None:
    ward = serious_ward(beds)
    with stage("station", ward.scene(), size=size, language=language, now=NOW) as on:
        chips = named(on, "bedConditionChip")
        assert len(chips) >= beds - 3
        for chip in chips:
            card = chip.parentItem()
            mine = {
                item.objectName(): item
                for item in on.shown()
                if item.objectName().startswith("bed") and card.isAncestorOf(item)
            }
            place = box(chip)
            assert box(card).contains(place), mine["bedCondition"].property("text")
            for other in ("bedName", "bedNumber", "bedMark", "bedFoot"):
                if other in mine and mine[other].property("text"):
                    assert not ink(mine[other]).intersects(place), (other, ink(mine[other]), place)
            if "bedName" in mine:
                assert not box(mine["bedName"]).intersects(place)
            said = [str(mine[n].property("text")) for n in ("bedName", "bedFoot") if n in mine]
            assert any(said), "a card without room for its name says something in its foot"
        assert not on.warnings


# ----------------------------------------------------------------------------------------- header


def faulty_ward() -> Bodies:
    """Screens that are away, dumb, mute and broken, an old census, a long name of the ward."""
    ward = proved_ward()
    faults = ("", "sound.no_device", "voice.engine_dead", "screen.fault.task")
    for (kind, device), status in list(ward.of.items()):
        if kind == "screen" and device != "dev-station":
            number = int(device.rpartition("-")[2]) if device[-1].isdigit() else 0
            fault = faults[number % 4]
            given = replace(status, online=bool(fault), faults=(fault,) if fault else ())
            ward.put("screen", given, device)
    ward.put("ward", replace(ward.get("ward", "ward"), name="心血管内科与胸外科第三病区"))
    return ward


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [SMALL, FULL_HD])
def test_the_header_is_whole_at_its_worst(size: tuple[int, int], language: str) -> None:
    scene = sample.his_down(faulty_ward())
    with stage("station", scene, size=size, language=language, now=NOW) as on:
        with_badges(on.model)
        on.model.badge_read(LEE_BADGE)
        on.settle()
        header = on.find("wardName").parentItem().parentItem()
        texts = [i for i in on.shown() if i.inherits("QQuickText") and header.isAncestorOf(i)]
        short = [str(i.property("text")) for i in texts if i.property("truncated")]
        assert not short
        said = {str(item.property("text")) for item in texts}
        assert {on.model.head.screens, on.model.head.his, "10:05"} <= said
        assert on.has("census-in")
        assert_fits(on)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", [SMALL, FULL_HD])
def test_counts_and_mute_are_whole_beside_each_other(size: tuple[int, int], language: str) -> None:
    """Everything was muted, a colleague then asked for help, and the corridor is heard."""
    ward = proved_ward()
    for (kind, _), made in list(ward.of.items()):
        if kind == "nurse_call":
            ward.put("nurse_call", heard(made, NOW - timedelta(seconds=10), None))
    sample.call(ward, 24, 3, CallClass.ASSIST)
    corridor = replace(
        ward.get("screen", "dev-station"), device_id="dev-corridor", role=ScreenRole.CORRIDOR
    )
    ward.put("screen", corridor, "dev-corridor")
    with stage("station", ward.scene(), size=size, language=language, now=NOW) as on:
        assert on.has("mute")
        assert on.has("mutedText")
        assert not cut(on, "queueCounts", "mutedText")
        assert_fits(on)


# ------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize("language, about", [("zh_CN", "估计"), ("en", "about")])
@pytest.mark.parametrize("size", [SMALL, FULL_HD])
def test_an_estimated_time_and_the_risk_of_falling_are_both_seen(
    size: tuple[int, int], language: str, about: str
) -> None:
    ward = proved_ward()
    made = replace(night.raised(ward, 20, 224), estimated=True)
    ward.put("nurse_call", made)
    with stage("station", ward.scene(), size=size, language=language, now=NOW) as on:
        (row,) = named(on, f"row-call:{made.id}")
        parts = {p.objectName(): p for p in row.childItems()}
        assert about in str(parts["queueTime"].property("text"))
        assert not parts["queueTime"].property("truncated")
        line = str(parts["queueSub"].property("text"))
        risk = {"zh_CN": "跌倒高风险", "en": "Fall risk"}[language]
        # The line is cut at its end: what begins it is drawn.
        assert line.startswith(risk)


# ---------------------------------------------------------------------------------------- unknown


@pytest.mark.parametrize("size", [SMALL, FULL_HD])
def test_a_station_that_knows_nothing_counts_nobody(size: tuple[int, int]) -> None:
    scene = Bodies().scene(phase=Phase.OFFLINE, last_heard=None, his_as_of=None)
    with stage("station", scene, size=size, now=NOW) as on:
        assert on.text("emptyBoard") == "还不知道有哪些床位"
        assert on.text("emptyQueue") == "无法知道有什么待处理"
        assert not on.has("census-in")
        assert not any("没有呼叫" in text for text in on.texts())
        assert not on.warnings


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_an_empty_bed_that_calls_says_both_in_a_low_card(language: str) -> None:
    ward = sample.many_calls()
    with stage("station", ward.scene(), size=SMALL, language=language, now=NOW) as on:
        for number in (14, 27, 33):
            card = on.find(f"bed-{bed_id(number)}")
            texts = [i for i in on.shown() if i.inherits("QQuickText") and card.isAncestorOf(i)]
            why, foot = (
                next(i for i in texts if i.property("text") == card.property(name))
                for name in ("why", "foot")
            )
            assert not why.property("truncated")
            assert not box(why).intersects(box(foot))


def test_no_trend_is_drawn_outside_the_sheet() -> None:
    """The software renderer forgets the clip of a line that is wholly out of sight."""
    with stage("station", sample.long_ward().scene(), size=(1920, 1080), now=NOW) as on:
        on.model.chooseStaff("n1")  # type: ignore[attr-defined]  # the model of that role
        on.model.openSheet(bed_id(12))  # type: ignore[attr-defined]  # the model of that role
        on.settle()
        area = on.find("sheetRight")
        area.setProperty("clip", True)
        bottom, right = int(box(area).bottom()) + 1, int(box(area).right())
        below = []
        for offset in (-1000, -550, -450, -300):
            area.setProperty("contentY", offset)
            on.settle()
            below.append(on.window.grabWindow().copy(0, bottom, right, 1080 - bottom))
        assert all(drawn == below[0] for drawn in below)
