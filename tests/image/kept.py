"""What a screen of the image keeps of the patient in its bed, and what it proves itself by."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.image.raw_search import long_enough
from tests.image.vm import Machine, wait_for
from tests.image.ward import Ward

_WORD = re.compile(r"[a-z_.-]+|[\d-]+T[\d:.]+Z?")
"""Of our own vocabulary, or a moment: nobody is known by it."""
_SECRETS = """
import base64, json, pathlib
from smartward.screen.cache import Cache
from smartward.screen.seal_keys import KeyFile
at = pathlib.Path("/var/lib/smartward-screen")
keys = [key.secret.hex() for key in KeyFile(at / "screen.keys", read_only=True).all()]
kept = Cache(at / "screen.sqlite3", read_only=True).documents()
told = [bytes(one.body).decode() for one in kept]
print(json.dumps({"keys": keys, "told": told}))
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a screen has of who lies in its bed."""

    keys: list[bytes]
    texts: list[str]


def kept(machine: Machine, ward: Ward, bed: str) -> Kept:
    """The screen's keys, and all words of the documents that it keeps of the patient in its bed."""
    (stay,) = ward.house.bed(bed)["occupants"]
    script = base64.b64encode(_SECRETS.encode()).decode()
    python = "/opt/smartward/screen/bin/python3 -I -"

    def told() -> dict[str, Any] | None:
        said = json.loads(machine.shell(f"echo {script} | base64 -d | {python}", 180))
        said["told"] = [list(_words(json.loads(one))) for one in said["told"]]
        return said if any(stay in one for one in said["told"]) else None

    said = wait_for("that the screen keeps who is there", 300, told)
    encounter = ward.house.documents("encounter")[stay]
    texts = {word for one in said["told"] if stay in one for word in one} | set(_words(encounter))
    others = {word for one in said["told"] if stay not in one for word in one}
    # Where the screen stands is told in plain text; that is nobody's.
    others |= set(_words(ward.house.bed(bed))) - {stay}
    own = long_enough(one for one in texts - others if not _WORD.fullmatch(one))
    patient = encounter["patient"]
    assert {stay, patient["id"], patient["name"], patient["identifier"]} <= set(own)
    return Kept(keys=[bytes.fromhex(one) for one in said["keys"]], texts=sorted(own))


def _words(value: object) -> Iterator[str]:
    """Every text in a document, whatever it is called."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)
