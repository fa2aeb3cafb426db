"""`make deb`: smartward-screen and smartward-hub as Debian packages, from the lock and from git.

What is packed is what git holds at HEAD, not what lies in the folder; with the time of that commit
as the time of everything, two builds of one commit are the same bytes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import locked
import notices
import sbom
import trim

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = ("screen", "hub")


@dataclass(frozen=True)
class Build:
    """One build: where it is done, of what, for what."""

    folder: Path
    release: str
    arch: str
    spec: dict[str, Any]
    commit: str
    files: str
    """The tree of git that is packed: the commit's own, but to try a change."""
    epoch: int
    version: str
    effort: int
    """Of xz: 1 is quick, 6 is small."""

    @property
    def target(self) -> locked.Target:
        """The release and architecture, as wheels name them."""
        told = self.spec["release"][self.release]
        return locked.Target(told["python"], told["glibc"], self.spec["machine"][self.arch])

    @property
    def source(self) -> Path:
        """The commit's files."""
        return self.folder / "source"

    def tree(self, package: str) -> Path:
        """What the package's files are laid out in."""
        return self.folder / "tree" / package


def _git(*words: str, index: Path | None = None) -> str:
    environment = dict(os.environ) | ({} if index is None else {"GIT_INDEX_FILE": str(index)})
    return subprocess.run(
        ["git", "-C", str(ROOT), *words],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout.strip()


def _folder_as_it_is() -> str:
    """A tree of git with what lies in the folder, for trying a change; HEAD and index stay."""
    index = ROOT / "build" / "deb" / "index"
    index.parent.mkdir(parents=True, exist_ok=True)
    index.unlink(missing_ok=True)
    _git("read-tree", "HEAD", index=index)
    _git("add", "--all", index=index)
    return _git("write-tree", index=index)


def _version(of: str, release: str) -> tuple[str, int, str]:
    """Commit, its time in seconds, and the version of the packages.

    0.2.0~deb12 where the commit has the tag v0.2.0; else with the commit's time behind it, so that
    a later build is an upgrade.
    """
    commit = _git("rev-parse", f"{of}^{{commit}}")
    said: dict[str, str] = {}
    exec(_git("show", f"{commit}:smartward/__init__.py"), said)
    number = said["__version__"]
    epoch = int(_git("show", "--no-patch", "--format=%ct", commit))
    if f"v{number}" not in _git("tag", "--points-at", commit).split():
        moment = datetime.fromtimestamp(epoch, UTC).strftime("%Y%m%d%H%M%S")
        number = f"{number}+git{moment}.{commit[:8]}"
    return commit, epoch, f"{number}~deb{release}"


def _export(build: Build) -> None:
    build.source.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "--format=tar", build.files],
        check=True,
        capture_output=True,
    ).stdout
    subprocess.run(["tar", "--extract", "--directory", build.source], input=archive, check=True)


def _own_wheel(build: Build) -> Path:
    """Our own package as a wheel, made from the commit."""
    folder = build.folder / "own"
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    command += ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(build.source)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def _unpack(wheel: Path, packages: Path) -> None:
    """Lay a wheel's modules out; its scripts and data for elsewhere are not wanted."""
    with zipfile.ZipFile(wheel) as opened:
        for name in opened.namelist():
            _, _, rest = name.partition(".data/")
            kind, _, inside = rest.partition("/")
            if rest and kind not in ("purelib", "platlib"):
                continue
            target = packages / (inside if rest else name)
            if name.endswith("/"):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(opened.read(name))


def _environment(build: Build, package: str) -> Path:
    """The package's own interpreter environment: Debian's Python, our modules only. Gives the
    folder of the modules."""
    python = build.target.python
    home = build.tree(package) / "opt" / "smartward" / package
    packages = home / "lib" / f"python{python}" / "site-packages"
    packages.mkdir(parents=True)
    (home / "bin").mkdir()
    (home / "bin" / "python3").symlink_to(f"/usr/bin/python{python}")
    (home / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {python}\n",
        encoding="utf-8",
    )
    for name, module in build.spec["package"][package]["commands"].items():
        _command(home / "bin" / name, package, module)
    return packages


def _command(file: Path, package: str, module: str) -> None:
    lines = ["#!/bin/sh"]
    if package == "hub" and module == "smartward":
        screen = "/opt/smartward/screen/bin/smartward"
        lines.append("# Where both packages are installed, the screen's part is in the other one.")
        lines.append(f'[ "${{1-}}" != screen ] || [ ! -x {screen} ] || exec {screen} "$@"')
    lines.append(f'exec /opt/smartward/{package}/bin/python3 -I -m {module} "$@"')
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.chmod(0o755)


