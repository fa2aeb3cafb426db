"""The hub as a process: what was answered outlives it, and it starts only where it is safe."""

import json
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from uuid6 import uuid7

from smartward.harness.house import House
from smartward.harness.program import Control, Program
from tests.hub.mirror import EventParser, Mirror
from tests.programs import run

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, origin=NOON) as built:
        yield built


Enrol = Callable[..., "Screen"]


@pytest.fixture
def enrol(house: House) -> Iterator[Enrol]:
    """Enrols screens at the running hub, and hangs them all up at the end."""
    screens: list[Screen] = []

    def make(role: str, place: str = "") -> Screen:
        screens.append(Screen(house, role, place))
        return screens[-1]

    yield make
    for screen in screens:
        screen.client.close()


class Screen:
    """One enrolled device, over HTTP."""

    def __init__(self, house: House, role: str, place: str = "") -> None:
        assert house.hub is not None
        self.house = house
        self.place = place
        admin = Control(Path(house.hub.ready["admin"]))
        try:
            found = admin.ask("enrol", role=role, place=place or None)
        finally:
            admin.close()
        self.id, self.token = found["device_id"], found["token"]
        self.client = httpx.Client(
            timeout=30, trust_env=False, headers={"Authorization": f"Bearer {self.token}"}
        )

    @property
    def url(self) -> str:
        assert self.house.hub is not None
        return str(self.house.hub.ready["url"])

    def post(self, action: dict[str, Any], age_ms: int = 0) -> dict[str, Any]:
        response = self.client.post(
            f"{self.url}/actions", json={"action": action, "age_ms": age_ms}
        )
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def action(self, kind: str, subject: str, **data: Any) -> dict[str, Any]:
        assert self.house.clock is not None
        return {
            "id": str(uuid7()),
            "kind": kind,
            "subject": subject,
            "made_at": NOON.isoformat(),
            "data": data,
        }

    def place_call(self, subject: str) -> dict[str, Any]:
        return self.action("call.place", subject, bed_id=self.place, **{"class": "normal"})

    def read(self) -> Mirror:
        """The view, once it is complete."""
        mirror, parser = Mirror(), EventParser()
        with self.client.stream("GET", f"{self.url}/feed") as response:
            assert response.status_code == 200
            for data in response.iter_raw():
                for event in parser.feed(data):
                    mirror.apply(event)
                if mirror.current:
                    return mirror
        raise AssertionError("the feed ended")

    def calls(self) -> dict[str, dict[str, Any]]:
        return {
            id: json.loads(body) for (kind, id), body in self.read().bodies().items()
            if kind == "nurse_call"
        }  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_call_outlives_a_hub_killed_right_after_its_answer(house: House, enrol: Enrol) -> None:
    house.start_hub()
    bedside, station = enrol("bedside", "his.bed-1"), enrol("station")
    action = bedside.place_call("c1")
    answer = bedside.post(action, age_ms=1500)
    assert house.hub is not None
    house.hub.kill()
    house.restart_hub()
    call = station.calls()["c1"]
    age = moment(call["received_at"]) - moment(call["placed_at"])
    assert age == timedelta(milliseconds=1500)
    assert bedside.post(action, age_ms=60_000) == answer
    assert station.calls()["c1"] == call
    house.advance(61)
    house.hub.wait("open_calls", 1)
    marks = [mark["kind"] for mark in station.calls()["c1"]["marks"]]
    assert marks[0] == "sent"


@pytest.mark.long
def test_nothing_answered_is_lost_and_nothing_is_done_twice(house: House, enrol: Enrol) -> None:
    """Ten bedsides press as fast as they can while the hub is killed; then all send again."""
    house.start_hub()
    bedsides = [enrol("bedside", f"his.bed-{n}") for n in range(1, 11)]
    station = enrol("station")
    sent: dict[str, list[dict[str, Any]]] = {}
    answered: dict[str, dict[str, Any]] = {}
    enough = threading.Event()

    def press(bedside: Screen) -> None:
        mine = sent.setdefault(bedside.id, [])
        for n in range(200):
            action = (
                bedside.place_call(f"call-{bedside.place}")
                if n == 0
                else bedside.action("call.again", f"call-{bedside.place}")
            )
            mine.append(action)
            try:
                answered[action["id"]] = bedside.post(action)
            except httpx.HTTPError:
                return
            if len(answered) >= 100:
                enough.set()

    assert house.hub is not None
    with ThreadPoolExecutor(len(bedsides)) as pool:
        running = [pool.submit(press, bedside) for bedside in bedsides]
        assert enough.wait(30)
        house.hub.kill()
        for one in running:
            one.result()
    assert any(len(of) < 200 for of in sent.values()), "the hub was killed too late to matter"
    house.restart_hub()
    for bedside in bedsides:
        for action in sent[bedside.id]:
            again = bedside.post(action)
            assert again["outcome"] == "applied"
            if action["id"] in answered:
                assert again == answered[action["id"]]
    calls = station.calls()
    for bedside in bedsides:
        assert calls[f"call-{bedside.place}"]["presses"] == len(sent[bedside.id])


