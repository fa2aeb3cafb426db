"""What the bedside says aloud of a name: nothing, unless the rule of the voice allows it."""

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import ScreenRole
from smartward.clinical.priority import Priority
from smartward.config import Settings
from smartward.screen.bedside import BedsideModel
from smartward.screen.link import LinkState
from smartward.screen.replica import Replica
from smartward.screen.scene import PictureOutbox, show_scene
from smartward.screen.services import Services
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_scenes import NOW, STAY, bedside, bedside_stay, doc
from tests.ui.bed_stage import application


class Voice:
    """A speaker that keeps what it was to say."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def announce(
        self,
        prompt_key: str,
        values: dict[str, str],
        priority: Priority,
        lang: str,
        expires_s: float,
    ) -> None:
        self.said.append(prompt_key)

    def tick(self) -> None:
        self.said.append("tick")

    def can_say(self, lang: str) -> bool:
        return True

    def say(self, text: str, priority: Priority, lang: str, expires_s: float) -> None:
        self.said.append(text)


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def model(family: str, spoken: str) -> tuple[BedsideModel, Voice]:
    clock, replica, link = ManualClock(NOW), Replica(ScreenRole.BEDSIDE), LinkState()
    show_scene(bedside(), replica, link, clock)
    stay = bedside_stay(family=family, spoken_family=spoken)
    replica.apply(100, [doc("encounter", STAY, stay, 100)])
    services = Services(
        role=ScreenRole.BEDSIDE,
        settings=Settings(),
        clock=clock,
        replica=replica,
        link=link,
        outbox=PictureOutbox(),
        language="en",
    )
    made, voice = BedsideModel(services), Voice()
    made.start()
    made.set_speaker(voice)
    return made, voice


@pytest.mark.parametrize(
    "family, spoken, shown, said",
    [
        ("张", "", "Good morning, Mr Zhang", "Good morning"),
        ("张", "张", "Good morning, Mr Zhang", "Good morning, Mr Zhang"),
        ("", "张", "Good morning", "Good morning, Mr Zhang"),
        ("", "", "Good morning", "Good morning"),
    ],
)
def test_a_greeting_is_shown_and_said_by_two_rules(
    family: str, spoken: str, shown: str, said: str
) -> None:
    bed, voice = model(family, spoken)
    assert str(bed.title) == shown
    bed.speakPage()
    bed.speakItem(shown)
    page, item = voice.said
    assert item == said
    assert page.startswith(said)
    assert ("Zhang" in page) is bool(spoken)
