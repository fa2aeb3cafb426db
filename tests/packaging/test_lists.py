"""What goes into which package, held against the project and its lock. Nothing is built here."""

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging" / "debian"))
import locked  # noqa: E402

sys.path.pop(0)
LOCK = ROOT / "packaging" / "requirements.txt"
SPEC: dict[str, Any] = tomllib.loads((ROOT / "packaging/debian/packages.toml").read_text())
TARGETS = [
    locked.Target(release["python"], release["glibc"], machine)
    for release in SPEC["release"].values()
    for machine in SPEC["machine"].values()
]


def test_each_requirement_of_the_project_is_in_a_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {canonicalize_name(Requirement(said).name) for said in project["dependencies"]}
    packed = {
        canonicalize_name(name)
        for package in SPEC["package"].values()
        for name in package["requirements"]
    }
    assert asked - packed == set()
    assert packed - asked == {"psycopg-binary"}  # psycopg[binary] in the project's words


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: f"{each.python}-{each.machine}")
def test_the_lock_names_one_version_with_its_hashes_for_each_release(
    target: locked.Target,
) -> None:
    entries = locked.read(LOCK, target)
    for package in SPEC["package"].values():
        for name in package["requirements"]:
            assert "==" in entries[canonicalize_name(name)]
            assert "--hash=sha256:" in entries[canonicalize_name(name)]


def test_the_lock_has_another_version_for_another_python() -> None:
    old, new = (locked.read(LOCK, t)["numpy"] for t in (TARGETS[0], TARGETS[-1]))
    assert old.split()[0] != new.split()[0]


@pytest.mark.parametrize("package", SPEC["package"])
def test_what_is_left_out_is_there_to_be_left_out(package: str) -> None:
    for part in SPEC["package"][package]["parts_left_out"]:
        there = ROOT / part if part.startswith(("ui", "resources")) else ROOT / "smartward" / part
        assert there.exists(), f"{part} of {package}"


def test_no_package_leaves_out_what_its_programs_are() -> None:
    assert "screen" not in SPEC["package"]["screen"]["parts_left_out"]
    assert "hub" not in SPEC["package"]["hub"]["parts_left_out"]
    assert "his" not in SPEC["package"]["hub"]["parts_left_out"]