def test_screens_continue_where_they_were_after_a_restart(house: House, enrol: Enrol) -> None:
    house.start_hub()
    bedside, station = enrol("bedside", "his.bed-1"), enrol("station")
    bedside.post(bedside.place_call("c1"))
    before = station.read()
    assert house.hub is not None
    house.hub.kill()
    house.restart_hub()
    headers = {"Last-Event-ID": before.cursor, "SmartWard-View": before.view}
    parser = EventParser()
    with station.client.stream("GET", f"{station.url}/feed", headers=headers) as response:
        events = []
        for data in response.iter_raw():
            events += parser.feed(data)
            if any(event.name == "current" for event in events):
                break
    assert events[0].name == "hello"


def test_it_ends_cleanly_with_feeds_open(house: House, enrol: Enrol) -> None:
    hub = house.start_hub()
    station = enrol("station")
    with station.client.stream("GET", f"{station.url}/feed") as response:
        stream = response.iter_raw()
        next(stream)
        hub.process.send_signal(signal.SIGTERM)
        for _ in stream:
            continue
    assert hub.process.wait(20) == 0
    log = hub.log.read_text()
    assert "Traceback" not in log
    assert station.token not in log
    assert not Path(hub.ready["admin"]).exists()


def test_the_control_socket_raises_the_fault_of_a_full_disk(house: House, enrol: Enrol) -> None:
    hub = house.start_hub()
    bedside = enrol("bedside", "his.bed-1")
    hub.ask("fault", name="storage", on=True)
    action = bedside.place_call("c1")
    assert bedside.post(action)["outcome"] == "later"
    hub.ask("fault", name="storage", on=False)
    assert bedside.post(action)["outcome"] == "applied"
    assert hub.wait("open_calls", 1) == 1
    hub.ask("quit")
    assert hub.process.wait(20) == 0


# ---------------------------------------------------------------------- starting


def test_it_speaks_to_no_network_without_a_certificate(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.7", "ward-hub"):
        found = run("hub", "--data-dir", str(tmp_path), "--set", f"host={host}")
        assert found.returncode == 1
        assert "smartward hub --init" in found.stderr
        assert found.stdout == ""


def test_two_hubs_never_share_a_folder(house: House) -> None:
    house.start_hub()
    found = run("hub", "--data-dir", str(house.folder / "hub"), "--set", "port=0")
    assert found.returncode == 1
    assert "Another hub runs" in found.stderr


def test_a_taken_address_and_a_bad_setting_stop_the_start_with_the_remedy(
    house: House, tmp_path: Path
) -> None:
    hub = house.start_hub()
    port = hub.ready["url"].rsplit(":", 1)[1]
    taken = run("hub", "--data-dir", str(tmp_path / "b"), "--set", f"port={port}")
    assert (taken.returncode, "cannot listen" in taken.stderr) == (1, True)
    for wrong in ("colour=red", "port=many", "port"):
        found = run("hub", "--data-dir", str(tmp_path / "b"), "--set", wrong)
        assert found.returncode == 1, wrong
        assert wrong.split("=")[0] in found.stderr


def test_init_makes_certificates_that_a_client_can_trust(tmp_path: Path) -> None:
    data = tmp_path / "hub"
    found = run("hub", "--data-dir", str(data), "--init", "--name", "hub.ward.example")
    assert found.returncode == 0, found.stderr
    made = json.loads(found.stdout)
    for name, mode in (("tls_key", 0o600), ("ca", None)):
        path = Path(made[name])
        assert path.is_file()
        if mode is not None:
            assert path.stat().st_mode & 0o777 == mode
    assert (data / "tls" / "ca.key").stat().st_mode & 0o777 == 0o600
    ca = Path(made["ca"]).read_bytes()
    assert run("hub", "--data-dir", str(data), "--init").returncode == 0
    assert Path(made["ca"]).read_bytes() == ca, "the house's CA must stay"
    arguments = ["hub", "--data-dir", str(data), "--set", "port=0"]
    for name in ("tls_cert", "tls_key"):
        arguments += ["--set", f"{name}={made[name]}"]
    hub = Program("hub", arguments, tmp_path, {})
    try:
        assert hub.ready["url"].startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=made["ca"])
        with httpx.Client(verify=trusting, trust_env=False) as client:
            assert client.get(f"{hub.ready['url']}/health").status_code == 200
        stranger = ssl.create_default_context()
        with (
            httpx.Client(verify=stranger, trust_env=False) as client,
            pytest.raises(httpx.ConnectError),
        ):
            client.get(f"{hub.ready['url']}/health")
    finally:
        hub.stop()


