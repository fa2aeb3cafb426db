"""What holds for every rule: it tells of itself, in both languages, and is one file."""

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.rules import REGISTRY, AlertClass, AnyRule, Ladder, Mode, Rule, WardRule
from smartward.clinical.rules.registry import find
from smartward.clinical.rules.settings import entries
from smartward.clinical.rules.table import shipped_file
from smartward.i18n import LANGUAGES, placeholders

EVERY = [pytest.param(rule, id=rule.id) for rule in REGISTRY.everything]
DEFENDED = {4, 7, 8, 10, 11, 12, 14, 15, 31, 34, 38, 45, 46, 47}
"""Catalogue numbers that ship on, which nurses defend."""
FORMS = {"one", "other"}


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, [value]
        elif set(value) <= FORMS:
            yield prefix + name, list(value.values())
        else:
            yield from flat(value, f"{prefix}{name}.")


@pytest.mark.parametrize("rule", EVERY)
def test_it_tells_of_itself(rule: AnyRule) -> None:
    assert rule.number > 0
    assert rule.version
    assert len(rule.source) > 20
    assert rule.needs.hours_back > 0
    assert rule.mode is (Mode.ON if rule.number in DEFENDED else Mode.SHADOW)
    assert rule.ladder in Ladder
    assert rule.alert_class in AlertClass
    assert isinstance(rule, Rule | WardRule)
    for kind in rule.settings:
        for one in entries(kind):
            assert one.about.unit
            assert len(one.about.source) > 5
            assert set(one.about.meaning) == set(LANGUAGES)


@pytest.mark.parametrize("rule", EVERY)
@pytest.mark.parametrize("language", LANGUAGES)
def test_its_row_of_the_table_is_written(rule: AnyRule, language: str) -> None:
    about = REGISTRY.texts[language][rule.id]["about"]
    assert set(about) == {"says", "data", "clear", "guard"}


def test_all_that_nurses_defend_ship_on() -> None:
    assert {rule.number for rule in REGISTRY.everything if rule.mode is Mode.ON} == DEFENDED


def test_both_languages_say_the_same_with_the_same_values() -> None:
    ours, theirs = (dict(flat(REGISTRY.texts[language])) for language in ("en", "zh_CN"))
    assert ours.keys() == theirs.keys()
    for key, texts in ours.items():
        wanted = set().union(*map(placeholders, texts))
        given = set().union(*map(placeholders, theirs[key]))
        assert given <= wanted, key
        assert wanted - given <= {"n"}, key


@pytest.mark.parametrize("name", sorted(REGISTRY.texts["en"]))
def test_every_text_of_a_rule_is_said(name: str) -> None:
    """By its name, whole or begun (`why.{…}`), somewhere in the code of the rules."""
    code = "\n".join(path.read_text("utf-8") for path in folder().glob("*.py"))
    said = {text for text in re.findall(r'"([\w.]+)', code) if "." in text or text.isidentifier()}
    begun = re.findall(r'f"(?:alert\.\w+\.)?([\w.]+\.)\{', code)
    for key, _ in flat(REGISTRY.texts["en"][name]):
        plain = key in ("title", "todo") or key.startswith("about.")
        told = key in said or f"alert.{name}.{key}" in said or key.startswith(tuple(begun))
        assert plain or told, f"no rule says alert.{name}.{key}"


def folder() -> Path:
    return Path(inspect.getfile(Rule)).parent


def test_every_icon_is_in_the_font() -> None:
    spec = find_spec("qtawesome")
    assert spec is not None
    assert spec.origin is not None
    files = list(Path(spec.origin).parent.joinpath("fonts").glob("materialdesignicons6*charmap*"))
    known = json.loads(files[0].read_text("utf-8"))
    assert {rule.icon for rule in REGISTRY.everything} <= set(known)


# ------------------------------------------------------------------------- one file is all it takes

NEW_RULE = """
from dataclasses import dataclass
from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.rules.base import Look, Needs, Rule
from smartward.clinical.rules.settings import Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class TeaSettings(Settings):
    section = "tea"
    cups: float = setting(3, "cups", "taste of the house", "so many", "杯数")


class TeaRule(Rule):
    number, id, source = 99, "tea", "a test of the registry"
    needs = Needs(kinds=frozenset({"encounter"}), hours_back=1)
    alert_class, problem, ladder = AlertClass.DUE, Problem.NUTRITION, Ladder.NONE
    icon, settings = "walk", (TeaSettings,)

    def look(self, facts, settings, now):
        return Look()


RULES = (TeaRule(),)
_ABOUT = {"says": "Tea", "data": "Cups", "clear": "Drunk", "guard": "None"}
TEXTS = {"en": {"tea": {"title": "Tea", "about": _ABOUT}},
         "zh_CN": {"tea": {"title": "茶", "about": _ABOUT}}}
"""


def test_a_new_rule_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "house_rules"
    package.mkdir()
    package.joinpath("__init__.py").touch()
    package.joinpath("tea.py").write_text(NEW_RULE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("house_rules")
    try:
        found = find("house_rules", module.__path__)
    finally:
        for name in ("house_rules", "house_rules.tea"):
            sys.modules.pop(name, None)
    assert [rule.id for rule in found.rules] == ["tea"]
    assert found.texts["zh_CN"]["tea"]["title"] == "茶"
    assert '[tea]  # catalogue 99\nmode = "shadow"\ncups = 3  # cups; so many' in shipped_file(
        found
    )
    changed = found.read({"tea": {"cups": 5, "mode": "on"}})
    assert changed.of(found.sections["tea"]).cups == 5  # type: ignore[attr-defined]  # declared wider than what it is here
    assert changed.modes == {"tea": Mode.ON}
