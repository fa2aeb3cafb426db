"""What the tests of the screens share: one Qt application, models on a page, a hub that obeys."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import ScreenRole
from smartward.config import Settings
from smartward.screen.event_loop import ScreenLoop
from smartward.screen.link import LinkState, Phase
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox
from smartward.screen.services import Services
from tests.fakes.fake_clock import ManualClock


@pytest.fixture(scope="session")
def app() -> QGuiApplication:
    """The one application of this process."""
    existing = QGuiApplication.instance()
    return existing if isinstance(existing, QGuiApplication) else QGuiApplication(["test"])


@pytest.fixture(scope="session")
def loop(app: QGuiApplication) -> Iterator[ScreenLoop]:
    """The loop a screen runs on: Qt's events and asyncio in one."""
    made = ScreenLoop(app)
    yield made
    made.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def services(clock: ManualClock) -> Services:
    """A station's services with both links well and nothing on the ward."""
    now = clock.now()
    return Services(
        role=ScreenRole.STATION,
        settings=Settings(staff_proof="name"),
        clock=clock,
        replica=Replica(ScreenRole.STATION),
        link=LinkState(phase=Phase.LIVE, last_heard=now, his_as_of=now),
        outbox=PictureOutbox(),
        language="en",
    )
