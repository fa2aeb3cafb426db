"""What no linter of ours knows: purity of clinical/, measurements, silent errors."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.repo import ROOT, files, place

CLINICAL = ROOT / "smartward" / "clinical"

# Standard library, but not a rule's business: the outside world, and the time of day.
IMPURE = {
    "asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
    "shutil", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib",
}  # fmt: skip


def trees(under: str = "smartward") -> Iterator[tuple[Path, ast.Module]]:
    for path in files(".py", under):
        yield path, ast.parse(path.read_text("utf-8"), str(path))


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a thing lives"
            yield node.lineno, node.module or ""


def test_clinical_is_pure() -> None:
    found = [
        f"{place(path, line)}: {module}"
        for path, tree in trees("smartward/clinical")
        for line, module in imported(tree)
        if not (module == "smartward.clinical" or module.startswith("smartward.clinical."))
        and (module.split(".")[0] not in sys.stdlib_module_names or module.split(".")[0] in IMPURE)
    ]
    assert not found, "\n".join(found)


def test_of_qt_only_what_is_asked_for_is_imported() -> None:
    """A wheel that the project does not ask for, left in an environment, would hide it."""
    there = {str(each) for each in importlib.metadata.files("PySide6-Essentials") or ()}
    asked = re.compile(r"^ *(?:from|import) PySide6(?:\.| import )(\w+)", re.MULTILINE)
    parts = {(p.name, part) for p in files(".py") for part in asked.findall(p.read_text("utf-8"))}
    assert len(parts) > 20
    found = {name: part for name, part in parts if f"PySide6/{part}.abi3.so" not in there}
    assert not found


def is_dataclass_call(node: ast.expr) -> bool:
    target = node.func if isinstance(node, ast.Call) else node
    return isinstance(target, ast.Name) and target.id == "dataclass"


def test_clinical_dataclasses_are_frozen_and_slotted() -> None:
    found = []
    for path, tree in trees("smartward/clinical"):
        for cls in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            for decorator in filter(is_dataclass_call, cls.decorator_list):
                given = decorator.keywords if isinstance(decorator, ast.Call) else []
                if not {"frozen", "slots"} <= {keyword.arg for keyword in given}:
                    found.append(f"{place(path, cls.lineno)}: {cls.name}")
    assert not found, "\n".join(found)


# ---------------------------------------------------------------- 0 is a value, not a nothing

NUMBERS = {"float", "int", "Decimal", "timedelta"}


def maybe_numbers(annotation: ast.expr | None) -> bool:
    """Whether a type is a number, or a number or None."""
    if annotation is None:
        return False
    try:
        parts = {part.strip() for part in ast.unparse(annotation).split("|")}
    except ValueError:
        return False
    return bool(parts & NUMBERS) and parts <= NUMBERS | {"None"}


def measurement_names(tree: ast.Module) -> set[str]:
    """Fields, parameters and variables of this module that are declared as numbers."""
    names = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and maybe_numbers(node.annotation)
    }
    return names | {
        node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)
        if maybe_numbers(node.annotation)
    }  # fmt: skip


def asked_for_truth(tree: ast.Module) -> Iterator[ast.expr]:
    """Each expression of which only the truth is asked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            yield from operands(node.test)
        elif isinstance(node, ast.comprehension):
            for condition in node.ifs:
                yield from operands(condition)
        elif isinstance(node, ast.BoolOp):
            yield from operands(node)


def operands(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from operands(value)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from operands(test.operand)
    else:
        yield test


def truth_tests(tree: ast.Module, names: set[str], fields: set[str]) -> Iterator[tuple[int, str]]:
    """Where only the truth of one of these names, or of a field of such a name, is asked."""
    for expression in asked_for_truth(tree):
        if (isinstance(expression, ast.Name) and expression.id in names) or (
            isinstance(expression, ast.Attribute) and expression.attr in fields
        ):
            yield expression.lineno, ast.unparse(expression)


def clinical_fields() -> set[str]:
    """Numeric fields of the clinical types, whose values travel through the whole house."""
    classes = (
        node for _, tree in trees("smartward/clinical") for node in tree.body
        if isinstance(node, ast.ClassDef)
    )  # fmt: skip
    return {
        field.target.id
        for cls in classes
        for field in cls.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and maybe_numbers(field.annotation)
    }


def test_no_measurement_is_asked_for_truth() -> None:
    """`if rate:` takes a rate of 0 for a missing one; `is None` is the question.

    In clinical/ this holds for whatever is declared a number; elsewhere for the fields of the
    clinical types, since a port or a length is no measurement.
    """
    fields = clinical_fields()
    assert fields
    found = []
    for path, tree in trees():
        own = measurement_names(tree) if path.is_relative_to(CLINICAL) else set()
        tests = truth_tests(tree, own, own | fields)
        found += [f"{place(path, line)}: {words}" for line, words in tests]
    assert not found, "compare with None or with a number:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "if drip.rate_ml_h: pass",
        "if not drip.rate_ml_h: pass",
        "x = 1 if spo2 else 2",
        "x = spo2 or 95",
        "x = [d for d in drips if d.rate_ml_h and d]",
        "while spo2 and True: pass",
    ],
)
def test_a_truth_test_is_found(line: str) -> None:
    source = "class Drip:\n    rate_ml_h: float | None\nspo2: int | None = None\n" + line
    tree = ast.parse(source)
    names = measurement_names(tree)
    assert list(truth_tests(tree, names, names))


@pytest.mark.parametrize(
    "line",
    ["if drip.rate_ml_h is not None: pass", "if spo2 == 0: pass", "if name: pass", "x = spo2 > 1"],
)
def test_a_comparison_is_none(line: str) -> None:
    source = "class Drip:\n    rate_ml_h: float | None\nspo2: int | None = None\nname: str\n" + line
    tree = ast.parse(source)
    names = measurement_names(tree)
    assert not list(truth_tests(tree, names, names))


# ---------------------------------------------------------------------------- errors are heard


def silent(handler: ast.ExceptHandler) -> bool:
    """Whether a handler of everything does nothing at all."""
    everything = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
    nothing = all(isinstance(node, ast.Pass | ast.Continue) for node in handler.body)
    return handler.type is None or (everything and nothing)


def test_no_error_is_swallowed() -> None:
    found = [
        place(path, node.lineno)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and silent(node)
    ]
    assert not found, found


def test_nothing_is_left_unfinished() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
    found = [
        f"{place(path, number)}: {line.strip()}"
        for path in [*files(".py"), *files(".qml", "ui")]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert not found, "\n".join(found)
