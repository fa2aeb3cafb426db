"""Finds the text keys that the code uses, by reading it: whole ones, and those put together.

Whole keys are string constants. One that is put together is an f-string; each value in it stands
for any word that the code has as a constant somewhere (the values of its enumerations are such).
An f-string that begins with a value continues a key of its own module. The station's modules leave
`station.` out.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward.clinical.rules import REGISTRY
from smartward.i18n import Catalogue, placeholders
from tests.project.repo import ROOT, files, place

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENT = "2026-11-21T02:05:00.000Z"

VALUE = "\0"
"""Stands for a value in a pattern."""

_KEY_LIKE = re.compile(r"[a-z][\w-]*(\.[\w-]+)+")
_PATTERN = re.compile(r"[\w.\0-]+")


@cache
def catalogue(language: str = "en") -> Catalogue:
    return Catalogue(language, SHANGHAI)


@cache
def texts() -> dict[str, set[str]]:
    """Every key of the catalogue with its placeholders."""
    return catalogue().keys


@cache
def spaces() -> set[str]:
    """First words of keys."""
    return {key.split(".")[0] for key in texts()}


def samples(key: str, language: str = "en") -> dict[str, str | float]:
    """A value for each placeholder of a text, of the kind its form wants."""
    found = catalogue(language).sentence(key)
    assert found is not None, key
    sentences = list(found.values()) if isinstance(found, dict) else [found]
    numbers = {name for text in sentences for name in re.findall(r"\{(\w+):\d\}", text)}
    names = set().union(*map(placeholders, sentences))
    return {name: 2.5 if name in numbers else MOMENT for name in names}


@dataclass(frozen=True, slots=True)
class Module:
    """One module's strings."""

    path: Path
    tree: ast.Module
    constants: dict[str, int]
    patterns: dict[str, int]
    station: bool

    def where(self, line: int) -> str:
        return place(self.path, line)


def pattern_of(node: ast.JoinedStr) -> str:
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values
    )


def _read(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"), str(path))
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in joined for part in ast.walk(node) if part is not node}
    inner = {
        id(part)
        for node in joined
        for value in node.values
        if isinstance(value, ast.FormattedValue)
        for part in ast.walk(value.value)
    }
    constants = {
        node.value: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
        and (id(node) not in parts or id(node) in inner)
    }
    return Module(
        path=path,
        tree=tree,
        constants=constants,
        patterns={pattern_of(node): node.lineno for node in joined},
        station=path.stem == "station" or path.stem.startswith("station_"),
    )


@cache
def modules() -> tuple[Module, ...]:
    return tuple(_read(path) for path in files(".py", "smartward"))


@cache
def words() -> set[str]:
    """What a value of a pattern may be: any constant of the code, any name or text of its data."""
    found = set().union(*(module.constants for module in modules()))
    # `other` would be a plural form in the catalogue: the value of this name has the word `else`.
    return found | data_strings() | {"else"}


@cache
def undotted() -> "list[re.Pattern[str]]":
    """Values that are put together themselves, as `calls_…`."""
    parts = {p for module in modules() for p in module.patterns if re.fullmatch(r"\w+_\0", p)}
    return [re.compile(part.replace(VALUE, r"\w+")) for part in parts]


@cache
def data_strings() -> set[str]:
    """Names and texts in the packaged data: the HIS mapping has text keys and parts of them."""
    found: set[str] = set()

    def take(value: object) -> None:
        if isinstance(value, dict):
            found.update(value)
            for inner in value.values():
                take(inner)
        elif isinstance(value, list):
            for inner in value:
                take(inner)
        elif isinstance(value, str):
            found.add(value)

    for path in ROOT.joinpath("resources").glob("*.toml"):
        take(tomllib.loads(path.read_text("utf-8")))
    return found


def patterns(module: Module) -> Iterator[tuple[str, int]]:
    """Every pattern of keys that a module may form, with its line."""
    keys = [key for key in module.constants if key.split(".")[0] in spaces()]
    heads = [p for p in module.patterns if p.split(".")[0] in spaces() and p[0] != VALUE]
    for pattern, line in module.patterns.items():
        if not _PATTERN.fullmatch(pattern):
            continue
        if pattern[0] == VALUE:
            yield from ((begin + pattern[1:], line) for begin in (*keys, *heads))
        elif "." in pattern:
            yield pattern, line
            if module.station:
                yield f"station.{pattern}", line
    for node in ast.walk(module.tree):
        if called(node) == "choice" and (group := _constant(node.args[0])) is not None:  # type: ignore[attr-defined]  # declared wider than what it is here
            yield f"station.{group}.{VALUE}", node.lineno  # type: ignore[attr-defined]  # declared wider than what it is here


def called(node: ast.AST) -> str | None:
    """The name of what is called."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def matches(pattern: str) -> frozenset[str]:
    """The keys of a pattern; each of its values is a word of the code or a number."""
    parts = pattern.split(VALUE)
    wanted = re.compile("([^.]*)".join(map(re.escape, parts)))
    return frozenset(
        key
        for key in texts()
        if key.startswith(parts[0])
        and (found := wanted.fullmatch(key))
        and all(map(may_be_value, found.groups()))
    )


@cache
def may_be_value(text: str) -> bool:
    if not text or text.isdigit() or text in words():
        return True
    return any(pattern.fullmatch(text) for pattern in undotted())


@cache
def page_strings() -> frozenset[str]:
    """What the pages say in quotes."""
    pages = (path.read_text("utf-8") for path in files(".qml", "ui"))
    return frozenset(text for page in pages for text in re.findall(r'"([^"\n]*)"', page))


@cache
def rule_texts() -> tuple[str, ...]:
    """How the keys of the alert rules' own texts begin."""
    return tuple(f"alert.{name}." for name in REGISTRY.texts["en"])


@cache
def used() -> dict[str, str]:
    """Every key of the catalogue that something uses, with one place that does."""
    found = {key: "resources, ui" for key in data_strings() | page_strings() if key in texts()}
    # The rules' own texts stand beside their rules, with a test of their own.
    found |= {key: "clinical/rules" for key in texts() if key.startswith(rule_texts())}
    for module in modules():
        for constant, line in module.constants.items():
            for key in (constant, f"station.{constant}" if module.station else ""):
                if key in texts():
                    found[key] = module.where(line)
        for pattern, line in patterns(module):
            for key in matches(pattern):
                found.setdefault(key, module.where(line))
    return found


def key_like(module: Module) -> Iterator[tuple[str, int]]:
    """Constants that look like keys of ours and are none."""
    for constant, line in module.constants.items():
        if _KEY_LIKE.fullmatch(constant) and constant.split(".")[0] in spaces():
            known = constant in texts() or (module.station and f"station.{constant}" in texts())
            begins = any(key.startswith(f"{constant}.") for key in texts())
            if not known and not begins:
                yield constant, line
