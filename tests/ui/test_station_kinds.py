"""Every rule that ships switched on has words on a bed's card, and a voice where it sounds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smartward.clinical.alert import AlertClass
from smartward.clinical.rules import REGISTRY, Mode
from smartward.clinical.rules.base import PRIORITY_OF, AnyRule
from smartward.clinical.words import Wording
from smartward.device.prompts import Prompts
from smartward.i18n import Catalogue
from smartward.screen.station_foot import alert_foot
from smartward.screen.station_queue import items
from smartward.screen.station_sound import Sounds
from smartward.screen.station_words import Words
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, ZONE
from tests.ui.test_station_queue import state_of

CRITICAL_LAB = 21
DEFENDED = [one for one in REGISTRY.everything if one.mode is Mode.ON or one.number == CRITICAL_LAB]
SOUNDING = (AlertClass.EMERGENCY, AlertClass.URGENT)
LONGEST = {"zh_CN": 6, "en": 14}
"""Characters that a card's foot has room for."""
TABLE = Prompts()


@pytest.mark.parametrize("language", LONGEST)
@pytest.mark.parametrize("rule", DEFENDED, ids=lambda one: one.id)
def test_its_foot_is_a_word_or_two(rule: AnyRule, language: str) -> None:
    bodies = sample.full_ward()
    sample.plain_alert(bodies, 7, rule.id, PRIORITY_OF[rule.alert_class], 1)
    (item,) = items(state_of(bodies))
    title = Wording(key=f"alert.{rule.id}.title", values={"n": 7, "total": 7})
    alert = replace(item.the_alert, title=title, harm_at=NOW + timedelta(minutes=7))
    words = Words(Catalogue(language, ZONE))
    foot = alert_foot(alert, words, NOW).text
    assert 0 < len(foot) <= LONGEST[language]


@pytest.mark.parametrize(
    "rule", [one for one in DEFENDED if one.alert_class in SOUNDING], ids=lambda one: one.id
)
def test_what_sounds_is_said_and_never_with_a_name_or_a_figure(rule: AnyRule) -> None:
    bodies = sample.full_ward()
    sample.plain_alert(bodies, 7, rule.id, PRIORITY_OF[rule.alert_class], 1)
    (told,) = Sounds().due(items(state_of(bodies)), (), NOW)
    for language in LONGEST:
        assert TABLE.pieces(told.prompt, language, told.values)
        assert TABLE.slots(told.prompt) <= {"room", "bed"}
