"""Settings of the rules: what ships, and errors that name the place and the remedy."""

import tomllib
from pathlib import Path

import pytest

from smartward.clinical.rules import RULES, RuleSettings, RuleSettingsError, rule_settings

SHIPPED = Path(__file__).resolve().parents[3] / "resources" / "alert_rules.toml"


def test_what_ships_names_every_setting_at_its_default() -> None:
    table = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert rule_settings(table) == RuleSettings()
    defaults = RuleSettings()
    for section in RuleSettings.__slots__:
        values = getattr(defaults, section)
        assert table[section] == {name: getattr(values, name) for name in values.__slots__}


def test_what_is_left_out_keeps_its_default() -> None:
    assert rule_settings({}) == RuleSettings()
    changed = rule_settings({"infusion_near_end": {"near_min": 5}})
    assert changed.infusion_near_end.near_min == 5
    assert changed.infusion_near_end.near_ml == 50


@pytest.mark.parametrize(
    "table, said",
    [
        ({"news3": {}}, r"\[news3\] is no rule with settings: one of \['infusion_near_end'"),
        ({"news2": 7}, r"\[news2\] must be a table"),
        ({"news2": {"hgih_from": 7}}, r"\[news2\] has no hgih_from: one of \['high_from'"),
        ({"news2": {"window_min": "10"}}, r"\[news2\] window_min must be a number, not '10'"),
        ({"news2": {"window_min": True}}, r"\[news2\] window_min must be a number, not True"),
        ({"news2": {"window_min": float("nan")}}, r"\[news2\] window_min must be a number"),
        ({"news2": {"window_min": 0}}, r"\[news2\] window_min must be above 0, not 0"),
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


def test_every_rule_has_an_own_name_a_version_a_source_and_what_it_needs() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    kinds = {"vital_sign", "infusion", "plan_item"}
    for rule in RULES:
        assert rule.version
        assert len(rule.source) > 20
        assert rule.needs.kinds <= kinds
        assert rule.needs.hours_back > 0
