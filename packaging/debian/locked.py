"""The lock of the project: which wheels a package of a Debian release needs, fetched by hash."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name, parse_wheel_filename


class Target:
    """A Debian release on an architecture, as wheels name it."""

    def __init__(self, python: str, glibc: int, machine: str) -> None:
        """`python` as "3.11", `glibc` the N of 2.N, `machine` as "x86_64"."""
        self.python = python
        self.machine = machine
        self.platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(5, glibc + 1)]
        self.platforms.append(f"manylinux2014_{machine}")

    @property
    def environment(self) -> dict[str, str]:
        """What markers of requirements are judged by."""
        return {
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": self.machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "extra": "",
        }


def read(lock: Path, target: Target) -> dict[str, str]:
    """Canonical name to the lock's entry, hashes and all, of what the target takes.

    Raises ValueError where two entries of one name hold for it.
    """
    entries: dict[str, str] = {}
    text = re.sub(r"^#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        said, *hashes = entry.split(" --hash=")
        if not said.strip():
            continue
        wanted = Requirement(said.strip())
        if wanted.marker is not None and not wanted.marker.evaluate(target.environment):
            continue
        name = canonicalize_name(wanted.name)
        if name in entries:
            raise ValueError(f"{lock}: two entries of {name} hold for Python {target.python}")
        pinned = f"{wanted.name}{wanted.specifier}"
        entries[name] = " ".join([pinned, *(f"--hash={each.strip()}" for each in hashes)])
    return entries


def _fetch(entries: list[str], target: Target, folder: Path) -> None:
    """The wheels of these into `folder`, from wherever pip is told to look; by hash or not at
    all. What is there already with the right hash is not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "wanted.txt"
    wanted.write_text("\n".join(entries) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    command += ["-f", str(folder), "--requirement", str(wanted)]
    command += ["--implementation", "cp", "--python-version", target.python]
    command += [word for each in target.platforms for word in ("--platform", each)]
    subprocess.run(command, check=True)
    wanted.unlink()


def _wheel_of(folder: Path, entry: str) -> Path:
    """The wheel of this entry of the lock in the folder. Raises FileNotFoundError."""
    wanted = Requirement(entry.split(" --hash=")[0])
    for wheel in sorted(folder.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(wheel.name)
        if name == canonicalize_name(wanted.name) and wanted.specifier.contains(version):
            return wheel
    raise FileNotFoundError(f"no wheel of {wanted} in {folder}")


def _needs(wheel: Path, target: Target) -> Iterable[str]:
    """Canonical names of what this wheel requires on the target."""
    with zipfile.ZipFile(wheel) as opened:
        metadata = next(n for n in opened.namelist() if n.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(opened.read(metadata).decode())
    for said in headers.get_all("Requires-Dist", []):
        wanted = Requirement(said)
        if wanted.marker is None or wanted.marker.evaluate(target.environment):
            yield canonicalize_name(wanted.name)


def wheels(
    lock: Path, target: Target, roots: Iterable[str], left_out: Iterable[str], folder: Path
) -> list[Path]:
    """The wheels of `roots` and of all they require, in `folder`, in the order of their names.

    Raises KeyError for a requirement the lock has not, CalledProcessError where pip cannot fetch
    one with its hash.
    """
    entries = read(lock, target)
    skipped = {canonicalize_name(name) for name in left_out}
    found: dict[str, Path] = {}
    open_names = {canonicalize_name(name) for name in roots}
    while open_names:
        missing = sorted(open_names)
        for name in missing:
            if name not in entries:
                raise KeyError(f"{name} is not in {lock}: make lock")
        _fetch([entries[name] for name in missing], target, folder)
        found |= {name: _wheel_of(folder, entries[name]) for name in missing}
        needed = {name for each in missing for name in _needs(found[each], target)}
        open_names = needed - skipped - found.keys()
    return [found[name] for name in sorted(found)]
