"""Settings of the rules: what ships, and errors that name the place and the remedy."""

import tomllib
from pathlib import Path

import pytest

from smartward.clinical.rules import (
    REGISTRY,
    Mode,
    RuleSettings,
    RuleSettingsError,
    mode_of,
    rule_settings,
)
from smartward.clinical.rules.infusion_ended import INFUSION_ENDED
from smartward.clinical.rules.infusion_near_end import InfusionSettings
from smartward.clinical.rules.news2 import NEWS2_RISE, News2Settings
from smartward.clinical.rules.settings import entries
from smartward.clinical.rules.table import shipped_file

SHIPPED = Path(__file__).resolve().parents[3] / "resources" / "alert_rules.toml"


def test_what_ships_is_made_from_the_rules() -> None:
    """`smartward rules --toml > resources/alert_rules.toml` makes it anew."""
    assert SHIPPED.read_text(encoding="utf-8") == shipped_file(REGISTRY)


def test_what_ships_names_every_setting_and_mode_at_its_default() -> None:
    table = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert table.keys() == REGISTRY.sections.keys() | REGISTRY.shipped.keys()
    read = rule_settings(table)
    for section, kind in REGISTRY.sections.items():
        assert read.of(kind) == kind()
        assert table[section].keys() - {"mode"} == {one.name for one in entries(kind)}
    for rule in REGISTRY.everything:
        assert mode_of(rule, read) is rule.mode


def test_what_is_left_out_keeps_its_default() -> None:
    assert rule_settings({}) == RuleSettings()
    changed = rule_settings({"infusion_near_end": {"near_min": 5}}).of(InfusionSettings)
    assert (changed.near_min, changed.near_ml) == (5, 50)


def test_a_ward_s_file_is_read_over_what_the_house_has() -> None:
    house = rule_settings({"news2": {"high_from": 8}, "news2_rise": {"mode": "on"}})
    ward = rule_settings({"news2": {"medium_from": 6}, "infusion_ended": {"mode": "off"}}, house)
    assert (ward.of(News2Settings).medium_from, ward.of(News2Settings).high_from) == (6, 8)
    assert mode_of(NEWS2_RISE, ward) is Mode.ON
    assert mode_of(INFUSION_ENDED, ward) is Mode.OFF
    assert mode_of(INFUSION_ENDED, house) is Mode.ON


@pytest.mark.parametrize(
    "table, said",
    [
        ({"news3": {}}, r"\[news3\] is no rule with settings: perhaps news2; .smartward rules"),
        ({"news2": 7}, r"\[news2\] must be a table"),
        (
            {"news2": {"hgih_from": 7}},
            r"\[news2\] has no hgih_from: one of \['back_sets', 'high_from'",
        ),
        (
            {"news2": {"mode": "loud"}},
            r"\[news2\] mode must be one of \['off', 'shadow', 'on'\], not",
        ),
        ({"news2": {"back_sets": 0}}, r"\[news2\] back_sets must be at least 1, not 0"),
        ({"infusion_ended": {"near_ml": 1}}, r"\[infusion_ended\] has no near_ml: only mode"),
        (
            {"observation_set": {"window_min": "10"}},
            r"\[observation_set\] window_min must be a number, not '10'",
        ),
        (
            {"observation_set": {"window_min": True}},
            r"\[observation_set\] window_min must be a number, not True",
        ),
        (
            {"observation_set": {"window_min": float("nan")}},
            r"\[observation_set\] window_min must be a number",
        ),
        (
            {"observation_set": {"window_min": 0}},
            r"\[observation_set\] window_min must be above 0, not 0",
        ),
        ({"news2": {"medium_from": 7}}, r"\[news2\] medium_from must be below high_from"),
        (
            {"observations_overdue": {"grace_least_min": 90}},
            r"\[observations_overdue\] grace_least_min must not be above grace_most_min",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(table: dict[str, object], said: str) -> None:
    with pytest.raises(RuleSettingsError, match=said):
        rule_settings(table)
