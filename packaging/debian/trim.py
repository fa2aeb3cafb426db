"""Qt as far as a screen needs it: what packages.toml names, and the libraries that these are linked
against. Everything else of the wheels stays out."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path


def needed(binary: Path) -> list[str]:
    """Names of the shared libraries that this one is linked against. Raises CalledProcessError
    for what is no ELF file."""
    told = subprocess.run(
        ["readelf", "--wide", "--dynamic", str(binary)], check=True, capture_output=True, text=True
    ).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", told)


def closure(roots: Iterable[Path], libraries: dict[str, Path]) -> set[Path]:
    """`roots` and what of `libraries` (name to file) they need, at any depth."""
    found: set[Path] = set()
    waiting = list(roots)
    while waiting:
        binary = waiting.pop()
        if binary in found:
            continue
        found.add(binary)
        waiting += [libraries[name] for name in needed(binary) if name in libraries]
    return found


def _is_kept_qml(file: Path) -> bool:
    # Descriptions for editors; what draws needs the plugin, qmldir and the QML files.
    return file.is_file() and file.suffix != ".qmltypes"


def trim(packages: Path, wanted: dict[str, list[str]]) -> None:
    """Take all of PySide6 out of the folder of packages that `wanted` (modules, plugins, qml) does
    not need. Raises FileNotFoundError for a name the wheels have not."""
    side = packages / "PySide6"
    qt = side / "Qt"
    libraries = {each.name: each for each in sorted((qt / "lib").glob("*.so*"))}
    libraries |= {each.name: each for each in sorted(side.glob("lib*.so*"))}
    roots = [side / f"{name}.abi3.so" for name in wanted["modules"]]
    roots += [qt / "plugins" / name for name in wanted["plugins"]]
    folders = (qt / "qml" / name for name in wanted["qml"])
    qml = [each for folder in folders for each in folder.iterdir() if _is_kept_qml(each)]
    for each in roots:
        if not each.is_file():
            raise FileNotFoundError(f"Qt's wheels have no {each.relative_to(packages)}")
    kept = closure([*roots, *(each for each in qml if each.suffix == ".so")], libraries)
    kept |= set(qml) | set(side.glob("*.py")) | set((side / "support").rglob("*.py"))
    for each in sorted(side.rglob("*")):
        if (each.is_file() or each.is_symlink()) and each not in kept:
            each.unlink()
    remove_empty(side)


def keep_icon_font(packages: Path) -> None:
    """Of qtawesome only Material Design Icons 6 and its table are read, not its code."""
    folder = packages / "qtawesome"
    for each in sorted(folder.rglob("*")):
        if each.is_file() and not each.match("fonts/materialdesignicons6-*"):
            each.unlink()
    remove_empty(folder)
    # find_spec looks for a package, and its __init__ is never run.
    (folder / "__init__.py").write_text("", encoding="utf-8")


def remove_empty(folder: Path) -> None:
    """Take the empty folders below this one away."""
    for each in sorted(folder.rglob("*"), reverse=True):
        if each.is_dir() and not each.is_symlink() and not any(each.iterdir()):
            each.rmdir()


TESTS = ("tests", "testing", "_pyinstaller", "f2py", "include", "doc", "docs")
"""Folders of other packages that nothing runs here."""


def without_tests(packages: Path) -> None:
    """Take tests, type stubs and C headers of all packages away."""
    for each in sorted(packages.rglob("*")):
        if each.is_dir() and each.name in TESTS and "dist-info" not in str(each):
            shutil.rmtree(each)
        elif each.suffix in (".pyi", ".pxd", ".h", ".pyx", ".c", ".cpp") and each.is_file():
            each.unlink()