def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    made = json.loads(run("hub", "--data-dir", str(tmp_path / "a"), "--init").stdout)
    other = json.loads(run("hub", "--data-dir", str(tmp_path / "b"), "--init").stdout)
    locked, nonsense = tmp_path / "locked.key", tmp_path / "nonsense.pem"
    key = serialization.load_pem_private_key(Path(made["tls_key"]).read_bytes(), None)
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    nonsense.write_text("no certificate")
    for cert, secret in (
        (nonsense, made["tls_key"]),
        (made["tls_cert"], nonsense),
        (made["tls_cert"], other["tls_key"]),
        (made["tls_cert"], locked),
    ):
        found = run("hub", "--data-dir", str(tmp_path / "a"), "--set", "port=0",
                    "--set", f"tls_cert={cert}", "--set", f"tls_key={secret}")  # fmt: skip
        assert (found.returncode, found.stdout) == (1, ""), found.stderr
        assert f"certificate {cert} with the key {secret} cannot be used" in found.stderr
        assert "Traceback" not in found.stderr


def test_a_restored_folder_gets_another_epoch_when_it_is_said(house: House, enrol: Enrol) -> None:
    hub = house.start_hub()
    bedside = enrol("bedside", "his.bed-1")
    bedside.post(bedside.place_call("c1"))
    epoch = hub.state()["epoch"]
    said = ("hub", "--restored", "--data-dir", str(house.folder / "hub"))
    assert "Another hub runs" in run(*said).stderr
    hub.kill()
    found = run(*said)
    assert (found.returncode, json.loads(found.stdout)) == (
        0, {"restored": str(house.folder / "hub" / "hub.sqlite")},
    )  # fmt: skip
    assert house.restart_hub().state()["epoch"] != epoch
    assert "There is no" in run(*said[:-1], str(house.folder / "other")).stderr


# ---------------------------------------------------------------------- enrolling


def test_enrol_from_the_command_line(house: House, tmp_path: Path) -> None:
    hub = house.start_hub()
    admin = ["--admin", hub.ready["admin"]]
    token_file = tmp_path / "token"
    made = run("enrol", "bedside", "his.bed-7", *admin, "--label", "window",
               "--token-file", str(token_file))  # fmt: skip
    assert made.returncode == 0, made.stderr
    device = json.loads(made.stdout)
    assert (device["place"], "token" in device) == ("his.bed-7", False)
    assert token_file.stat().st_mode & 0o777 == 0o600
    listed = [json.loads(line) for line in run("enrol", "--list", *admin).stdout.splitlines()]
    assert [(one["id"], one["role"], one["label"]) for one in listed] == [
        (device["device_id"], "bedside", "window")
    ]
    secret = token_file.read_text()
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=hub.ready["url"], headers=headers, trust_env=False) as client:
        with client.stream("GET", "/feed") as response:
            assert response.status_code == 200
        assert run("enrol", "--revoke", device["device_id"], *admin).returncode == 0
        assert client.get("/feed").status_code == 401
    assert secret not in hub.log.read_text()


def test_enrol_says_what_to_do_instead(house: House) -> None:
    hub = house.start_hub()
    for arguments, words in (
        (("bedside", "12"), "knows no bed yet"),
        (("bedside",), "Say where the bedside is"),
        (("kitchen", "1"), "kitchen is neither a role nor a command"),
        (("aprove", "YF4M6K", "--bed", "12"), "aprove is neither a role nor a command"),
        (("aprove", "YF4M6K"), "refuse, bulk, expected, withdraw, wipe, write-off."),
        (("--revoke", "nobody"), "There is no device nobody"),
    ):
        found = run("enrol", *arguments, "--admin", hub.ready["admin"])
        assert found.returncode == 1, arguments
        assert words in found.stderr


def test_enrol_without_a_hub_says_so(tmp_path: Path) -> None:
    found = run("enrol", "station", "--data-dir", str(tmp_path))
    assert found.returncode == 1
    assert "No hub answers" in found.stderr
