"""Screens that wait are placed at the station's page: its real page on a real hub, by somebody with
a badge of that hub."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.config import Settings, asset
from smartward.hub.app import Hub
from smartward.hub.sessions import NotProved as Doubt
from smartward.screen.station_core import StationCore
from smartward.screen.who_acts import NotProved, Proved
from smartward.wire.envelope import Identify
from smartward.wire.pairing import NUMBER_S, number_of
from smartward.wire.placing import PATH, PlaceAsk, Placing, ToType, Waiting, WipedScreen
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.staff import LI, WANG, admin, give, told
from tests.hub.test_pairing import Box
from tests.hub.test_pairing_compared import Stranger
from tests.hub.ward_docs import WARD
from tests.ui.bed_stage import Stage, application, box, is_text, stage
from tests.ui.bed_ward import doc
from tests.ui.station_badges import with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW

HEAD, NURSE = "04:11:22:33", "04:44:55:66"
FULL_HD = (1920, 1080)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


class House:
    """A hub in a thread of its own, and this station at it."""

    def __init__(self, portal: BlockingPortal, folder: Path) -> None:
        self.portal = portal
        self.clock = ManualClock(NOW)
        self.ward: Ward = portal.call(self._open, folder)
        self.station: Device = portal.call(self.ward.enrol, ScreenRole.STATION)

    async def _open(self, folder: Path) -> Ward:
        hub = Hub(Settings(port=0, ward=WARD), folder, self.clock, None)
        await hub.start()
        await docs.furnish(hub.store)
        ward = Ward(hub, self.clock)
        await give(ward, WANG, HEAD, "2846")
        await give(ward, LI, NURSE, "6482")
        return ward

    def prove(self, ask: Identify, told: Callable[[Proved | NotProved], None]) -> None:
        """Whose badge it is, as the hub says."""
        try:
            found = self.portal.call(self.ward.hub.identity.identify, self.station, ask)
        except Doubt as doubt:
            told(NotProved(doubt.key))
        else:
            told(Proved(found.person, found.until))

    def ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
        """Through the hub's door."""
        told(self.portal.call(self._ask, asked))

    async def _ask(self, asked: PlaceAsk) -> Placing:
        transport = httpx.ASGITransport(app=self.ward.hub.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            token = {"Authorization": f"Bearer {self.ward.tokens[self.station.id]}"}
            answer = await client.post(PATH, content=msgspec.json.encode(asked), headers=token)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=Placing)

    def audit(self) -> list[tuple[str, str, str | None]]:
        rows = self.portal.call(told, self.ward)
        kinds = ("device.approve", "device.refuse")
        return [(one.kind, one.outcome, one.by.name) for one in rows if one.kind in kinds]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with start_blocking_portal("asyncio") as portal:
        found = House(portal, tmp_path / "hub")
        yield found
        portal.call(found.ward.hub.stop)


@contextmanager
def links_page(house: House) -> Iterator[Stage]:
    """The station's page of screens, before anybody came."""
    with stage("station", sample.busy_ward().scene(), size=FULL_HD, language="en", now=NOW) as on:
        assert isinstance(on.model, StationCore)
        on.model.prover = house
        on.model.connect_placing(house)
        on.tap("pageLinks")
        yield on
        assert not on.warnings


def waits(house: House, machine: str = "m1") -> tuple[Box, str]:
    box = Box(house.ward, machine)
    return box, house.portal.call(box.code)


def look(on: Stage, badge: str = HEAD) -> None:
    on.tap("lookWaiting")
    on.model.badge_read(badge)
    on.settle()


def answer(on: Stage, key: str) -> None:
    on.model.question.choose(key)  # type: ignore[attr-defined]  # of the station
    on.settle()


