"""Debian packages: their lists in `make test`, themselves in `make deb-test` alone (as root)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.debian import SUITES, Debian, built

RELEASE = os.environ.get("SMARTWARD_TEST_DEB", "")
collect_ignore = [] if RELEASE else ["test_installed.py", "test_life.py", "test_same_bytes.py"]


@pytest.fixture(scope="session")
def release() -> str:
    """Which Debian this run is about."""
    if RELEASE not in SUITES:
        pytest.fail(f"SMARTWARD_TEST_DEB is {RELEASE}; it can be {', '.join(SUITES)}")
    return RELEASE


@pytest.fixture(scope="session")
def plain(release: str) -> Iterator[Debian]:
    """That Debian as it comes; what was built lies in its /packages."""
    if os.geteuid() != 0:
        pytest.fail("make deb-test makes a Debian in a folder, which only root can")
    with Debian.fresh(release) as debian:
        yield debian


@pytest.fixture(scope="session")
def installed(plain: Debian, release: str) -> Debian:
    """The same with both packages installed, by apt and what it says they need."""
    plain.install(*built(release))
    return plain


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory, release: str) -> dict[str, Path]:
    """What each package holds, unpacked."""
    folders = {}
    for file in built(release):
        package = file.name.partition("_")[0]
        folders[package] = tmp_path_factory.mktemp(package)
        Debian.unpack(file, folders[package])
    return folders
