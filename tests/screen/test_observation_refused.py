"""A saved set whose session the hub does not believe in any more: nothing of it is lost."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import ScreenRole
from smartward.config import Settings
from smartward.screen.hub_address import Hub
from smartward.screen.kept import open_cache
from smartward.screen.link import LinkState
from smartward.screen.live import Live
from smartward.screen.replica import Replica
from smartward.screen.scene import show_scene
from smartward.screen.services import Services
from smartward.screen.station import StationModel
from smartward.screen.window import ScreenWindow
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Answer
from tests.fakes.fake_clock import ManualClock
from tests.screen.test_live import NoWindow
from tests.ui.station_badges import LEE_BADGE, QIAN_BADGE, with_badges
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, bed_id


class Desk:
    """A station with its own outbox, and a hub that answers when told."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW)
        link, replica = LinkState(), Replica(ScreenRole.STATION)
        self.kept = open_cache(
            folder=folder,
            token="t",
            place=None,
            replica=replica,
            link=link,
            clock=self.clock,
            rate=1.0,
        )
        show_scene(sample.full_ward(20).scene(), replica, link, self.clock)
        self.model = StationModel(
            Services(
                role=ScreenRole.STATION,
                settings=Settings(),
                clock=self.clock,
                replica=replica,
                link=link,
                outbox=self.kept.outbox,
                language="en",
            )
        )
        self.model.start()
        self.live = Live(
            kept=self.kept,
            hub=Hub(url="http://127.0.0.1:9", token="t"),
            model=self.model,
            window=cast(ScreenWindow, NoWindow()),
            replica=replica,
            link=link,
            clock=self.clock,
            screen_tasks=Tasks(),
        )
        with_badges(self.model)
        self.model.badge_read(LEE_BADGE)

    def open_pad(self) -> None:
        self.model.observeBed(bed_id(12))

    def type_in(self, keys: str) -> None:
        for key in keys:
            self.model.pad.press(key)

    def values(self) -> dict[str, str]:
        return {one.key: one.value for one in self.model.pad.rows.rows if one.value}

    def entered(self, kind: str = ActionKind.OBSERVATION_ENTER) -> list[Action]:
        return [one for one in self.kept.outbox.pending() if one.kind == kind]

    def refuse(self, key: str, *kinds: str) -> None:
        """The hub takes none of these; all else it takes, one after the other."""

        async def run() -> None:
            while (touch := self.kept.outbox.next()) is not None:
                action = touch.action
                no = action.kind in kinds
                answer = Answer(id=action.id, outcome="refused" if no else "applied", key=key)
                if await self.kept.outbox.answered(touch, answer):
                    self.live.refusals.tell(action, answer)

        asyncio.run(run())

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.model.clock_moved()


@pytest.fixture
def desk(app: QGuiApplication, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    asyncio.run(made.live.close())
    made.kept.cache.close()


@pytest.mark.parametrize("key", ["identity.session_unknown", "identity.session_over"])
def test_a_set_of_a_session_that_is_over_waits_for_whoever_typed_it(desk: Desk, key: str) -> None:
    desk.open_pad()
    desk.type_in("1897")
    desk.model.pad.askMissed()
    desk.model.pad.answer("refused")
    desk.model.pad.save()
    (first,) = desk.entered()
    desk.refuse(key, ActionKind.OBSERVATION_ENTER, ActionKind.CARE_RECORD)
    assert (desk.model.person, desk.model.pad.open) == (None, False)
    assert "Bed 12" in str(desk.model.noticeText)
    assert "not saved" in str(desk.model.noticeText)
    desk.pass_time(90)
    assert desk.entered() == []
    desk.model.badge_read(QIAN_BADGE)
    desk.open_pad()
    assert desk.values() == {}, "nobody else saves it"
    desk.model.badge_read(LEE_BADGE)
    desk.open_pad()
    assert list(desk.values().values()) == ["18", "97", "Refused"]
    desk.model.pad.save()
    (again,) = desk.entered()
    assert again.id != first.id
    assert (again.data, again.by.id) == (first.data, "n1")
    (reason,) = desk.entered(ActionKind.CARE_RECORD)
    assert reason.data["about"] == "oxygen_supply"


def test_nothing_of_it_is_done_by_whoever_comes_next(desk: Desk) -> None:
    desk.open_pad()
    desk.type_in("18")
    desk.model.pad.save()
    desk.refuse("identity.session_over", ActionKind.OBSERVATION_ENTER)
    desk.model.badge_read(QIAN_BADGE)
    assert desk.entered() == []


def test_a_reason_alone_that_was_refused_comes_back_without_what_was_taken(desk: Desk) -> None:
    desk.open_pad()
    desk.type_in("18")
    desk.model.pad.askMissed()
    desk.model.pad.answer("away")
    desk.model.pad.save()
    desk.refuse("care.time", ActionKind.CARE_RECORD)
    assert desk.values() == {"oxygen_saturation": "Off the ward"}
    assert desk.model.pad.refusal != ""
    desk.model.pad.save()
    assert [one.data.get("missed") for one in desk.entered(ActionKind.CARE_RECORD)] == ["away"]


@pytest.mark.expects_log("is unknown here")
def test_a_reason_of_a_newer_hub_loses_nothing(desk: Desk) -> None:
    desk.open_pad()
    desk.type_in("18")
    desk.model.pad.save()
    desk.refuse("observation.of_a_newer_hub", ActionKind.OBSERVATION_ENTER)
    assert desk.model.noticeText != ""
    desk.pass_time(5)
    desk.open_pad()
    assert desk.values() == {"respiratory_rate": "18"}