def test_nobody_is_told_who_waits_before_somebody_is_known(house: House) -> None:
    _, code = waits(house)
    with links_page(house) as on:
        on.tap("lookWaiting")
        assert not on.has(f"waiting-{code}")
        on.model.badge_read(HEAD)
        on.settle()
        assert on.has(f"waiting-{code}")
        assert any("Device S-1" in text for text in on.texts())
        on.model.forgetStaff()
        on.settle()
        assert not on.has(f"waiting-{code}")


def test_the_head_nurse_places_a_screen_at_a_bed(house: House) -> None:
    machine, code = waits(house)
    with links_page(house) as on:
        look(on)
        on.tap(f"place-{code}")
        assert on.text("askTitle") == f"What is the screen {code}?"
        answer(on, "bedhead")
        assert on.text("askTitle") == "At which bed?"
        answer(on, "his.bed-2")
        assert not on.has(f"waiting-{code}")
        assert on.text("waitingStatus") == "No screen waits for a place"
        assert f"{code} is placed: Bedhead · Bed 2" in " ".join(on.texts())
    given = house.portal.call(machine.paired)
    assert (given.role, given.place) == (ScreenRole.BEDHEAD, "his.bed-2")
    assert house.audit() == [("device.approve", "applied", "王芳")]


async def _compares(house: House) -> Stranger:
    """A screen that found this hub by DNS, once it shows its code; its last number was wrong."""
    one = Stranger(house.ward)
    one.denied = one.compared.authority
    await one.ask()
    await one.ask()
    return one


@pytest.mark.expects_log("a screen was not told the number of this hub")
def test_at_a_screen_that_does_not_know_the_hub_a_number_has_to_be_typed(house: House) -> None:
    """Known before it is placed; the number stands here for ten minutes, for whoever placed it."""
    waits(house)
    one = house.portal.call(_compares, house)
    with links_page(house) as on:
        pass_time(house, on, 120)
        look(on)
        told = [text for text in on.texts() if "has to be typed on it" in text]
        assert len(told) == 1
        assert "the last number typed there was wrong" in told[0]
        on.tap(f"place-{one.code()}")
        answer(on, "bedhead")
        answer(on, "his.bed-2")
        given = house.portal.call(one.ask)
        number = number_of(one.key.public, one.compared, given.word)
        notice = f"{one.code()} is placed: Bedhead · Bed 2. Now type {number} on it."
        assert notice in on.texts()
        assert on.has(f"number-{one.code()}")
        assert f"Type {number}" in on.texts()
        on.model.forgetStaff()  # type: ignore[attr-defined]  # of the station
        on.settle()
        assert not on.has(f"number-{one.code()}")
        assert notice in on.texts(), "it is for who goes there"
        pass_time(house, on, NUMBER_S - 1)
        look(on)
        assert f"Type {number}" in on.texts()
        pass_time(house, on, 1)
        assert not on.has(f"number-{one.code()}"), "its time is over, and nobody asked anew"
        assert notice not in on.texts()
        on.tap("lookWaiting")
        assert not on.has(f"number-{one.code()}")


@pytest.mark.expects_log("a screen was not told the number of this hub")
def test_the_number_goes_as_its_screen_comes(house: House) -> None:
    """Nobody has to ask again; that it was there before it was placed is no sign."""
    one = house.portal.call(_compares, house)
    with links_page(house) as on:
        look(on)
        on.tap(f"place-{one.code()}")
        answer(on, "bedhead")
        answer(on, "his.bed-2")
        given = house.portal.call(one.ask).enrolment
        assert given is not None
        was = ScreenStatus(
            device_id=given.device_id,
            role=ScreenRole.BEDHEAD,
            place="his.bed-2",
            label="",
            online=True,
            since=NOW - timedelta(seconds=1),
        )
        come = replace(was, since=NOW + timedelta(seconds=40))
        pass_time(house, on, 45)
        for turn, status, shown in (
            (1, was, True),
            (2, replace(come, online=False), True),
            (3, come, False),
        ):
            on.replica.apply(10_000 + turn, [doc("screen", was.device_id, status, 10_000 + turn)])
            on.settle()
            assert on.has(f"number-{one.code()}") == shown, turn
            noticed = [text for text in on.texts() if "Now type" in text]
            assert len(noticed) == int(shown), turn


