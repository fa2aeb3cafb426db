"""A station's first frame: every card is made once there is room for it, and stays where it is."""

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import ScreenRole
from smartward.config import Settings, asset
from smartward.screen.link import LinkState
from smartward.screen.pages import PAGES, make_model
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, show_scene
from smartward.screen.services import Services
from smartward.screen.window import MessageCounter, ScreenWindow
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_stage import application, box
from tests.ui.station_replicas.ward import NOW, full_ward

_Place = tuple[float, float, float, float]


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def _cards(window: ScreenWindow) -> dict[str, _Place]:
    waiting, cards = [window.window.contentItem()], []
    while waiting:
        item = waiting.pop()
        waiting += item.childItems()
        if item.objectName().startswith("bed-"):
            cards.append(item)
    boxes = {card.objectName(): box(card) for card in cards}
    return {name: (at.x(), at.y(), at.width(), at.height()) for name, at in boxes.items()}


def test_sixty_cards_are_made_when_there_is_room_and_stay_where_they_are() -> None:
    """Made before, each was laid out five times on its way there."""
    clock, replica, link = ManualClock(NOW), Replica(ScreenRole.STATION), LinkState()
    show_scene(full_ward(60).scene(), replica, link, clock)
    model = make_model(
        ScreenRole.STATION,
        Services(
            role=ScreenRole.STATION, settings=Settings(), clock=clock, replica=replica, link=link,
            outbox=PictureOutbox(), language="zh_CN",
        ),
    )  # fmt: skip
    model.start()
    messages = MessageCounter()
    page = asset("ui", PAGES[ScreenRole.STATION].qml)
    window = ScreenWindow(page, model, clock, messages)
    window.load((1920, 1080), False)
    frames: list[dict[str, _Place]] = []
    window.on_frame.append(lambda: frames.append(_cards(window)))
    before = _cards(window)
    window.draw()
    assert before == {}  # the window has no size before it is shown
    assert len(frames[0]) == 60
    assert all(width > 0 and height > 0 for _, _, width, height in frames[0].values())
    window.window.grabWindow()
    assert _cards(window) == frames[0]
    window.close()
    assert messages.texts == []
