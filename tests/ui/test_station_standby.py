"""A station that is at the standby hub: its page of screens says so, and what that hub is about."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.i18n import Catalogue
from smartward.screen.station_words import Words
from tests.ui.bed_stage import application, stage
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW
from tests.ui.test_station_page import FULL_HD


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


@pytest.mark.parametrize("language,appearance", [("zh_CN", "day"), ("en", "night")])
def test_the_page_of_screens_says_at_which_hub_it_is(
    language: str, appearance: str, tmp_path: Path
) -> None:
    scene, words = sample.busy_ward().scene(), Words(Catalogue(language, ZoneInfo("UTC")))
    with stage(
        "station", scene, size=FULL_HD, language=language, now=NOW, appearance=appearance
    ) as on:
        on.tap("pageLinks")
        assert not on.has("fault-standby")
        for mode in ("following", "alone", "handing_over"):
            on.link.standby = mode
            on.link.changed()
            on.pass_time(1)
            on.grab(tmp_path / f"{mode}-{language}.png")
            assert on.has("fault-standby")
            assert words.text(f"devices.standby.{mode}") in on.texts()
            assert words.text(f"devices.standby_so.{mode}") in on.texts()
        on.link.standby = ""
        on.link.changed()
        on.pass_time(1)
        assert not on.has("fault-standby")
        assert not on.warnings
