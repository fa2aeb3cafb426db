"""The dependency rule: it holds, and each kind of breach is found."""

import os
import shutil
from pathlib import Path

import pytest

from tests.project.repo import ROOT, must, run


def test_dependency_rule() -> None:
    must(["lint-imports", "--no-cache"])


MODULES = [
    "__main__", "cli", "harness", "demo.story", "demo.hands", "bench.call",
    "screen.app", "screen.bedside", "screen.cache", "screen.event_loop", "screen.hub_link",
    "hub.app", "hub.http_server", "hub.feed", "hub.actions", "hub.standby", "hub.store.sqlite",
    "hub.store.postgres", "device.display", "device.sound", "device.voice_worker",
    "his.http", "his.simulator.server", "his.port", "his.fhir.client", "his.gnuhealth.client",
    "config", "storage", "wire", "clinical.news2", "clinical.bed",
]  # fmt: skip

ALLOWED = [
    ("screen.event_loop", "qasync"),
    ("screen.bedside", "PySide6.QtCore"),
    ("screen.bedside", "smartward.clinical.news2"),
    ("screen.bedside", "smartward.wire"),
    ("screen.app", "smartward.device.sound"),
    ("hub.actions", "smartward.his.port"),
    ("hub.http_server", "uvicorn"),
    ("hub.store.sqlite", "sqlite_utils"),
    ("hub.store.postgres", "psycopg"),
    ("his.port", "smartward.clinical.bed"),
    ("his.simulator.server", "starlette.routing"),
    ("cli", "smartward.his.simulator.server"),
    ("demo.story", "smartward.harness"),
    ("demo.hands", "httpx"),
    ("device.voice_worker", "pyttsx3"),
    ("clinical.news2", "smartward.clinical.bed"),
]

FORBIDDEN = [
    ("screen.bedside", "smartward.hub.actions"),
    ("hub.actions", "smartward.screen.bedside"),
    ("screen.bedside", "smartward.his.port"),
    ("hub.actions", "smartward.device.sound"),
    ("hub.actions", "smartward.his.simulator.server"),
    ("his.port", "smartward.hub.actions"),
    ("device.sound", "smartward.screen.app"),
    ("wire", "smartward.hub.actions"),
    ("clinical.news2", "smartward.wire"),
    ("clinical.news2", "smartward.config"),
    ("hub.app", "smartward.harness"),
    ("hub.app", "PySide6"),
    ("device.voice_worker", "PySide6.QtCore"),
    ("screen.bedside", "qasync"),
    ("screen.bedside", "httpx"),
    ("hub.actions", "httpx"),
    ("screen.hub_link", "sqlite_utils"),
    ("hub.actions", "sqlite_utils"),
    ("hub.actions", "psycopg"),
    ("hub.actions", "starlette.requests"),
    ("his.http", "uvicorn"),
    ("his.gnuhealth.client", "smartward.his.fhir.client"),
    ("his.fhir.client", "smartward.his.gnuhealth.client"),
    ("his.gnuhealth.client", "httpx"),
    ("device.sound", "pyttsx3"),
    ("device.sound", "PySide6.QtCore"),
    ("screen.app", "qtawesome"),
]


def make_package(root: Path, imports: list[tuple[str, str]]) -> None:
    """A package with SmartWard's modules, empty but for these imports, under our contracts."""
    for module in MODULES:
        path = root / "smartward" / (module.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"import {what}\n" for who, what in imports if who == module))
    for folder in (p for p in (root / "smartward").rglob("*") if p.is_dir()):
        (folder / "__init__.py").touch()
    (root / "smartward" / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", root)


def lint_imports(root: Path) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return run(["lint-imports", "--no-cache"], cwd=root, env=environment)


def test_what_the_rule_allows_passes(tmp_path: Path) -> None:
    make_package(tmp_path, ALLOWED)
    code, said = lint_imports(tmp_path)
    assert code == 0, said


@pytest.fixture(scope="module")
def every_breach(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """What is said of one package with them all: they are looked for one by one."""
    root = tmp_path_factory.mktemp("breaches")
    make_package(root, FORBIDDEN)
    return lint_imports(root)


@pytest.mark.parametrize("who, what", FORBIDDEN)
def test_breach_is_found(who: str, what: str, every_breach: tuple[int, str]) -> None:
    code, said = every_breach
    assert code == 1, said
    assert " BROKEN" in said
    target = what if what.startswith("smartward.") else what.split(".")[0]
    assert f"smartward.{who} -> {target} (" in said, said


def test_a_module_without_a_layer_is_found(tmp_path: Path) -> None:
    make_package(tmp_path, [])
    (tmp_path / "smartward" / "helpers.py").touch()
    code, said = lint_imports(tmp_path)
    assert code == 1
    assert "helpers" in said
