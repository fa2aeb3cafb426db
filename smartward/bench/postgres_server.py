"""A PostgreSQL server of one's own, from the machine's binaries, in a folder that goes with it.

It listens on a socket in that folder and nowhere else, syncs each commit as in a hospital, and ends
with the thread that started it, also when that is killed.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from smartward.errors import Misconfigured

_ROOT = 0
_USER = "postgres"
"""PostgreSQL refuses to run as root: then it runs as this user, which Debian's package makes."""
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "autovacuum_naptime": "10min",
    "log_min_messages": "fatal",
}
_START_S = 20.0


def folder_of_binaries() -> Path | None:
    """Where `postgres` and `initdb` are; None: this machine has none."""
    versions = Path("/usr/lib/postgresql")
    newest = sorted(versions.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    for folder in (*newest, *([] if on_path is None else [Path(on_path).resolve().parent])):
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    return None


class PostgresServer:
    """A server that runs until `stop`. `url` is its database `postgres`."""

    def __init__(self, **settings: str) -> None:
        """Make its files and start it; `settings` are more of postgresql.conf.

        Raises Misconfigured where this machine has no PostgreSQL, RuntimeError when it ends.
        """
        found = folder_of_binaries()
        if found is None:
            raise Misconfigured(
                "cli.library", "no postgres below /usr/lib/postgresql", library="postgresql"
            )
        self._binaries = found
        self._settings = _SETTINGS | settings
        self.folder = Path(tempfile.mkdtemp(prefix="smartward-pg-"))
        self._data = self.folder / "data"
        if os.geteuid() == _ROOT:
            user = pwd.getpwnam(_USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        made = self._command("initdb", "-A", "trust", "--no-locale", "-E", "UTF8", "--no-sync")
        subprocess.run([*made, "-U", _USER], check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == _ROOT:
            command += ["--reuid", _USER, "--regid", _USER, "--clear-groups"]
        return [*command, str(self._binaries / program), "-D", str(self._data), *arguments]

    def start(self) -> None:
        """Run it, on its files as they are. Raises RuntimeError when it ends."""
        given = [f"-c{name}={value}" for name, value in self._settings.items()]
        command = self._command("postgres", "-k", str(self.folder), *given)
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, cwd=self.folder)
        until = time.monotonic() + _START_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                words = (self.folder / "log").read_text(errors="replace")[-1000:]
                raise RuntimeError(f"PostgreSQL did not start: {words}")
            time.sleep(0.01)

    def _ready(self) -> bool:
        """Whether this process says in its file that it takes connections."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            process = self._process
            own = process is not None and lines[:1] == [str(process.pid)]
            return own and lines[7:8] != [] and lines[7].strip() == "ready"
        return False

    def url_of(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{_USER}@/{database}?host={self.folder}"

    @property
    def url(self) -> str:
        """The address of the database that is always there."""
        return self.url_of("postgres")

    def halt(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it and keep its files: SIGINT cuts its connections, SIGQUIT is as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_START_S)
            self._process = None

    def stop(self) -> None:
        """End it, and take its files away."""
        self.halt(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
