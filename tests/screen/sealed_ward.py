"""What two patients leave on a screen's disk, for tests of how it is sealed and forgotten."""

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec

from smartward.clinical.alert import Alert, Subject, SubjectKind
from smartward.clinical.words import Wording
from smartward.screen.cache import Cache, Mirrored, TouchRow
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seal_keys import NOBODY, STAY, KeyFile
from smartward.wire.envelope import Action, Document, Gone, Seen
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs

NAMES = ("张建国", "欧阳娜娜")
STAYS = ("Enc/his-4711", "Enc/his-0815")
WORDS = (*NAMES, *STAYS, "penicillin rash")


def doc(kind: str, id: str, seq: int, /, **body: object) -> Document:
    return Document(kind, id, seq, msgspec.Raw(msgspec.json.encode(body)))


def alert(stay: str) -> Alert:
    """As a station gets it from the hub."""
    return replace(
        ward_docs.alert(1, 1),
        id=f"{stay}-alert",
        subject=Subject(kind=SubjectKind.ENCOUNTER, id=stay),
        why=Wording(his="penicillin rash"),
    )


def ward(seq: int = 1) -> tuple[Document, ...]:
    """Two beds with a patient each, and what hangs on them."""
    return (
        doc("bed", "bed-1", seq, id="bed-1", occupants=[STAYS[0]]),
        doc("bed", "bed-2", seq, id="bed-2", occupants=[STAYS[1]]),
        *(
            doc("encounter", stay, seq, id=stay, display_name=name)
            for stay, name in zip(STAYS, NAMES, strict=True)
        ),
        *(
            Document("alert", f"{stay}-alert", seq, msgspec.Raw(msgspec.json.encode(alert(stay))))
            for stay in STAYS
        ),
    )


def leaves(stay: str = STAYS[0], seq: int = 2) -> Mirrored:
    """The write by which a stay leaves its bed."""
    return Mirrored(
        (doc("bed", "bed-1", seq, id="bed-1", occupants=[]),),
        (Gone("encounter", stay), Gone("alert", f"{stay}-alert")),
        (("cursor", str(seq)),),
    )


def touch(id: str, stay: str | None = STAYS[0], state: str = "waiting") -> TouchRow:
    action = Action(
        id=id,
        kind="call.place",
        subject=f"call-{id}",
        made_at=MORNING,
        seen=Seen(encounter_id=stay),
        data={"bed_id": "bed-1"},
    )
    return TouchRow(
        id=id,
        body=msgspec.json.encode(action),
        state=state,
        pressed_wall=MORNING.isoformat(),
        pressed_monotonic=1.0,
        boot="boot",
    )


def mirror(cache: Cache, *events: Mirrored) -> None:
    asyncio.run(cache.mirror(events))


def raw(folder: Path) -> bytes:
    """Every byte of the data folder."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def secrets(folder: Path) -> dict[bytes, tuple[bytes, bytes]]:
    """The keys in the file, with use and mark, by their 32 bytes."""
    keys = KeyFile(folder / KEYS, read_only=True)
    return {key.secret: (key.use, key.mark) for use in (NOBODY, STAY) for key in keys.all(use)}
