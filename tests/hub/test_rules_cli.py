"""`smartward rules`: the table, the operators' page, and a ward's own file with its errors."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartward import cli
from smartward.clinical.rules import REGISTRY, Mode, RuleSettings, mode_of
from smartward.clinical.rules.infusion_near_end import INFUSION_NEAR_END, InfusionSettings
from smartward.clinical.rules.news2 import NEWS2_RISE, News2Settings
from smartward.clinical.rules.settings import entries
from smartward.clinical.rules.table import shipped_file
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import rules_cli
from smartward.hub.rule_settings import load_rules
from smartward.hub.rules_cli import main
from smartward.hub.rules_table import HEAD, LISTED, rows
from smartward.i18n import LANGUAGES, Catalogue
from tests.project.repo import ROOT

OFFERED = {4, *range(6, 17), *range(18, 48), 49, 50, 52}  # fmt: skip
"""Catalogue numbers that are rules here."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_whole_row(language: str) -> None:
    found = rows(Catalogue(language, ZoneInfo("UTC")), RuleSettings())
    assert {row.rule.number for row in found} == OFFERED
    assert not OFFERED & LISTED.keys()
    for row in found:
        assert len(row.cells) == len(HEAD)
        assert all(cell.strip() for cell in row.cells)
        wanted = [one.name for kind in row.rule.settings for one in entries(kind)]
        assert len(row.limits) == len(wanted)
        for name, limit in zip(wanted, row.limits, strict=True):
            assert f"] {name} = " in limit


def test_the_operators_page_is_made_from_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """`smartward rules --language en --markdown > packaging/alert-rules.md` makes it anew."""
    assert main(["--language", "en", "--markdown"]) == 0
    page = ROOT.joinpath("packaging", "alert-rules.md").read_text("utf-8")
    assert capsys.readouterr().out == page


def test_the_table_and_the_file_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "zh_CN"]) == 0
    out = capsys.readouterr().out
    assert "45  bed_mismatch  U 尽快  开" in out
    assert "[bed_exit] confirm_s = 2 s" in out
    assert main(["--toml"]) == 0
    assert capsys.readouterr().out == shipped_file(REGISTRY)


def test_a_ward_s_own_file_is_over_what_ships(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ward.toml"
    file.write_text('[news2]\nhigh_from = 8\n[news2_rise]\nmode = "on"\n')
    rules = load_rules(Settings(alert_rules_file=str(file)))
    assert rules.of(News2Settings).high_from == 8
    assert mode_of(NEWS2_RISE, rules) is Mode.ON
    assert mode_of(INFUSION_NEAR_END, rules) is Mode.ON
    assert main(["--settings", str(file), "--check", "--language", "en"]) == 0
    assert "good" in capsys.readouterr().out
    assert main(["--settings", str(file), "--language", "en"]) == 0
    assert "[news2] high_from = 8 points" in capsys.readouterr().out


def test_a_hub_s_setting_wins_only_where_it_was_set(tmp_path: Path) -> None:
    file = tmp_path / "ward.toml"
    file.write_text("[infusion_near_end]\nnear_min = 6\n")
    name = str(file)
    assert load_rules(Settings(alert_rules_file=name)).of(InfusionSettings).near_min == 6
    both = Settings(alert_rules_file=name, drip_warn_min=7)
    assert load_rules(both).of(InfusionSettings).near_min == 7


@pytest.mark.parametrize(
    "text, said",
    [
        ("[news2]\nhigh_from = 4\n", "[news2] medium_from must be below high_from"),
        ("[news2]\nhihg_from = 8\n", "[news2] has no hihg_from: one of"),
        ("[turn_due]\nevery_h = 0\n", "[turn_due] every_h must be above 0"),
        ('[turn_due]\nmode = "loud"\n', "[turn_due] mode must be one of"),
        ("[tunr_due]\n", "[tunr_due] is no rule with settings: perhaps turn_due"),
        ("][", "Invalid"),
    ],
)
def test_a_wrong_file_is_named_with_key_and_remedy(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ward.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured) as error:
        main(["--settings", str(file), "--check"])
    assert error.value.values["file"] == str(file)
    reason = str(error.value.values["reason"])
    assert said in reason
    with pytest.raises(SystemExit):
        cli.main(["rules", "--settings", str(file), "--check"])
    printed = capsys.readouterr().err
    assert printed.count(reason) == 1, "once is enough"
    assert str(file) in printed
    assert len(reason) < 400


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as error:
        main(["--settings", str(tmp_path / "none.toml")])
    file = str(tmp_path / "none.toml")
    assert error.value.values == {"file": file, "reason": "No such file or directory"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_file_that_quiets_rules_which_ship_on_says_which(
    tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ward.toml"
    file.write_text(
        '[news2]\nmode = "off"\n[bed_mismatch]\nmode = "shadow"\n[news2_rise]\nmode = "off"\n'
    )
    assert main(["--settings", str(file), "--check", "--language", language]) == 0
    _, shadow, off = capsys.readouterr().out.splitlines()
    assert "shadow" in shadow
    assert shadow.endswith("45 bed_mismatch")
    assert "off" in off
    assert off.endswith("10 news2")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", [(), ("--markdown",)])
def test_a_rule_with_thresholds_of_the_ward_says_that_its_words_are_as_shipped(
    tmp_path: Path, language: str, form: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    mark = Catalogue(language, ZoneInfo("UTC")).text("rules.as_shipped")
    file = tmp_path / "ward.toml"
    for text, marked in (("", 0), ("[repeated_calls]\nhow_many = 5\n", 1)):
        file.write_text(text)
        assert main(["--settings", str(file), "--language", language, *form]) == 0
        assert capsys.readouterr().out.count(mark) == marked


def test_the_operators_page_tells_every_mode() -> None:
    page = ROOT.joinpath("packaging", "operators.md").read_text("utf-8")
    part = page.split("## Alert rules\n")[1].split("\n## ")[0]
    assert all(f'| `"{mode}"` | ' in part for mode in Mode)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_read_anew_is_told_also_where_nothing_changed(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["[news2] mode on -> off"], []])
    monkeypatch.setattr(rules_cli, "ask", lambda path, **asked: {"changed": next(answers)})
    for _ in range(2):
        assert main(["--reload", "--language", language]) == 0
    unchanged = Catalogue(language, ZoneInfo("UTC")).text("rules.unchanged")
    assert capsys.readouterr().out.splitlines() == ["[news2] mode on -> off", unchanged]


@pytest.mark.parametrize(
    "given, key",
    [(["--reload", "--settings", "own.toml"], "reload_settings"), (["--check"], "check_what")],
)
def test_a_file_that_would_be_passed_over_or_is_missing_is_refused(
    given: list[str], key: str
) -> None:
    with pytest.raises(Misconfigured) as error:
        main(given)
    assert error.value.key == f"rules.error.{key}"
