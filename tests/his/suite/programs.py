"""The programs as people start them, on real ports, beside a hospital system of any kind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import Request, urlopen

import httpx
from uuid6 import uuid7

from smartward.clock import SystemClock
from smartward.harness.house import House

Json = dict[str, Any]
_CLOCK = SystemClock()
_BADGE = "SW90001"


def smartward(*arguments: str, **environment: str) -> tuple[int, str]:
    """One command to its end: its exit code and all that it says."""
    done = subprocess.run(
        [sys.executable, "-m", "smartward", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout + done.stderr


def until(met: Callable[[], bool], what: str, within_s: float = 30.0) -> None:
    """Look again and again until it is so."""
    end = _CLOCK.monotonic() + within_s
    while not met():
        assert _CLOCK.monotonic() < end, f"never: {what}"
        Event().wait(0.1)


class Desk:
    """A station with a nurse of the roster signed in by her badge, as a hub meets it: by HTTP."""

    def __init__(self, house: House) -> None:
        assert house.hub is not None
        nurse = house.person("nurse")
        house.badge(nurse["id"], _BADGE)
        token = house.enrol("station").read_text()
        self.url = house.hub.ready["url"]
        self._http = httpx.Client(
            timeout=30, trust_env=False, headers={"Authorization": f"Bearer {token}"}
        )
        self.person: Json = self._post("/staff/identify", {"badge": _BADGE})["person"]

    def _post(self, path: str, body: Json) -> Json:
        answer = self._http.post(f"{self.url}{path}", json=body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def enter(self, encounter_id: str, **values: str) -> str:
        """Observations entered at the station; gives the entry's id."""
        action = {
            "id": str(uuid7()),
            "kind": "observation.enter",
            "subject": encounter_id,
            "made_at": _CLOCK.now().isoformat(),
            "by": self.person,
            "seen": {"encounter_id": encounter_id},
            "data": values,
        }
        answer = self._post("/actions", {"action": action, "age_ms": 0})
        assert answer["outcome"] == "applied", answer
        return str(action["id"])

    def close(self) -> None:
        self._http.close()


@contextmanager
def desk(house: House) -> Iterator[Desk]:
    """A desk that hangs up at the end."""
    one = Desk(house)
    try:
        yield one
    finally:
        one.close()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A server that answers nobody meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def values(house: House) -> dict[str, dict[str, float]]:
    """Every vital sign the hub holds: id -> value by parameter."""
    return {
        id: {one["parameter"]: one["value"] for one in sign["measurements"]}
        for id, sign in house.documents("vital_sign").items()
    }


def log_of(house: House) -> str:
    """All that its programs have written on standard error."""
    return "".join(path.read_text(errors="replace") for path in Path(house.folder).glob("*.log"))


class Fhir:
    """A FHIR server as others write to it and read it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def read(self, path: str) -> Json:
        """A resource, or the Bundle of a search."""
        with urlopen(f"{self.url}/{path}", timeout=20) as answer:
            found: Json = json.load(answer)
        return found

    def search(self, path: str) -> list[Json]:
        """The resources of a search's first page."""
        return [one["resource"] for one in self.read(path).get("entry", ())]

    def put(self, *resources: Json) -> None:
        """Write each under its own id."""
        for one in resources:
            head = {"Content-Type": "application/fhir+json"}
            url = f"{self.url}/{one['resourceType']}/{one['id']}"
            body = json.dumps(one).encode()
            with urlopen(Request(url, body, head, method="PUT"), timeout=20):
                pass