def pass_time(house: House, on: Stage, seconds: float) -> None:
    """For the hub and for the station."""
    house.clock.advance(seconds)
    on.pass_time(seconds)


@pytest.mark.parametrize("how", ["second", "instead"])
def test_where_a_screen_is_it_asks_once(house: House, how: str) -> None:
    there = house.portal.call(house.ward.enrol, ScreenRole.BEDSIDE, "2")
    machine, code = waits(house)
    with links_page(house) as on:
        look(on)
        on.tap(f"place-{code}")
        answer(on, "bedside")
        answer(on, "his.bed-2")
        assert on.text("askTitle") == "Bedside · Bed 2 has a screen already"
        assert f"The new one shows {code}" in on.texts()
        answer(on, how)
        assert not on.has("askTitle")
    house.portal.call(machine.paired)
    assert (house.ward.hub.access.device(there.id) is None) == (how == "instead")


def test_a_station_needs_no_place(house: House) -> None:
    machine, code = waits(house)
    with links_page(house) as on:
        look(on)
        on.tap(f"place-{code}")
        answer(on, "station")
    assert house.portal.call(machine.paired).role is ScreenRole.STATION


def test_a_screen_is_refused_after_one_question(house: House) -> None:
    machine, code = waits(house)
    with links_page(house) as on:
        look(on)
        on.tap(f"refuse-{code}")
        assert house.audit() == []
        answer(on, "refuse")
        assert not on.has(f"waiting-{code}")
    assert house.portal.call(machine.ask).state == "refused"
    assert house.audit() == [("device.refuse", "applied", "王芳")]


async def _wiped(house: House, machine: Box) -> str:
    """It was at bed 2, and shall forget all."""
    await admin(house.ward, "approve", code=await machine.code(), role="bedside", place="2")
    id = (await machine.paired()).device_id
    await admin(house.ward, "wipe", device_id=id)
    return id


def test_a_wiped_screen_says_what_is_to_be_done_and_is_written_off(house: House) -> None:
    """What forgets at this moment is left to itself."""
    machine, _ = waits(house)
    id = house.portal.call(_wiped, house, machine)
    other, _ = waits(house, "m2")
    second = house.portal.call(_wiped, house, other)
    house.portal.call(other.ask)
    with links_page(house) as on:
        assert not on.has(f"wiped-{id}")
        look(on)
        assert "Wiped: Bedside · Bed 2" in on.texts()
        assert any("destroy its disk" in text and id in text for text in on.texts())
        assert any("it is forgetting now" in text and second in text for text in on.texts())
        assert on.has(f"wiped-{second}")
        assert not on.has(f"refuse-{second}")
        on.tap(f"refuse-{id}")
        assert on.text("askTitle") == "Write off the wiped screen Bedside · Bed 2?"
        answer(on, "write_off")
        assert not on.has(f"wiped-{id}")
        assert "Nobody waits for it any more: Bedside · Bed 2" in on.texts()
        on.model.forgetStaff()  # type: ignore[attr-defined]  # of the station
        on.settle()
        assert not on.has(f"wiped-{second}")
    rows = [one for one in house.portal.call(told, house.ward) if one.kind == "device.write_off"]
    assert [(row.outcome, row.by.name) for row in rows] == [("applied", "王芳")]


def test_a_nurse_is_told_who_may(house: House) -> None:
    _, code = waits(house)
    with links_page(house) as on:
        look(on, NURSE)
        assert not on.has(f"waiting-{code}")
        assert "Only the head nurse can place screens here. Nothing was done." in on.texts()


def test_a_screen_that_has_gone_meanwhile_is_said_so(house: House) -> None:
    _, code = waits(house)
    with links_page(house) as on:
        look(on)
        on.tap(f"place-{code}")
        house.portal.call(_refuse, house.ward, code)
        answer(on, "corridor")
        assert f"The screen {code} waits no more" in on.texts()
        assert not on.has(f"waiting-{code}")


