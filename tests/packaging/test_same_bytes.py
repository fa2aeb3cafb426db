"""Two builds of one commit are the same bytes, whoever builds and wherever the clock stands."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.packaging.debian import ROOT, arch


def _build(of: str, release: str, out: Path, umask: int, zone: str) -> dict[str, str]:
    command = [sys.executable, str(ROOT / "packaging/debian/build.py"), "--quick", "--of", of]
    command += ["--release", release, "--arch", arch(), "--out", str(out)]
    environment = os.environ | {"TZ": zone, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, check=True, umask=umask, env=environment)
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in out.glob("*.deb")}


def test_two_builds_are_the_same_bytes(tmp_path: Path, release: str) -> None:
    of = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    first = _build(of, release, tmp_path / "a", 0o022, "UTC")
    second = _build(of, release, tmp_path / "b", 0o077, "Asia/Shanghai")
    assert len(first) == 2
    assert first == second
