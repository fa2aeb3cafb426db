"""Types of our own view models for qmllint, written from the Python source into a build folder."""

import ast
import json
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.project.repo import must, run

MODULE = "SmartWard.Screen"

Json = dict[str, Any]


def qml_sources(package: Path) -> list[Path]:
    """The files below `package` with classes for QML, and those with their base classes.

    A base stands before the class that derives from it, as metaobjectdump wants it.
    """
    trees = {p: ast.parse(p.read_text("utf-8"), str(p)) for p in sorted(package.rglob("*.py"))}
    for_qml = [p for p, tree in trees.items() if "QML_IMPORT_NAME" in _assigned(tree)]
    order: TopologicalSorter[Path] = TopologicalSorter()
    waiting, seen = list(for_qml), set(for_qml)
    while waiting:
        path = waiting.pop()
        bases = {b for b in _base_files(trees[path], package) if b in trees and b != path}
        order.add(path, *sorted(bases))
        waiting += bases - seen
        seen |= bases
    return list(order.static_order())


def _assigned(tree: ast.Module) -> set[str]:
    """Names assigned at a module's top level."""
    targets = (t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets)
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _base_files(tree: ast.Module, package: Path) -> Iterator[Path]:
    """The files below `package` from which a base class of this module comes."""
    bases = {
        base.id
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and bases & {a.asname or a.name for a in node.names}:
            parts = (node.module or "").split(".")
            if package.name in parts:
                below = parts[parts.index(package.name) + 1 :]
                yield package.joinpath(*below).with_suffix(".py")
                yield package.joinpath(*below, "__init__.py")


def write_types(sources: list[Path], build: Path) -> None:
    """Write the module's qmltypes and qmldir below `build`. Raises AssertionError."""
    home = build.joinpath(*MODULE.split("."))
    home.mkdir(parents=True, exist_ok=True)
    (home / "qmldir").write_text(f"module {MODULE}\ntypeinfo screen.qmltypes\n")
    metatypes = build / "metatypes.json"
    must(["pyside6-metaobjectdump", "--quiet", *sources, "--out-file", metatypes])
    metatypes.write_text(json.dumps(_completed(json.loads(metatypes.read_text("utf-8")))))
    said = must(
        [
            "pyside6-qmltyperegistrar",
            metatypes,
            *("--generate-qmltypes", home / "screen.qmltypes"),
            *("-o", build / "unused.cpp"),
            *("--import-name", MODULE),
            *("--major-version", "1"),
            *("--foreign-types", ",".join(str(path) for path in _qt_metatypes())),
        ]
    )
    assert "Warning" not in said, said


def _qt_metatypes() -> list[Path]:
    spec = find_spec("PySide6")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "Qt" / "metatypes"
    return [folder / f"qt6{name}_metatypes.json" for name in ("core", "gui", "qml", "quick")]


def _completed(dump: list[Json]) -> list[Json]:
    """Add what metaobjectdump leaves out: constant properties, and that objects are pointers."""
    objects = {"QObject", "QAbstractListModel", "QAbstractItemModel"}
    objects |= {cls["className"] for file in dump for cls in file["classes"] if cls["object"]}
    for file in dump:
        constant = _constant_properties(ast.parse(Path(file["inputFile"]).read_text("utf-8")))
        for cls in file["classes"]:
            for entry in cls.get("properties", []):
                if (cls["className"], entry["name"]) in constant:
                    entry["constant"] = True
            for typed in _typed_entries(cls):
                key = "returnType" if "returnType" in typed else "type"
                if typed[key] in objects:
                    typed[key] += "*"
    return dump


def _typed_entries(cls: Json) -> Iterator[Json]:
    yield from cls.get("properties", [])
    for method in (*cls.get("slots", []), *cls.get("signals", [])):
        yield method
        yield from method["arguments"]


def _constant_properties(tree: ast.Module) -> set[tuple[str, str]]:
    """(class, property) of each `@Property(..., constant=True)`."""
    return {
        (cls.name, function.name)
        for cls in ast.walk(tree)
        if isinstance(cls, ast.ClassDef)
        for function in cls.body
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
        if keyword.arg == "constant"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value is True
    }


def lint(files: list[Path], build: Path, ui: Path) -> tuple[int, str]:
    """qmllint's exit code and words for these files; one warning is one too many."""
    options = ["--max-warnings", "0", "-I", build, "-I", ui]
    return run(["pyside6-qmllint", *options, *files], cwd=ui)
