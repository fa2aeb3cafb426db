"""The repository as the project's own tests see it."""

import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "ui"
I18N = ROOT / "resources" / "i18n"
BIN = Path(sys.executable).parent


def run(
    command: Sequence[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run a tool of the virtual environment: its exit code and all it said."""
    name, *arguments = map(str, command)
    done = subprocess.run(
        [str(BIN / name), *arguments],
        cwd=cwd,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout


def must(command: Sequence[str | Path], cwd: Path = ROOT) -> str:
    """Run a tool that has to succeed; what it said becomes the failure's text."""
    code, said = run(command, cwd)
    if code:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {code}:\n{said}")
    return said


@cache
def repo_files() -> tuple[Path, ...]:
    """Every file that is committed, or would be by the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def files(suffix: str, under: str = "") -> list[Path]:
    """The repository's files below a folder whose names end so."""
    base = ROOT / under
    return [p for p in repo_files() if p.name.endswith(suffix) and p.is_relative_to(base)]


def place(path: Path, line: int) -> str:
    """`path:line` as editors understand it, relative to the repository where possible."""
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{line}"
