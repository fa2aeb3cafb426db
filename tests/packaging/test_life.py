"""A package's life: upgraded, removed, purged. What an administrator changed and what a ward told
stay until they are purged."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.debian import BUILD, PACKAGES, Debian, built


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory, release: str) -> Iterator[list[Path]]:
    """The same packages as a later version: one file more, one less, another settings file."""
    made = []
    for file in built(release):
        package = file.name.partition("_")[0]
        short = package.partition("-")[2]
        tree = tmp_path_factory.mktemp(package) / "tree"
        subprocess.run(["dpkg-deb", "--raw-extract", file, tree], check=True)
        control = tree / "DEBIAN" / "control"
        control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 9"))
        home = next((tree / "opt/smartward" / short / "lib").glob("python3.*")) / "site-packages"
        (home / "smartward" / "newer.py").write_text("NEWER = True\n")
        (home / "smartward" / "drill.py").unlink()
        settings = next((tree / "etc/smartward").glob("*.toml"))
        settings.write_text(settings.read_text() + "# A line of the newer version.\n")
        target = BUILD / "test" / f"{package}-newer.deb"
        command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        made.append(target)
    yield made
    for file in made:
        file.unlink()


SETTINGS = {"screen": "screen.toml", "hub": "ward.toml"}
DATA = {"screen": "smartward-screen", "hub": "smartward"}
TOLD = "# told by the administrator"


def _home(debian: Debian, short: str) -> Path:
    return next((debian.root / "opt/smartward" / short / "lib").glob("python3.*")) / "site-packages"


def test_upgraded_removed_purged(installed: Debian, newer: list[Path]) -> None:
    with installed.copy() as debian:
        for short, name in SETTINGS.items():
            settings = debian.root / "etc/smartward" / name
            settings.write_text(settings.read_text() + f"{TOLD}\n")
            kept = debian.root / "var/lib" / DATA[short] / "kept"
            kept.write_text("a call")
        (debian.root / "etc/smartward/his.secret").write_text("known to one")
        _upgraded(debian, newer)
        _removed(debian)
        _purged(debian)


def _upgraded(debian: Debian, newer: list[Path]) -> None:
    said = debian.install(*newer, options=("-o", "Dpkg::Options::=--force-confold"))
    assert "Setting up smartward-hub" in said
    for short, name in SETTINGS.items():
        home = _home(debian, short)
        assert (home / "smartward/newer.py").is_file()
        assert not (home / "smartward/drill.py").exists()
        compiled = [each.name for each in (home / "smartward/__pycache__").iterdir()]
        assert any(each.startswith("newer.") for each in compiled)
        assert not any(each.startswith("drill.") for each in compiled)
        assert TOLD in (debian.root / "etc/smartward" / name).read_text()
        assert (debian.root / "var/lib" / DATA[short] / "kept").read_text() == "a call"
    assert debian.stat("/etc/smartward/his.secret") == ("smartward", "smartward", "400")


def _removed(debian: Debian) -> None:
    debian.run("apt-get", "remove", "--yes", *PACKAGES)
    for short, name in SETTINGS.items():
        assert not (debian.root / "opt/smartward" / short).exists()
        assert TOLD in (debian.root / "etc/smartward" / name).read_text()
        assert (debian.root / "var/lib" / DATA[short] / "kept").read_text() == "a call"
    assert not (debian.root / "usr/bin/smartward").is_symlink()
    left = [*(debian.root / "usr/lib/systemd/system").glob("smartward*")]
    assert left == []


def _purged(debian: Debian) -> None:
    debian.run("apt-get", "purge", "--yes", *PACKAGES)
    for short in SETTINGS:
        assert not (debian.root / "var/lib" / DATA[short]).exists()
    assert not (debian.root / "etc/smartward").exists()
    assert [*(debian.root / "etc/systemd/system").rglob("smartward*")] == []
