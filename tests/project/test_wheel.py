"""The installed package holds what a clone holds: the pages, the resources, the type mark."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project.repo import ROOT, repo_files

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built without network from a copy of what is or would be committed."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for path in repo_files():
        if path.relative_to(ROOT).parts[0] != "tests":
            target = source / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder), str(source)],
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_holds_pages_resources_and_code(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(Path("smartward") / path.relative_to(ROOT))
        for path in repo_files()
        if path.relative_to(ROOT).parts[0] in {"ui", "resources"}
    }
    assert any(name.startswith("smartward/ui/") for name in wanted)
    assert any(name.startswith("smartward/resources/") for name in wanted)
    assert wanted <= held
    code = {
        str(path.relative_to(ROOT))
        for path in repo_files()
        if path.relative_to(ROOT).parts[0] == "smartward"
    }
    assert code <= held
    strange = {name for name in held if name.split("/")[0] not in {"smartward"}}
    assert all(".dist-info/" in name for name in strange), strange


def test_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, the package finds its own pages and resources and not the clone's."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "from smartward.config import asset as a; print(a('ui')); print(a('resources'))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    package = (tmp_path / "site" / "smartward").resolve()
    assert done.stdout.split() == [str(package / "ui"), str(package / "resources")]
