"""Hospital systems that others made, each in a process and an environment of its own."""

import json
import select
import subprocess
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-his" / "bin" / "python"
_SERVER = Path(__file__).with_name("sekmet_server.py")
_DEADLINE_S = 60.0

Json = dict[str, Any]


class Sekmet:
    """`with Sekmet(folder) as sekmet`: a running sekmet-fhir that does what it is told."""

    def __init__(self, folder: Path, **settings: object) -> None:
        """`settings`: more of sekmet's own. Skips the test where `make his-servers` was not run."""
        if not PYTHON.is_file():
            pytest.skip("sekmet-fhir is not installed: make his-servers")
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(PYTHON), str(_SERVER), str(folder), json.dumps(settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
            )
        self.url = ""

    def __enter__(self) -> Self:
        self.url = self._line()["url"]
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def _line(self) -> Json:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _DEADLINE_S)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            raise RuntimeError(f"sekmet says nothing: {self._log.read_text(errors='replace')}")
        found: Json = json.loads(line)
        return found

    def run(self, workflow: str, **given: object) -> Json:
        """Run one of its hospital workflows; the resources that came of it."""
        return self._told({"run": workflow, "with": given})

    def later(self, seconds: float) -> None:
        """Set the server's clock ahead."""
        self._told({"later": seconds})

    def _told(self, what: Json) -> Json:
        assert self._process.stdin is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)
        answer = self._line()
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        done: Json = answer["done"]
        return done

    def admit(self, bed: str) -> tuple[Json, Json]:
        """Somebody new in a bed: the Patient and the Encounter."""
        patient = self.run("adt.register_patient")["patient"]
        return patient, self.run("adt.admit", patient=patient["id"], bed=bed)["encounter"]

    def read(self, path: str) -> Json:
        """A resource as it stands there, read without our client."""
        with urlopen(f"{self.url}/{path}", timeout=10) as answer:
            found: Json = json.load(answer)
        return found

    def put(self, resource: Json) -> None:
        """Somebody else changes a resource there."""
        url = f"{self.url}/{resource['resourceType']}/{resource['id']}"
        head = {"Content-Type": "application/fhir+json"}
        body = json.dumps(resource).encode()
        with urlopen(Request(url, body, head, method="PUT"), timeout=10):
            pass
