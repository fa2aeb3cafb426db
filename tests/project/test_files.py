"""What must not be in a committed file, and what the requirement files must be."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.project.repo import ROOT, files, place, repo_files

BINARY = {".png", ".wav", ".qm", ".ttf", ".otf", ".woff2", ".jpg", ".webp", ".ico", ".gz"}
LOCKS = [ROOT / "packaging" / name for name in ("requirements.txt", "requirements-dev.txt")]
SERVERS = [
    ROOT / "packaging" / name
    for name in ("requirements-his-servers.txt", "requirements-gnuhealth.txt")
]

# Written apart, so that this file does not hold what it forbids.
MACHINE_PATH = re.compile(r"(?<![\w.{}$~-])/(?:" + "|".join(
    ["ro" + "ot", "wo" + "rk", "home" + r"/(?!smartward\b)\w+", "Us" + "ers"]
) + r")/\w")  # fmt: skip
REGISTRY = re.compile("|".join(
    ["pypi" + r"\.org", "files\\.python" + "hosted", "registry" + r"\.npmjs", "deb\\." + "debian",
     "--" + "(?:extra-)?index-url", "--" + "find-links", "proxy\\." + "golang"]
))  # fmt: skip


def text_lines() -> list[tuple[Path, int, str]]:
    return [
        (path, number, line)
        for path in repo_files()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    ]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_committed_file_names_a_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{place(p, n)}: {line.strip()}" for p, n, line in text_lines() if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_patterns_find_what_they_forbid() -> None:
    assert MACHINE_PATH.search("cd /" + "root/smartward")
    assert MACHINE_PATH.search('open("/' + 'home/anna/x")')
    assert not MACHINE_PATH.search("https://host.example/fhir/" + "work/1")
    assert REGISTRY.search("https://pypi" + ".org/simple")


@pytest.mark.parametrize("lock", [*LOCKS, *SERVERS], ids=lambda path: path.name)
def test_lock_is_pinned_and_hashed(lock: Path) -> None:
    text = lock.read_text("utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==[\w.]+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def pinned(lock: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9.-]+)==([\w.]+)", lock.read_text("utf-8"), re.M):
        found.setdefault(name, set()).add(version)
    return found


def test_locks_agree() -> None:
    """What is tested is what is shipped."""
    shipped, tested = map(pinned, LOCKS)
    assert {name: tested.get(name) for name in shipped} == shipped


def asked() -> dict[Path, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    run, dev = project["dependencies"], project["optional-dependencies"]["dev"]
    return {LOCKS[0]: run, LOCKS[1]: run + dev}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_holds_all_that_is_asked_for(lock: Path) -> None:
    names = {re.split(r"[^\w.-]", wish)[0].lower().replace("_", "-") for wish in asked()[lock]}
    assert names <= pinned(lock).keys()


@pytest.mark.parametrize("lock", SERVERS, ids=lambda path: path.name)
def test_no_server_of_others_is_among_what_is_shipped_or_imported(lock: Path) -> None:
    servers = re.findall(r"^([a-z0-9.-]+)==", lock.with_suffix(".in").read_text("utf-8"), re.M)
    assert servers
    assert set(servers) <= pinned(lock).keys()
    assert not set(servers) & {name for ours in LOCKS for name in pinned(ours)}


def test_pyside_stays_below_6_12() -> None:
    for lock in LOCKS:
        for part in ("pyside6-essentials", "shiboken6"):
            (version,) = pinned(lock)[part]
            assert version.startswith("6.11."), (part, version)


def test_every_system_package_has_a_place_and_no_double() -> None:
    lines = (ROOT / "packaging" / "system-packages.txt").read_text("utf-8").splitlines()
    bare = [line.split("#")[0].strip() for line in lines]
    names = [name.strip() for line in bare if line and line[0] != "[" for name in line.split("|")]
    assert next(line for line in bare if line).startswith("[")
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name) for name in names), names
    assert len(names) == len(set(names))


def test_the_package_says_it_is_typed() -> None:
    assert files("py.typed", "smartward")
