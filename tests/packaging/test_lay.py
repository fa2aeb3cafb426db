"""What of packaging/image/root comes into an image."""

import os
import shutil
import subprocess
from pathlib import Path

IMAGE = Path(__file__).resolve().parents[2] / "packaging/image"


def files(below: Path) -> dict[str, tuple[int, bytes]]:
    """Each file by its name: its mode and what it holds."""
    return {
        str(file.relative_to(below)): (file.stat().st_mode, file.read_bytes())
        for file in below.rglob("*")
        if file.is_file() and ".git" not in file.parts
    }


def test_an_image_has_what_git_would_take_and_no_cache_of_a_tool(tmp_path: Path) -> None:
    """Also a file that is not committed yet: who tries it out wants it."""
    house, root = tmp_path / "house", tmp_path / "root"
    program = house / "usr/lib/smartward-image/program"
    for file in (program, house / "etc/new.conf", house / ".gitignore"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("__pycache__/\n.mypy_cache/\n")
    program.chmod(0o755)
    (house / "etc/link").symlink_to("/run/elsewhere")
    alone = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    for words in (["init", "-q"], ["add", "usr", ".gitignore"]):
        subprocess.run(["git", *words], cwd=house, check=True, env=alone)
    wanted = files(house)
    for cache in ("usr/lib/smartward-image/__pycache__/program.pyc", "etc/.mypy_cache/3.11/a.json"):
        (house / cache).parent.mkdir(parents=True)
        (house / cache).write_text("of this machine")
    (root / "etc").mkdir(parents=True)
    (root / "etc/hosts").write_text("there before")
    (root / "etc").chmod(0o755)
    subprocess.run([IMAGE / "lay", house, root], check=True, env=alone)
    assert os.readlink(root / "etc/link") == "/run/elsewhere"
    there = files(root)
    assert there.pop("etc/hosts")[1] == b"there before"
    assert there == wanted
    shutil.rmtree(house / "usr")
    again = subprocess.run(
        [IMAGE / "lay", house, root], check=False, env=alone, capture_output=True, text=True
    )
    assert again.returncode, "an image that lacks a file is none"
    assert "smartward-image/program" in again.stderr


def test_the_image_is_made_so() -> None:
    assert '"$here/lay" "$here/root" "$root"\n' in (IMAGE / "system").read_text()
