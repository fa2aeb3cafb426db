"""Methods of dataclasses out of a file: the same as compiled ones, and never in the way."""

import re
from dataclasses import FrozenInstanceError, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from smartward.screen.quick_classes import QuickClasses

_PYTHONS = compile


def made(file: Path) -> tuple[Any, int]:
    """A class that is made while the file serves, and how many texts had to be compiled."""
    quick = QuickClasses(file)
    quick.begin()
    try:

        @dataclass(frozen=True, slots=True, kw_only=True)
        class Reading:
            parameter: str
            value: float = 1.5

    finally:
        quick.end()
    return Reading, quick.compiled


@pytest.fixture(params=["compiled", "kept"])
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "kept":
        made(tmp_path / "kept")
    found, compiled = made(tmp_path / "kept")
    assert (compiled == 0) is (request.param == "kept")
    return found


def test_a_class_is_the_same_however_it_was_made(reading: Any) -> None:
    one = reading(parameter="pulse")
    assert one == reading(parameter="pulse", value=1.5) != replace(one, value=2.0)
    assert hash(one) == hash(reading(parameter="pulse"))
    assert repr(one).endswith("Reading(parameter='pulse', value=1.5)")
    with pytest.raises(FrozenInstanceError):
        one.value = 3.0
    with pytest.raises(TypeError, match="parameter"):
        reading()


def test_the_same_texts_make_the_same_file(tmp_path: Path) -> None:
    made(tmp_path / "a")
    made(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("keeps", [0, 1, 40], ids=["nothing", "a byte", "its beginning"])
def test_a_file_cut_short_is_made_anew(tmp_path: Path, keeps: int) -> None:
    file = tmp_path / "kept"
    made(file)
    whole = file.read_bytes()
    file.write_bytes(whole[:keeps])
    assert made(file)[1] > 0
    assert file.read_bytes() == whole


@pytest.mark.parametrize("place", [4, 9, 60, -40, -1])
def test_a_file_in_which_a_bit_has_turned_is_made_anew(tmp_path: Path, place: int) -> None:
    """What stands in it is run: it must be what was written."""
    file = tmp_path / "kept"
    made(file)
    whole = file.read_bytes()
    spoilt = bytearray(whole)
    spoilt[place] ^= 0x04
    file.write_bytes(spoilt)
    assert made(file)[1] > 0
    assert file.read_bytes() == whole


def test_another_pythons_file_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    made(file)
    file.write_bytes(b"0000" + file.read_bytes()[4:])
    assert made(file)[1] > 0


@pytest.mark.parametrize("starts", [1, 2])
def test_a_module_of_a_librarys_own_is_compiled_once(tmp_path: Path, starts: int) -> None:
    found: dict[str, Any] = {}
    quick = QuickClasses(tmp_path / "kept")
    for _ in range(starts):
        quick = QuickClasses(tmp_path / "kept")
        quick.begin()
        with quick.modules():
            exec(compile(b"answer = 6 * 7", "module.py", "exec"), found)
            assert eval(compile("1 + 1", "<string>", "eval")) == 2
        quick.end()
    assert found["answer"] == 42
    assert quick.compiled == (1 if starts == 1 else 0)
    assert compile is _PYTHONS


PATTERNS: list[tuple[str | bytes, int, Any]] = [
    (r"(?P<bed>\d+)-(?P<door>[a-z])?", 0, "12-"),
    ("姓(名|氏)(.)", re.IGNORECASE, "a姓氏李"),
    (rb"^(\w+)$", re.MULTILINE, b"one\ntwo"),
    (r"""  ( ; | , ) \s*  # what stands between""", re.VERBOSE | re.ASCII, "a,  b;c"),
]


@pytest.mark.parametrize("text, flags, read", PATTERNS)
def test_a_regular_expression_is_compiled_once_and_the_same(
    tmp_path: Path, text: Any, flags: int, read: Any
) -> None:
    pythons = re.compile(text, flags)
    for compiled in (1, 0):
        re.purge()
        quick = QuickClasses(tmp_path / "kept")
        quick.begin()
        found = re.compile(text, flags)
        quick.end()
        assert quick.compiled == compiled
        assert found == pythons
        assert (found.pattern, found.flags) == (pythons.pattern, pythons.flags)
        assert dict(found.groupindex) == dict(pythons.groupindex)
        told = [(m.span(), m.groups(), m.lastgroup) for m in found.finditer(read)]
        assert told == [(m.span(), m.groups(), m.lastgroup) for m in pythons.finditer(read)] != []


def test_what_is_no_regular_expression_is_refused_as_ever(tmp_path: Path) -> None:
    quick = QuickClasses(tmp_path / "kept")
    quick.begin()
    try:
        with pytest.raises(re.error, match="unterminated"):
            re.compile("(a")
    finally:
        quick.end()


def test_who_is_not_a_screen_compiles_as_ever(tmp_path: Path) -> None:
    with QuickClasses(tmp_path / "kept").modules():
        assert compile is _PYTHONS


def test_where_nothing_can_be_written_it_is_compiled_as_ever(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found, compiled = made(tmp_path / "file" / "below")
    assert compiled > 0
    assert found(parameter="pulse").value == 1.5
