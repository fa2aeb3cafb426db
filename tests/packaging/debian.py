"""A Debian in a folder: made once by mmdebstrap, unpacked for each use, entered by chroot in
namespaces of its own. Nothing in it is started by systemd, which does not run there."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "deb"
SUITES = {"12": "bookworm", "13": "trixie"}
PACKAGES = ("smartward-screen", "smartward-hub")
_PLAIN = "systemd-sysv,dbus,ca-certificates"
_ENTER = """
root=$1; shift
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs run "$root/run"
mount --bind "$0" "$root/packages"
exec chroot "$root" "$@"
"""
_WITHIN_S = 900


def arch() -> str:
    """Debian's name of this machine's architecture."""
    return subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()


def built(release: str) -> list[Path]:
    """The packages that `make deb` made for this release, or others below its folder that
    SMARTWARD_DEB_FROM names. Fails in words where there are none."""
    folder = Path(os.environ.get("SMARTWARD_DEB_FROM", BUILD)).resolve()
    found = [
        file
        for package in PACKAGES
        for file in sorted(folder.glob(f"{package}_*~deb{release}_{arch()}.deb"))
    ]
    assert len(found) == len(PACKAGES), f"one of each in {folder}: make deb RELEASE={release}"
    return found


class Debian:
    """One such folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    @contextlib.contextmanager
    def fresh(cls, release: str) -> Iterator[Self]:
        """A plain Debian of this release, gone at the end."""
        archive = BUILD / f"plain-{release}.tar"
        if not archive.is_file():
            made = archive.with_suffix(".part.tar")
            command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root"]
            command += [f"--include={_PLAIN}", SUITES[release], str(made)]
            subprocess.run(command, check=True, timeout=_WITHIN_S)
            made.rename(archive)
        with cls._folder(f"{release}-{os.getpid()}") as debian:
            subprocess.run(["tar", "-xf", archive, "-C", debian.root], check=True)
            shutil.copyfile("/etc/resolv.conf", debian.root / "etc" / "resolv.conf")
            refuse = debian.root / "usr" / "sbin" / "policy-rc.d"
            refuse.write_text("#!/bin/sh\nexit 101\n")
            refuse.chmod(0o755)
            yield debian

    @contextlib.contextmanager
    def copy(self) -> Iterator[Self]:
        """Another one like it, gone at the end."""
        with self._folder(f"{self.root.name}-copy") as other:
            subprocess.run(["cp", "-a", f"{self.root}/.", other.root], check=True)
            yield other

    @classmethod
    @contextlib.contextmanager
    def _folder(cls, name: str) -> Iterator[Self]:
        root = BUILD / "test" / name
        shutil.rmtree(root, ignore_errors=True)
        (root / "packages").mkdir(parents=True)
        try:
            yield cls(root)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    @staticmethod
    def unpack(file: Path, folder: Path) -> None:
        """What a package holds, into a folder."""
        subprocess.run(["dpkg-deb", "--extract", file, folder], check=True)

    def command(self, *words: str, user: str = "root", **environment: str) -> list[str]:
        """The command line that runs `words` in there as `user`."""
        said = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **environment}
        line = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", _ENTER]
        line += [str(BUILD), str(self.root)]
        if user != "root":
            line += ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        return [*line, "env", "-i", *(f"{name}={value}" for name, value in said.items()), *words]

    def run(
        self, *words: str, user: str = "root", ends: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it there to its end, which must be `ends`."""
        done = subprocess.run(
            self.command(*words, user=user, **environment),
            check=False,
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
        )
        assert done.returncode == ends, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def install(self, *files: Path, options: tuple[str, ...] = ()) -> str:
        """`apt install ./FILE`, as an administrator does. Gives what it said."""
        names = [f"/packages/{file.relative_to(BUILD)}" for file in files]
        self.run("apt-get", "update", "-qq")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        line = ["apt-get", "install", "--yes", "--no-install-recommends", *options, *names]
        done = self.run(*line, **quiet)
        return done.stdout + done.stderr

    def stat(self, path: str) -> tuple[str, str, str]:
        """Owner, group and mode of a path there."""
        said = self.run("stat", "--format=%U %G %a", path).stdout.split()
        return said[0], said[1], said[2]