def _leave_out(folder: Path, parts: list[str]) -> None:
    for part in parts:
        path = folder / part
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _lay_out(build: Build, package: str, own: Path) -> None:
    """All that the package holds beside its scripts and units."""
    spec = build.spec["package"][package]
    cache = ROOT / "build" / "deb" / "wheels" / f"{build.target.python}-{build.arch}"
    found = locked.wheels(
        build.source / "packaging" / "requirements.txt",
        build.target,
        spec["requirements"],
        spec["wheels_left_out"],
        cache,
    )
    packages = _environment(build, package)
    for wheel in [*found, own]:
        _unpack(wheel, packages)
    doc = build.tree(package) / "usr" / "share" / "doc" / f"smartward-{package}"
    notices.write(packages, doc / "licences")
    sbom.write(packages, found, doc / "sbom.cdx.json", f"smartward-{package}", build)
    _leave_out(packages / "smartward", spec["parts_left_out"])
    if package == "screen":
        trim.trim(packages, build.spec["qt"])
        trim.keep_icon_font(packages)
    trim.without_tests(packages)
    for each in sorted(packages.glob("*.dist-info")):
        for name in ("RECORD", "REQUESTED", "INSTALLER", "direct_url.json", "entry_points.txt"):
            (each / name).unlink(missing_ok=True)


def _debianize(build: Build) -> None:
    """Debian's own tools make the packages of the trees: work/debian beside work/tree."""
    debian = build.folder / "debian"
    shutil.copytree(build.source / "packaging" / "debian" / "template", debian)
    shutil.copytree(build.source / "packaging" / "systemd", build.folder / "systemd")
    moment = _git("show", "--no-patch", "--format=%cD", build.commit)
    (debian / "changelog").write_text(
        f"smartward ({build.version}) unstable; urgency=medium\n\n"
        f"  * Built from commit {build.commit}.\n\n"
        f" -- SmartWard <smartward@smartward.invalid>  {moment}\n",
        encoding="utf-8",
    )
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(build.epoch),
        "DPKG_DEB_THREADS_MAX": "1",  # one thread or many: other bytes
        "DEB_BUILD_OPTIONS": "nocheck nostrip noautodbgsym",
        "SMARTWARD_PYTHON": build.target.python,
        "SMARTWARD_XZ": str(build.effort),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    command = [
        "dpkg-buildpackage",
        "--build=binary",
        "--host-arch",
        build.arch,
        "--no-check-builddeps",
    ]
    command += ["--no-sign", "--no-pre-clean"]
    log = build.folder / "build.log"
    with log.open("wb") as out:
        done = subprocess.run(
            command,
            check=False,
            cwd=build.folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        sys.exit(f"dpkg-buildpackage failed; the end of {log}:\n{log.read_text()[-3000:]}")


def _same_time(folder: Path, epoch: int) -> None:
    for each in [*folder.rglob("*"), folder]:
        os.utime(each, (epoch, epoch), follow_symlinks=False)


def make(
    of: str, release: str, arch: str, out: Path, *, as_it_is: bool = False, quick: bool = False
) -> list[Path]:
    """Build the packages of a commit into `out`, or of the folder as it is. Gives their files;
    what was there of an earlier build for the same release and architecture goes."""
    os.umask(0o022)
    spec = tomllib.loads((HERE / "packages.toml").read_text(encoding="utf-8"))
    commit, epoch, version = _version(of, release)
    files = _folder_as_it_is() if as_it_is else commit
    if as_it_is:
        version = version.replace("~deb", ".tried~deb")
    kind = f"{release}-{arch}{'-quick' if quick else ''}"
    folder = ROOT / "build" / "deb" / "work" / kind / "smartward"
    shutil.rmtree(folder.parent, ignore_errors=True)
    build = Build(folder, release, arch, spec, commit, files, epoch, version, 1 if quick else 6)
    _export(build)
    own = _own_wheel(build)
    for package in PACKAGES:
        _lay_out(build, package, own)
    _same_time(folder / "tree", epoch)
    _debianize(build)
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for package in PACKAGES:
        name = f"smartward-{package}_{version}_{arch}.deb"
        for older in out.glob(f"smartward-{package}_*~deb{release}_{arch}.deb"):
            older.unlink()
        shutil.copyfile(folder.parent / name, out / name)
        made.append(out / name)
    return made


def main() -> None:
    """Read the command line, build, tell the sizes."""
    parser = argparse.ArgumentParser(description="Build the Debian packages of a commit.")
    parser.add_argument("--of", default="HEAD", metavar="COMMIT")
    parser.add_argument("--release", default="12", choices=("12", "13"), help="of Debian")
    parser.add_argument("--arch", default="amd64", choices=("amd64", "arm64"))
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "deb")
    parser.add_argument("--as-it-is", action="store_true", help="pack the folder, not the commit")
    parser.add_argument("--quick", action="store_true", help="a little larger, much sooner")
    options = parser.parse_args()
    made = make(
        options.of,
        options.release,
        options.arch,
        options.out,
        as_it_is=options.as_it_is,
        quick=options.quick,
    )
    for file in made:
        print(f"{file.stat().st_size / 1e6:6.1f} MB  {file}")


if __name__ == "__main__":
    main()
