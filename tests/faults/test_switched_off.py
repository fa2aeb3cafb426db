"""The hub and the station's host are gone: the call is on another screen of the ward within 5 s,
with the settings as shipped. The hub's host loses its power, or its cable alone, or its programs
stand still while the machine keeps their connections open. Real programs on hosts of their own,
over TLS."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from smartward.clock import SystemClock
from smartward.harness.program import Program
from smartward.hub.enrol import ask
from smartward.hub.store.sqlite import SqliteStore
from tests.faults.hosts import Hosts
from tests.hub import ward_docs as docs

WITHIN_S = 5.0
PORT = 8700
CLOCK = SystemClock()

pytestmark = [pytest.mark.long, pytest.mark.expects_log()]


class WardOfHosts:
    """A hub, its standby, a bedside, a station and a corridor, each on a host of its own."""

    def __init__(self, folder: Path, hosts: Hosts) -> None:
        self.folder = folder
        self.hosts = hosts
        self.programs: dict[str, Program] = {}
        self._tls: dict[str, str] = {}

    def start(self) -> None:
        self._certificates()
        asyncio.run(self._furnish())
        self.start_hub()
        proof = self._enrol("standby")
        url = f"https://{self.hosts.address['hub']}:{PORT}"
        self._hub("standby", "standby", "--standby-of", url, "--token-file", proof)
        self.programs["standby"].wait("standby", "following")
        self._screen("bedside", docs.bed_id(1))
        self._screen("station")
        self._screen("corridor")

    def start_hub(self) -> None:
        self._hub("hub", "hub")

    def _certificates(self) -> None:
        names = [f"--name={self.hosts.address[name]}" for name in ("hub", "standby")]
        made = subprocess.run(
            [sys.executable, "-m", "smartward", "hub", "--init", *self._data("hub"), *names],
            check=True,
            capture_output=True,
            timeout=60,
        )
        self._tls = json.loads(made.stdout)

    def _data(self, name: str) -> list[str]:
        return ["--data-dir", str(self.folder / name)]

    async def _furnish(self) -> None:
        store = SqliteStore.open(self.folder / "hub" / "hub.sqlite")
        await docs.furnish(store)
        await store.finish()
        store.close()

    def _start(self, host: str, arguments: list[str]) -> None:
        through = self.hosts.argv(host, [])
        offscreen = {"QT_QPA_PLATFORM": "offscreen"}
        self.programs[host] = Program(host, arguments, self.folder, offscreen, through)

    def _hub(self, host: str, data: str, *arguments: str) -> None:
        settings = {
            "host": self.hosts.address[host],
            "port": PORT,
            "ward": docs.WARD,
            "staff_proof": "name",
            "tls_cert": self._tls["tls_cert"],
            "tls_key": self._tls["tls_key"],
        }
        given = [f"--set={name}={value}" for name, value in settings.items()]
        more = ["--ca", self._tls["ca"]] if arguments else []
        self._start(host, ["hub", *self._data(data), *given, *arguments, *more])

    def _enrol(self, role: str, place: str | None = None) -> str:
        answer = ask(self.folder / "hub" / "admin.sock", do="enrol", role=role, place=place)
        file = self.folder / f"{role}.token"
        file.touch(mode=0o600)
        file.write_text(answer["token"])
        return str(file)

    def _screen(self, role: str, place: str | None = None) -> None:
        hubs = [f"--hub=https://{self.hosts.address[name]}:{PORT}" for name in ("hub", "standby")]
        proof = ["--token-file", self._enrol(role, place), "--ca", self._tls["ca"]]
        kept = ["--state-dir", str(self.folder / f"screen-{role}")]
        self._start(role, ["screen", role, *hubs, *proof, *kept])
        self.programs[role].wait("link", "live")

    def lose_hub(self, how: str) -> None:
        """Its host's power is `off`, its cable is out (`unplugged`: half-open connections remain),
        or its programs stand still (`frozen`: their host still takes connections)."""
        if how == "off":
            self.off("hub")
        elif how == "unplugged":
            self.hosts.unplug("hub")
        else:
            self.hosts.freeze("hub")

    def hub_again(self, how: str) -> None:
        """What `lose_hub` did is over."""
        if how == "frozen":
            self.hosts.thaw("hub")
            return
        self.hosts.on("hub")
        if how == "off":
            self.start_hub()

    def off(self, *names: str) -> None:
        """All of them at the same time."""
        for name in names:
            self.hosts.off(name)
        for name in names:
            self.programs.pop(name).kill()  # it is dead: its process is to be buried

    def press(self) -> str:
        """Somebody touches the bedside's button; gives the call's id."""
        self.programs["bedside"].touch("callButton")
        return str(self.programs["bedside"].state()["call"])

    def drawn(self, role: str, call: str, within_s: float) -> float:
        """When the screen's frame first held the call, in monotonic seconds."""
        screen = self.programs[role]
        return float(screen.ask("wait", state=f"drawn.{call}", within_s=within_s)["value"])

    def stop(self) -> None:
        for program in self.programs.values():
            if program.running:
                program.process.terminate()
        for program in self.programs.values():
            program.stop()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[WardOfHosts]:
    with Hosts("hub", "standby", "bedside", "station", "corridor") as hosts:
        made = WardOfHosts(tmp_path, hosts)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.mark.parametrize("how", ["off", "unplugged", "frozen"])
def test_with_hub_and_station_gone_a_call_is_on_another_screen_in_time(
    ward: WardOfHosts, how: str
) -> None:
    off = CLOCK.monotonic()
    ward.lose_hub(how)
    ward.off("station")
    pressed_at = CLOCK.now()
    call = ward.press()
    seen = ward.drawn("corridor", call, WITHIN_S) - off
    print(f"on the corridor {seen:.2f} s after the hub was {how}")
    assert seen <= WITHIN_S
    assert ward.programs["standby"].state()["standby"] == "alone"

    ward.hub_again(how)
    ward.programs["standby"].wait("standby", "following", within_s=15)
    kept = ward.programs["hub"].ask("documents", kind="nurse_call")["documents"]
    assert [(id, one["presses"]) for id, one in kept.items()] == [(call, 1)]
    placed = datetime.fromisoformat(kept[call]["placed_at"])
    assert abs((placed - pressed_at).total_seconds()) < 2, "when it was pressed is kept"
    ward.programs["bedside"].wait("link", "live")
    ward.programs["corridor"].wait("open_calls", 1)
