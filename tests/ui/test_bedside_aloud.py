"""What the bedside says aloud of a name: nothing, unless the rule of the voice allows it."""

from dataclasses import replace
from datetime import time

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
from smartward.wire.envelope import Gone
from smartward.wire.views import KindView, KindWord
from tests.fakes.fake_clock import ManualClock
from tests.ui.bed_stage import application
from tests.ui.bed_ward import NOW, STAY, WARD, doc
from tests.ui.bedside_scenes import bedside, bedside_stay


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


def asked(*, coming: bool = False) -> KindView:
    return KindView(id="a1", encounter_id=STAY, word=KindWord.STAY_IN_BED, coming=coming)


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_out_of_bed_they_are_asked_kindly_a_few_times_and_told_who_comes(night: bool) -> None:
    bed, voice = model("张", "")
    if night:
        ward = replace(WARD, night_start=time(9), night_end=time(23))
        bed.replica.apply(100, [doc("ward", "ward", ward, 100)])
        bed.rest()
        assert bed.resting
    bed.replica.apply(101, [doc("alert", "a1", asked(), 101)])
    assert bed.kindText == "Please stay in bed. A nurse will come and help you."
    assert not bed.resting
    assert voice.said == ["stay_in_bed"]
    for _ in range(5):
        bed.clock.advance(60)
        bed.clock_moved()
    assert voice.said == ["stay_in_bed"] * 3
    bed.replica.apply(102, [doc("alert", "a1", asked(coming=True), 102)])
    assert bed.kindText == "Please stay in bed. A nurse is coming."
    bed.replica.apply(103, [], [Gone("alert", "a1")])
    assert bed.kindText == ""
    assert len(voice.said) == 3


def test_nobody_is_asked_what_is_another_patients() -> None:
    bed, voice = model("张", "")
    other = KindView(id="a2", encounter_id="another", word=KindWord.STAY_IN_BED, coming=False)
    bed.replica.apply(101, [doc("alert", "a2", other, 101)])
    assert (bed.kindText, voice.said) == ("", [])
