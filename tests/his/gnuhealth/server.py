"""A real GNU Health as a process of its own, of `.venv-gnuhealth`, on SQLite."""

import os
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from smartward.clock import SystemClock

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / ".venv-gnuhealth" / "bin"
DATABASE = "health"
USER, PASSWORD = "admin", "gnu-s3cret"
MODULES = ("health_inpatient", "health_nursing")
_DEADLINE_S = 60.0
_CLOCK = SystemClock()


class GnuHealth:
    """`with GnuHealth(folder) as server`: it answers at `server.url`. `took_s` tells what bringing
    it up cost, by step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/{DATABASE}"
        self.took_s: dict[str, float] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        config = self._folder / "trytond.conf"
        (self._folder / "password").write_text(f"{PASSWORD}\n")
        (self._folder / f"{DATABASE}.sqlite").touch()
        config.write_text(
            f"[database]\nuri = sqlite://\npath = {self._folder}\n"
            f"[web]\nlisten = 127.0.0.1:{self._port}\n"
        )
        self._run("database", "--all", "--email", "a@hospital.invalid", "--password")
        self._run("modules", "-u", *MODULES, "--activate-dependencies")
        began = _CLOCK.monotonic()
        with self._log().open("ab") as log:
            self._process = subprocess.Popen(
                [str(BIN / "trytond"), "-c", str(config), "-d", DATABASE],
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        self._wait(began + _DEADLINE_S)
        self.took_s["answers"] = _CLOCK.monotonic() - began
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    def _log(self) -> Path:
        return self._folder / "log"

    def _run(self, step: str, *arguments: str) -> None:
        began = _CLOCK.monotonic()
        environment = {**os.environ, "TRYTONPASSFILE": str(self._folder / "password")}
        command = [str(BIN / "trytond-admin"), "-c", str(self._folder / "trytond.conf")]
        done = subprocess.run(
            [*command, "-d", DATABASE, *arguments],
            env=environment,
            cwd=self._folder,
            capture_output=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        self.took_s[step] = _CLOCK.monotonic() - began

    def _wait(self, deadline: float) -> None:
        """Until it answers: a request waits on the socket, and a refused one is tried again."""
        while _CLOCK.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self._port}/", timeout=5).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                assert self._process is not None
                if self._process.poll() is not None:
                    break
                _pause(self._process)
        raise RuntimeError(self._log().read_text(errors="replace")[-2000:])


def _pause(process: subprocess.Popen[bytes]) -> None:
    """A tenth of a second, or until the process ends."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return
