"""The page of screens: what is wrong by its cause, calm while all is well, and each screen's
figures; also with 120 screens and the longest names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication

from smartward import check_words
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.device_check import Checked, fault, ok, untested
from smartward.clinical.night_hours import NightHours, NightRule
from smartward.clinical.screen_health import CLOCK_WRONG, DISK_FULL, Part, ScreenHealth
from smartward.clinical.screen_update import ScreenUpdate, Stage
from smartward.i18n import Catalogue
from smartward.screen.station_core import StationCore
from smartward.screen.station_fleet import fault_rows, figures, judged, screen_name
from smartward.screen.station_header import screens_text
from smartward.screen.station_links import screen_rows
from smartward.screen.station_words import Words
from smartward.wire.order import OrderAsk, OrderTold, OrderWatch
from smartward.wire.start import UNCONFIRMED
from tests.ui.bed_stage import Stage as Shown
from tests.ui.bed_stage import application, is_text, stage
from tests.ui.station_badges import with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, ZONE, bed_id
from tests.ui.test_station_queue import state_of

LONG = "Bedside of the window place, second drawer from the left, lent by radiology"


FULL_HD = (1920, 1080)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def words() -> Words:
    return Words(Catalogue("en", ZONE))


def health(id: str, **more: object) -> ScreenHealth:
    well = ScreenHealth(
        device_id=id,
        heard_at=NOW,
        version="1.4.0",
        slot="a",
        boot="",
        started_at=NOW,
        network="192.0.2.0/24",
        skew_s=-2,
        disk_free=61,
        memory_free=48,
        touch_devices=1,
        last_touch_at=NOW - timedelta(minutes=5),
        sound=Part.WELL,
        reader=Part.NONE,
        cache_age_s=1,
        outbox=0,
    )
    return replace(well, **more)  # type: ignore[arg-type]  # fields by their own names


def ward(count: int, *, online: bool = True, label: str = "") -> sample.Bodies:
    """So many bedside screens, none of them anywhere else."""
    bodies = sample.busy_ward()
    for kind, id in [key for key in bodies.of if key[0] == "screen"]:
        del bodies.of[kind, id]
    for number in range(count):
        id = f"dev-{number:03d}"
        status = ScreenStatus(
            device_id=id,
            role=ScreenRole.BEDSIDE,
            place=bed_id(number % 30 + 1),
            label=label,
            online=online,
            since=NOW - timedelta(minutes=20),
        )
        bodies.put("screen", status, id)
        bodies.put("screen_health", health(id), id)
    return bodies


def test_a_ward_that_is_well_says_so_in_one_calm_line(words: Words) -> None:
    (row,) = fault_rows(state_of(ward(3)), words, NOW)
    assert (row.calm, row.title) == (True, "All screens are well")
    assert fault_rows(state_of(ward(0)), words, NOW) == []


def test_a_silent_ward_is_one_line_that_says_where_to_look(words: Words) -> None:
    (row,) = fault_rows(state_of(ward(120, online=False)), words, NOW)
    assert row.title == "No sign of life: all 120 screens of the ward: look at power and network"
    assert "and 116 more" in row.detail


def test_a_screen_that_was_placed_just_now_has_time_to_come(words: Words) -> None:
    bodies = ward(3)
    for id, minutes in (("dev-001", 9), ("dev-002", 11)):
        placed = NOW - timedelta(minutes=minutes)
        new = replace(bodies.get("screen", id), online=False, came=False, since=placed)
        bodies.put("screen", new, id)
    state = state_of(bodies)
    late, calm = fault_rows(state, words, NOW)
    assert (late.title, late.calm) == ("No sign of life: Bedside · Bed 3", False)
    assert (calm.title, calm.calm) == ("Placed, not heard yet: Bedside · Bed 2", True)
    rows = {row.key: row for row in screen_rows(state, words, NOW)}
    assert not rows["dev-001"].fault
    assert rows["dev-001"].status.startswith("Placed ")
    assert rows["dev-002"].status.startswith("Offline since ")
    assert screens_text(judged(state), words, NOW) == "1 screen offline"
    assert [row.key for row in fault_rows(state, words, NOW - timedelta(minutes=2))] == [
        "well",
        "placed",
    ]


def test_a_screen_that_was_moved_is_told_as_moved_and_not_as_silent(words: Words) -> None:
    bodies = ward(3)
    for id, minutes in (("dev-001", 1), ("dev-002", 11)):
        at, why = NOW - timedelta(minutes=minutes), (UNCONFIRMED,)
        new = replace(bodies.get("screen", id), online=False, came=False, since=at, faults=why)
        bodies.put("screen", new, id)
    (row,) = fault_rows(state_of(bodies), words, NOW)
    assert (row.title, row.calm) == ("Moved, not yet confirmed at its new place: 2 screens", False)


def updated(bodies: sample.Bodies, id: str, stage: Stage, **more: object) -> None:
    """How far this screen is with an update."""
    update = ScreenUpdate(
        device_id=id, compatible="x", version="1", bundle="b", stage=stage, since=NOW
    )
    bodies.put("screen_update", replace(update, **more), id)  # type: ignore[arg-type]  # fields by their own names


@pytest.mark.parametrize(
    "stage, told",
    [
        (Stage.TRYING, "is being updated"),
        (Stage.ROLLED_BACK, "went back from an update"),
        (Stage.FAILED, "took no update"),
        (Stage.GOOD, ""),
    ],
)
def test_what_goes_on_with_its_system_stands_beside_its_version(
    words: Words, stage: Stage, told: str
) -> None:
    """What somebody has stopped is no fault any more."""
    bodies = ward(1)
    updated(bodies, "dev-000", stage, given_up=True)
    (row,) = screen_rows(state_of(bodies), words, NOW)
    assert (told in row.figures.split(" · ")) is (told != "")
    assert not row.fault
    assert [one.calm for one in fault_rows(state_of(bodies), words, NOW)] == [True]


def test_an_update_that_was_not_borne_is_a_fault_that_says_why(words: Words) -> None:
    bodies = ward(4)
    updated(bodies, "dev-000", Stage.ROLLED_BACK, why="updates.why.no_hub")
    for id in ("dev-001", "dev-002"):
        updated(bodies, id, Stage.FAILED, why="updates.why.of_next_year")
    updated(bodies, "dev-003", Stage.GOOD)
    state = state_of(bodies)
    assert [row.title for row in fault_rows(state, words, NOW)] == [
        "It did not take its update: 2 screens",
        "Its former release runs again, for the new one did not work there: Bedside · Bed 1",
    ]
    rows = {row.key: row for row in screen_rows(state, words, NOW)}
    assert [row.fault for _, row in sorted(rows.items())] == [True, True, True, False]
    assert rows["dev-000"].status.startswith("Its former release runs again")
    assert "it did not reach the hub" in rows["dev-000"].figures.split(" · ")
    assert "of_next_year" not in rows["dev-001"].figures
    assert screens_text(judged(state), words, NOW) == "", "at a bed nobody lacks anything by it"


def test_one_fault_of_several_is_one_line_and_counts_in_the_header(words: Words) -> None:
    bodies = ward(4)
    for number in (0, 1):
        id = f"dev-{number:03d}"
        bodies.put("screen_health", health(id, troubles=(DISK_FULL,)), id)
    bodies.put("screen_health", health("dev-002", troubles=(CLOCK_WRONG,), skew_s=300), "dev-002")
    state = state_of(bodies)
    rows = fault_rows(state, words, NOW)
    assert [row.title for row in rows] == [
        "Its disk is nearly full: 2 screens",
        "Its clock is wrong: Bedside · Bed 3",
    ]
    assert screens_text(judged(state), words, NOW) == "3 screens faulty"


def test_several_faults_of_one_screen_are_one_line(words: Words) -> None:
    bodies = ward(2)
    bodies.put("screen_health", health("dev-000", troubles=(CLOCK_WRONG, DISK_FULL)), "dev-000")
    (row,) = fault_rows(state_of(bodies), words, NOW)
    assert row.title == "Its clock is wrong, Its disk is nearly full: Bedside · Bed 1"


def test_a_fault_is_told_with_its_own_time_where_that_is_known(words: Words) -> None:
    bodies, early, late = ward(4), NOW - timedelta(minutes=9), NOW - timedelta(minutes=2)

    def found(**since: datetime) -> None:
        keys = {"disk": DISK_FULL, "clock": CLOCK_WRONG}
        told = {keys[name]: when for name, when in since.items()}
        body = health("dev-000", troubles=(DISK_FULL, CLOCK_WRONG), troubles_since=told)
        bodies.put("screen_health", body, "dev-000")

    found(disk=early, clock=late)
    rows = fault_rows(state_of(bodies), words, NOW)
    at = {when: words.moment(when, NOW) for when in (early, late)}
    assert [(row.title, row.detail) for row in rows] == [
        (
            f"Its disk is nearly full (since {at[early]}), Its clock is wrong (since {at[late]}):"
            " Bedside · Bed 1",
            "",
        )
    ]
    found(disk=late, clock=late)
    (row,) = fault_rows(state_of(bodies), words, NOW)
    assert row.title == "Its disk is nearly full, Its clock is wrong: Bedside · Bed 1"
    assert row.detail == f"since {at[late]}"
    found()
    (row,) = fault_rows(state_of(bodies), words, NOW)
    assert row.detail == "", "a hub from before keeps no times"
    hung = replace(bodies.get("screen", "dev-000"), online=False, hung=True)
    bodies.put("screen", hung, "dev-000")
    updated(bodies, "dev-001", Stage.FAILED, since=late)
    rows = fault_rows(state_of(bodies), words, NOW)
    assert [row.detail for row in rows] == [
        f"since {words.moment(hung.since, NOW)}",
        f"since {at[late]}",
    ]


def test_the_figures_of_a_screen(words: Words) -> None:
    told = figures(health("a", outbox=2, sound=Part.FAULTY), words, NOW)
    for part in ("1.4.0", "A", "61 %", "48 %", "-2 s", "no sound", "2 touches wait", "touched"):
        assert part in told
    assert figures(None, words, NOW) == ""


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "appearance, count, label, online",
    [
        ("day", 0, "", True),
        ("day", 12, LONG, True),
        ("night", 120, "", True),
        ("night", 120, LONG, False),
    ],
)
def test_the_page_fits(
    language: str, appearance: str, count: int, label: str, online: bool, tmp_path: Path
) -> None:
    bodies = ward(count, online=online, label=label)
    if online and count:
        since = {DISK_FULL: NOW - timedelta(days=2), CLOCK_WRONG: NOW - timedelta(minutes=9)}
        found = health("dev-003", troubles=(DISK_FULL, CLOCK_WRONG), troubles_since=since)
        bodies.put("screen_health", found, "dev-003")
        updated(bodies, "dev-004", Stage.ROLLED_BACK, why="updates.why.call")
    with stage(
        "station", bodies.scene(), size=FULL_HD, language=language, now=NOW, appearance=appearance
    ) as on:
        on.tap("pageLinks")
        page = on.find("linksPage")
        for item in on.shown():
            if not is_text(item) or item.parentItem() is None:
                continue
            inside = item.mapRectToItem(page, item.boundingRect())
            if _of(item, ("fault-", "screen-")):
                assert inside.left() >= 0
                assert inside.right() <= page.width() + 0.5
        on.grab(tmp_path / f"fleet-{language}-{appearance}-{count}.png")
        assert not on.warnings


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_screen_that_is_touched_is_asked_about_and_asked_again_before_it_goes_dark(
    language: str,
) -> None:
    bodies = ward(3, label=LONG)
    with stage("station", bodies.scene(), size=FULL_HD, language=language, now=NOW) as on:
        on.tap("pageLinks")
        on.tap("screen-dev-001")
        for key in ("answer-identify", "answer-restart"):
            assert on.has(key)
        on.tap("answer-restart")
        assert on.has("answer-yes")
        assert not on.has("answer-identify")
        on.tap("askCancel")
        assert not on.has("answer-yes")
        assert on.actions == []
        assert not on.warnings


class Hub:
    """Does what it is told, and keeps it."""

    def __init__(self) -> None:
        self.orders: list[OrderAsk] = []
        self.became: Callable[[OrderTold], None] = lambda told: None

    def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
        self.orders.append(asked)
        told(OrderTold(outcome="given" if asked.do == "check" else "done", order="o-1"))

    def watch(self, asked: OrderWatch, told: Callable[[OrderTold], None]) -> None:
        assert asked == OrderWatch(device_id=self.orders[-1].device_id, order="o-1")
        self.became = told


WELL = (
    ok("certificate", "certificate", serial="4f1c09a2b3c4", until="2026-12-21 08:00Z"),
    ok(
        "hub",
        "hub",
        url="https://hub.example.org:8700",
        ward="Cardiology 3",
        role="bedside",
        place="2",
    ),
    ok("place", "place_told", place="2"),
    ok("clock", "clock", s=0.1),
    ok("call", "call", reach=14, send=22, show=31, whole=53),
    ok("disk_speed", "disk_speed", ms=1.4, most=5.0),
    ok("disk_room", "disk_room", mib=8123),
    ok("memory", "memory", mib=1210),
    ok("display", "display", size="1280x800", name="eDP-1", stands="landscape"),
    ok("watchdog", "watchdog", name="iTCO_wdt"),
    ok("backlight", "backlight", percent=80),
    ok(
        "versions",
        "versions",
        smartward="1.4.0",
        python="3.11.2",
        qt="6.11.3",
        kernel="6.1.0",
        slot="a",
    ),
)
NOT_WELL = (
    untested("reader", "no_reader"),
    untested(
        "touch", "touch_unasked", names="eGalax Inc. eGalaxTouch EXC3000-0367-46.00.00", min=15
    ),
    fault("sound", "sound_faulty", why="sound.no_device"),
    fault("call", "call_failed", faults="station_silent,door_away"),
    fault(
        "reader",
        "reader_gone",
        paths="/dev/input/by-id/usb-SYCREADER_RFID_Technology_Co.__Ltd_SYC_ID_IC_USB_Reader_08FF20140315-event-kbd",
    ),
)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("appearance", ["day", "night"])
def test_the_head_nurse_has_a_screen_look_itself_over_and_reads_what_it_found(
    language: str, appearance: str, tmp_path: Path
) -> None:
    bodies, hub = ward(7, label=LONG if appearance == "night" else ""), Hub()
    with stage(
        "station", bodies.scene(), size=FULL_HD, language=language, now=NOW, appearance=appearance
    ) as on:
        assert isinstance(on.model, StationCore)
        with_badges(on.model)
        on.model.connect_placing(hub)  # type: ignore[arg-type]  # nobody asks who waits here
        on.tap("pageLinks")
        on.tap("screen-dev-001")
        on.grab(tmp_path / f"check-what-{language}-{appearance}.png")
        on.tap("answer-check")
        on.model.badge_read("B-HEAD")
        on.settle()
        assert [(one.do, one.device_id) for one in hub.orders] == [("check", "dev-001")]
        assert on.has("check-dev-001")
        assert not on.has("putAway-dev-001")
        on.grab(tmp_path / f"check-runs-{language}-{appearance}.png")
        hub.became(OrderTold(outcome="done", found=Checked(lines=WELL + NOT_WELL)))
        on.settle()
        words = Words(Catalogue(language, ZONE))
        assert words.text("order.check_faults", n=3) in on.find("checkResult").property("text")
        faults = on.find("checkFaults").property("text").splitlines()
        assert len(faults) == 3
        shown = "\n".join(on.texts())
        for line in NOT_WELL:
            assert check_words.said(line, words.catalogue) in shown
        assert "check." not in shown
        assert all(check_words.part(line, words.catalogue) in shown for line in WELL)
        card = on.find("check-dev-001")
        for item in on.shown():
            if is_text(item) and _of(item, ("check-",)):
                inside = item.mapRectToItem(card, item.boundingRect())
                assert QRectF(0, 0, card.width(), card.height()).contains(inside)
        on.grab(tmp_path / f"check-found-{language}-{appearance}.png")
        on.tap("putAway-dev-001")
        assert not on.has("check-dev-001")
        check_again(on, OrderTold(outcome="done", found=Checked(lines=WELL)), hub)
        assert words.text("order.check_well") in on.find("checkResult").property("text")
        on.grab(tmp_path / f"check-well-{language}-{appearance}.png")
        # What was not done leaves no row, and says why.
        check_again(on, OrderTold(outcome="refused", why="order.took_too_long"), hub)
        assert not on.has("check-dev-001")
        state = state_of(bodies)
        where = screen_name(state, state.screens["dev-001"], words)
        assert words.text("order.took_too_long", where=where) in on.texts()
        assert not on.warnings


def check_again(on: Shown, became: OrderTold, hub: Hub) -> None:
    on.tap("screen-dev-001")
    on.tap("answer-check")
    hub.became(became)
    on.settle()


def nights(*rules: NightRule) -> sample.Bodies:
    """Four bedsides of a ward, with hours that are not the ward's."""
    bodies = ward(4)
    bodies.put("night_hours", NightHours(rules=rules), "night_hours")
    return bodies


