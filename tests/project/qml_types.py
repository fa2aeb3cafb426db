"""Types of our own view models for qmllint, written from the Python source into a build folder.

pyside6-metaobjectdump reads Python source, but not all of it: it trips over generic base classes
and annotated signals, and drops `constant=True`. So it is given a reduced copy of each file, which
holds nothing but the Qt classes in the form it understands, and its answer is completed.
"""

import ast
import json
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.project.repo import must, run

MODULE = "SmartWard.Screen"
TYPES = {"list": "QVariantList", "dict": "QVariantMap", "object": "QVariant", "float": "double"}
ENUMS = {"Enum", "IntEnum", "Flag", "IntFlag"}

Json = dict[str, Any]


class Sources:
    """The Qt classes of a package and the files they are in."""

    def __init__(self, package: Path) -> None:
        self.trees = {
            path: ast.parse(path.read_text("utf-8"), str(path))
            for path in sorted(package.rglob("*.py"))
        }
        self.classes = self._qt_classes()

    def _qt_classes(self) -> dict[str, tuple[Path, ast.ClassDef]]:
        """Each class that derives, however far, from a class of PySide6; by its name."""
        rest = {
            node.name: (path, node)
            for path, tree in self.trees.items()
            for node in tree.body
            if isinstance(node, ast.ClassDef)
        }
        bases = {name for tree in self.trees.values() for name in _from_pyside(tree)}
        found: dict[str, tuple[Path, ast.ClassDef]] = {}
        while new := {n for n, (_, cls) in rest.items() if bases & set(base_names(cls))}:
            found |= {name: rest.pop(name) for name in sorted(new)}
            bases = set(found)
        return found

    def order(self) -> list[Path]:
        """The files with these classes, each after the files of its base classes."""
        order: TopologicalSorter[Path] = TopologicalSorter()
        for path, cls in self.classes.values():
            homes = {self.classes[name][0] for name in base_names(cls) if name in self.classes}
            order.add(path, *sorted(homes - {path}))
        return list(order.static_order())

    def constants(self) -> set[tuple[str, str]]:
        """(class, property) of each `@Property(..., constant=True)`."""
        return {
            (name, function.name)
            for name, (_, cls) in self.classes.items()
            for function in cls.body
            if isinstance(function, ast.FunctionDef)
            for decorator in function.decorator_list
            if isinstance(decorator, ast.Call)
            for keyword in decorator.keywords
            if keyword.arg == "constant" and ast.unparse(keyword.value) == "True"
        }

    def reduced(self, path: Path) -> str:
        """The Qt classes of a file in the form that metaobjectdump understands."""
        tree = self.trees[path]
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        own = [cls for home, cls in self.classes.values() if home == path]
        body: list[ast.stmt] = [*imports, *(_reduced_class(cls) for cls in own)]
        return ast.unparse(ast.fix_missing_locations(ast.Module(body, type_ignores=[])))


def _from_pyside(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6"):
            yield from (alias.asname or alias.name for alias in node.names)


def base_names(cls: ast.ClassDef) -> Iterator[str]:
    """The names of a class's bases, `Model` for `Model[Row]`."""
    for base in cls.bases:
        bare = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(bare, ast.Name):
            yield bare.id


def _reduced_class(cls: ast.ClassDef) -> ast.ClassDef:
    bases: list[ast.expr] = [ast.Name(name) for name in base_names(cls) if name != "Generic"]
    body = [kept for node in cls.body if (kept := _reduced_member(node)) is not None]
    return ast.ClassDef(cls.name, bases, [], body or [ast.Pass()], cls.decorator_list)


def _reduced_member(node: ast.stmt) -> ast.stmt | None:
    """A signal, property, slot or enumeration; None for anything else."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        node = ast.Assign([node.target], node.value)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        called = ast.unparse(node.value.func)
        return node if called in {"Signal", "Property", "ListProperty"} else None
    if isinstance(node, ast.FunctionDef):
        decorators = [d for d in node.decorator_list if _makes_member(d)]
        if decorators:
            return ast.FunctionDef(node.name, node.args, [ast.Pass()], decorators)
    if isinstance(node, ast.ClassDef) and ENUMS & set(base_names(node)):
        return node
    return None


def _makes_member(decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        return ast.unparse(decorator.func) in {"Property", "Slot"}
    return isinstance(decorator, ast.Attribute) and decorator.attr == "setter"


def write_types(package: Path, build: Path) -> None:
    """Write the types of a package's view models below `build`. Raises AssertionError."""
    home = build.joinpath(*MODULE.split("."))
    home.mkdir(parents=True, exist_ok=True)
    (home / "qmldir").write_text(f"module {MODULE}\ntypeinfo screen.qmltypes\n")
    sources = Sources(package)
    copies = []
    for path in sources.order():
        copy = build / "reduced" / path.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(sources.reduced(path), "utf-8")
        copies.append(copy)
    metatypes = build / "metatypes.json"
    said = must(["pyside6-metaobjectdump", *copies, "--out-file", metatypes])
    assert "Unknown" not in said, said
    dump = json.loads(metatypes.read_text("utf-8"))
    metatypes.write_text(json.dumps(_completed(dump, sources)), "utf-8")
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


def _completed(dump: list[Json], sources: Sources) -> list[Json]:
    """Add what metaobjectdump leaves out: constant properties, and that objects are pointers."""
    objects = {"QObject", "QAbstractListModel", "QAbstractItemModel", *sources.classes}
    constants = sources.constants()
    for cls in (cls for file in dump for cls in file["classes"]):
        for entry in cls.get("properties", []):
            if (cls["className"], entry["name"]) in constants:
                entry["constant"] = True
        for typed in _typed_entries(cls):
            key = "returnType" if "returnType" in typed else "type"
            typed[key] = TYPES.get(typed[key], typed[key])
            if typed[key] in objects:
                typed[key] += "*"
    return dump


def _typed_entries(cls: Json) -> Iterator[Json]:
    yield from cls.get("properties", [])
    for method in (*cls.get("slots", []), *cls.get("signals", [])):
        yield method
        yield from method["arguments"]


def lint(files: list[Path], build: Path, ui: Path) -> tuple[int, str]:
    """qmllint's exit code and words for these files; one warning is one too many."""
    options = ["--max-warnings", "0", "-I", build, "-I", ui]
    return run(["pyside6-qmllint", *options, *files], cwd=ui)