async def _refuse(ward: Ward, code: str) -> None:
    await admin(ward, "refuse", code=code)


def test_without_an_answer_nothing_is_shown(house: House) -> None:
    class Away:
        def ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
            told(None)

    _, code = waits(house)
    with links_page(house) as on:
        look(on)
        assert isinstance(on.model, StationCore)
        on.model.connect_placing(Away())
        on.tap("lookWaiting")
        assert "The hub does not answer. Nothing was done." in on.texts()
        assert not on.has(f"waiting-{code}")


class Many:
    """A hub at which so many wait, with the longest names."""

    def __init__(self, count: int) -> None:
        self.count = count

    def ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
        planned: dict[str, Any] = {"role": ScreenRole.BEDSIDE, "place": "his.bed-1"}
        told(
            Placing(
                waiting=tuple(
                    Waiting(
                        code=f"WM{number:04d}",
                        serial="SN-" + "WXYZ0123456789" * 13 if number % 2 else "",
                        since=NOW,
                        compares=number % 4 == 1,
                        denied=number % 8 == 1,
                        **(planned if number % 3 == 0 else {}),
                    )
                    for number in range(self.count)
                ),
                numbers=tuple(
                    ToType(
                        code=f"TY{number:04d}",
                        number=f"{number:04d}",
                        role=ScreenRole.BEDSIDE,
                        place="his.bed-1",
                    )
                    for number in range(min(self.count, 3))
                ),
                wiped=tuple(
                    WipedScreen(
                        device_id=f"0193a7f0-5b7e-7c3a-9d5c-{number:012d}",
                        role=ScreenRole.DOOR if number % 2 else None,
                        place="room-1",
                        label="Window, on loan from radiology until spring " * 3 if number else "",
                        at=NOW,
                        forgetting=number % 3 == 2,
                    )
                    for number in range(self.count)
                ),
            )
        )


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("appearance, count", [("day", 0), ("day", 3), ("night", 64)])
def test_the_page_fits(language: str, appearance: str, count: int, tmp_path: Path) -> None:
    translator = QTranslator()
    if language == "zh_CN":
        assert translator.load(str(asset(f"resources/i18n/smartward_{language}.qm")))
        QCoreApplication.installTranslator(translator)
    scene = sample.busy_ward().scene()
    try:
        with stage(
            "station", scene, size=FULL_HD, language=language, now=NOW, appearance=appearance
        ) as on:
            assert isinstance(on.model, StationCore)
            with_badges(on.model)
            on.model.connect_placing(Many(count))
            on.tap("pageLinks")
            look(on, "B-HEAD")
            page = box(on.find("linksPage"))
            assert on.has("waitingStatus") == (count == 0)
            rows = [one for one in on.shown() if one.objectName().startswith("waiting-")]
            assert len(rows) == count
            for row in rows:
                words = [box(one) for one in on.shown() if is_text(one) and row.isAncestorOf(one)]
                assert words
                assert all(one.right() <= page.right() + 0.5 for one in words)
                refuse = box(on.find(f"refuse-{row.objectName()[8:]}"))
                assert refuse.right() <= page.right() + 0.5
            numbers = [one for one in on.shown() if one.objectName().startswith("number-")]
            assert len(numbers) == min(count, 3)
            wiped = [one for one in on.shown() if one.objectName().startswith("wiped-")]
            assert len(wiped) == count
            for row in (*wiped, *numbers):
                words = [box(one) for one in on.shown() if is_text(one) and row.isAncestorOf(one)]
                assert all(
                    one.right() <= page.right() + 0.5 and one.bottom() <= box(row).bottom()
                    for one in words
                )
            on.grab(tmp_path / f"placing-{language}-{appearance}-{count}.png")
            assert not on.warnings
    finally:
        QCoreApplication.removeTranslator(translator)