def test_hours_that_are_not_the_wards_stand_at_their_screens(words: Words) -> None:
    bodies = nights(
        NightRule(role=ScreenRole.BEDSIDE, start=time(21), end=time(7)),
        NightRule(device_id="dev-001", start=time(0), end=time(0)),
        NightRule(role=ScreenRole.DOOR, start=time(20), end=time(8)),
    )
    rows = {row.key: row.figures.split(" · ") for row in screen_rows(state_of(bodies), words, NOW)}
    assert "night 21:00–07:00" in rows["dev-000"]
    assert "no night" in rows["dev-001"]
    plain = screen_rows(state_of(ward(4)), words, NOW)
    assert not any("night" in row.figures for row in plain), "by the ward's nothing is said"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("appearance", ["day", "night"])
def test_the_head_nurse_says_for_whom_from_when_and_until_when_it_is_night(
    language: str, appearance: str, tmp_path: Path
) -> None:
    bodies, hub = nights(NightRule(start=time(20), end=time(8))), Hub()
    with stage(
        "station", bodies.scene(), size=FULL_HD, language=language, now=NOW, appearance=appearance
    ) as on:
        assert isinstance(on.model, StationCore)
        with_badges(on.model)
        on.model.connect_placing(hub)  # type: ignore[arg-type]  # nobody asks who waits here
        on.tap("pageLinks")
        on.tap("screen-dev-001")
        on.grab(tmp_path / f"night-what-{language}-{appearance}.png")
        on.tap("answer-night")
        on.grab(tmp_path / f"night-whom-{language}-{appearance}.png")
        on.tap("answer-role")
        on.grab(tmp_path / f"night-from-{language}-{appearance}.png")
        on.tap("answer-21:00")
        on.grab(tmp_path / f"night-until-{language}-{appearance}.png")
        on.tap("answer-07:00")
        on.model.badge_read("B-HEAD")
        on.settle()
        on.grab(tmp_path / f"night-done-{language}-{appearance}.png")
        words = Words(Catalogue(language, ZONE))
        whom = words.text("night.role", role=words.text("screen.role.bedside"))
        assert words.text("night.done", start="21:00", end="07:00", whom=whom) in on.texts()
        for chosen in ("never", "ward"):
            on.tap("screen-dev-001")
            on.tap("answer-night")
            on.tap("answer-all")
            on.tap(f"answer-{chosen}")
        told = [(one.do, one.device_id, one.whom, one.hours) for one in hub.orders]
        assert told == [
            ("night", "dev-001", "role", "21:00-07:00"),
            ("night", "dev-001", "all", "never"),
            ("night", "dev-001", "all", "ward"),
        ]
        assert not on.warnings


def _of(item: object, names: tuple[str, ...]) -> bool:
    while item is not None:
        if item.objectName().startswith(names):  # type: ignore[attr-defined]  # an item of QML
            return True
        item = item.parentItem()  # type: ignore[attr-defined]  # an item of QML
    return False
