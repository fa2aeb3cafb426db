"""The key pad for observations as it is drawn: whole in every state, at the station and the bed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtGui import QGuiApplication

from smartward.clinical.observation import Measurement, VitalSign
from smartward.clinical.observation import Parameter as P
from tests.ui.bed_checks import all_faults, cut_texts, millimetre, overlapping_texts, small_targets
from tests.ui.bed_stage import Stage, application, speak, stage
from tests.ui.bed_ward import LONG, LONG_HAN, NOW, STAY, doc
from tests.ui.bedside_scenes import bedside, bedside_stay
from tests.ui.station_badges import LEE_BADGE, with_badges
from tests.ui.station_replicas.ward import NOW as STATION_NOW
from tests.ui.station_replicas.ward import bed_id
from tests.ui.task_scenes import working

PANELS = {
    '7"': (1024, 600),
    '10.1"': (1280, 800),
    '10.1" upright': (800, 1280),
    '15.6"': (1920, 1080),
    '15.6" upright': (1080, 1920),
}
FORMS = (("en", 1.0), ("zh_CN", 1.6))
FEW = {('7"', FORMS[0]), ('10.1"', FORMS[1])}
"""All others are measured in the long run."""
EACH = [
    pytest.param(panel, form, marks=() if (panel, form) in FEW else pytest.mark.long)
    for panel in PANELS
    for form in FORMS
]
WHOLE = ("2", "2", "9", "4", "oxygen", "tracheostomy_mask", "1", "5", "#", "1", "0", "5", "6", "0")
STEPS: dict[str, tuple[str, ...]] = {
    "empty": (),
    "device": WHOLE[:5],
    "acvpu": (*WHOLE, "1", "1", "2"),
    "whole": (*WHOLE, "1", "1", "2", "C", "3", "9", "1"),
    "sure": (*WHOLE, "1", "1", "2", "C", "2", "0", "1"),
    "missed": ("2", "2", "?"),
    "leave": ("2", "2", "<"),
}
"""What is typed: keys, `#` next, `?` why not, `<` back."""


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def type_in(on: Stage, keys: tuple[str, ...]) -> None:
    pad = on.model.pad
    pad.back()
    for row in list(pad.core.draft.values):
        pad.core.draft.values.pop(row)
    pad.core.draft.missed.clear()
    pad.select(P.RESPIRATORY_RATE)
    for key in keys:
        match key:
            case "#":
                pad.next()
            case "?":
                pad.askMissed()
            case "<":
                pad.leave()
            case _:
                pad.press(key)
    on.settle()


def vital_sign() -> VitalSign:
    values = {P.RESPIRATORY_RATE: 18.0, P.SYSTOLIC: 132.0, P.TEMPERATURE: 36.7}
    return VitalSign(
        id="s1",
        encounter_id=STAY,
        taken_at=NOW - timedelta(hours=27),
        received_at=NOW - timedelta(hours=27),
        measurements=tuple(Measurement(parameter=p, value=v) for p, v in values.items()),
    )


@pytest.mark.parametrize("panel, form", EACH)
def test_at_the_bed_nothing_is_cut_and_every_key_is_wide_enough(
    panel: str, form: tuple[str, float]
) -> None:
    stay = replace(bedside_stay(news2_scale=2), opened_name=f"{LONG_HAN} {LONG}")
    scene = bedside(stay=stay, extra=(doc("vital_sign", "s1", vital_sign()),))
    with stage("bedside", scene, size=PANELS[panel]) as on:
        for page in ("staff", "turns", "observations"):
            on.model.show(page)
        on.settle()
        assert not on.has("padKeys")
        on.model.chooseStaff("his.p-1")
        language, scale = form
        speak(on, language)
        on.model.setTextScale(scale)
        for name, keys in STEPS.items():
            type_in(on, keys)
            found = [*all_faults(on, PANELS[panel]), *on.warnings]
            assert (name, found) == (name, [])


STATIONS = [
    ((1280, 800), "en"),
    pytest.param((1920, 1080), "zh_CN", marks=pytest.mark.long),
    pytest.param((1080, 1920), "en", marks=pytest.mark.long),
]


@pytest.mark.parametrize("size, language", STATIONS)
def test_at_the_station_it_is_whole_beside_the_queue(size: tuple[int, int], language: str) -> None:
    scene = working(long=True).scene()
    with stage("station", scene, size=size, language=language, now=STATION_NOW) as on:
        with_badges(on.model).badge_read(LEE_BADGE)
        on.model.observeBed(bed_id(12))
        for name, keys in STEPS.items():
            type_in(on, keys)
            keys_small = [one for one in small_targets(on, millimetre(size, 23.8)) if "pad" in one]
            found = [*cut_texts(on), *overlapping_texts(on), *keys_small, *on.warnings]
            assert (name, found) == (name, [])
            assert on.has("observationSheet")
