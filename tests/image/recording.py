"""A bedside of the image in use, all that it writes noted, and what it had promised by when."""

import json
from pathlib import Path
from typing import Self

import msgspec

from tests.image.conftest import CALL_AT, drawn, shows_call
from tests.image.vm import ESP_AT, MIB, SIZE, Machine, prepare, run, wait_for
from tests.image.ward import DATA_AT_MIB, DATA_MIB, ESP_MIB, Ward, put_on_data

_REASONS = {
    "Pain": (0.28, 0.422),
    "Toilet": (0.46, 0.422),
    "Drip": (0.1, 0.66),
    "Turn": (0.46, 0.66),
}
"""Of the page of a call: where a reason's tile is with a hub and without one, in parts of the
screen; in the middle of its width."""
_BESIDE = 0.05
"""From there to where a tile has neither picture nor word, in parts of the width."""
_RECEIPTS_AT = (SIZE[0] * 0.55, SIZE[1] * 0.28)
"""Within the strip of the three receipts, which stands there while the screen has its hub."""
_MISTAKE_AT = (SIZE[0] * 0.66, SIZE[1] * 0.9)
_TINTED = 12
"""By so much greener than red is a tile that was chosen, of 255; one under a finger by half."""
_KEPT = (
    "import json, sqlite3; cache = sqlite3.connect("
    "'file:/var/lib/smartward-screen/screen.sqlite3?mode=ro', uri=True); "
    "print(json.dumps([cache.execute('select value from meta where key = ?', ['cursor'])"
    ".fetchone(), cache.execute('select id, state from outbox order by number').fetchall()]))"
)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of every disk on which the log's first `log_bytes` bytes are played.

    `touches`: ids of what was touched and shown as stored. `at_hub`: those that a hub has
    answered. `cursor`: how far the view of the ward had come before the last of them was stored.
    """

    what: str
    log_bytes: int
    touches: tuple[str, ...]
    at_hub: tuple[str, ...]
    cursor: int


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A folder with two partitions as they were at first, the log, the data partition at the end,
    and the notes."""

    folder: str
    notes: tuple[Note, ...]

    @property
    def begin(self) -> Path:
        """The data partition before the machine's first start."""
        return Path(self.folder) / "begin.img"

    @property
    def start(self) -> Path:
        """The start partition before that."""
        return Path(self.folder) / "start.img"

    @property
    def end(self) -> Path:
        """The data partition as the machine had it in the end."""
        return Path(self.folder) / "end.img"

    @property
    def log(self) -> Path:
        """All that was written to the whole disk."""
        return Path(self.folder) / "blocks.log"

    def save(self) -> Self:
        """Keep the notes beside the rest."""
        (Path(self.folder) / "notes.json").write_bytes(msgspec.json.encode(self))
        return self


def load(folder: Path) -> Recording:
    """What an earlier run has recorded there. Raises OSError where there is nothing."""
    found = msgspec.json.decode((folder / "notes.json").read_bytes(), type=Recording)
    return msgspec.structs.replace(found, folder=str(folder))


class _Bedside:
    """Somebody in front of it."""

    def __init__(self, machine: Machine, log: Path) -> None:
        self._machine = machine
        self._log = log
        self.cursor, self.rows = self._kept()
        self.notes: list[Note] = []

    def _kept(self) -> tuple[int, dict[str, str]]:
        """How far its cache has come, and the state of each touch by its id."""
        said = self._machine.shell(f'/opt/smartward/screen/bin/python3 -c "{_KEPT}"')
        cursor, rows = json.loads(said)
        return 0 if cursor is None else int(cursor[0]), dict(rows)

    def _note(self, what: str, log_bytes: int, rows: dict[str, str], cursor: int) -> None:
        at_hub = tuple(id for id, state in self.rows.items() if state in ("answered", "kept"))
        touches = tuple(rows)
        self.notes.append(
            Note(
                what=what,
                log_bytes=log_bytes,
                touches=touches,
                at_hub=at_hub,
                cursor=cursor,
            )
        )

    def _has_more(self) -> tuple[int, dict[str, str]] | None:
        found = self._kept()
        return found if len(found[1]) > len(self.rows) else None

    def call(self, what: str) -> None:
        """Press the large shape; noted once the press lies in the outbox."""
        self._machine.touch(*CALL_AT)
        cursor, rows = wait_for(f"{what} on the disk", 60, self._has_more)
        self._note(what, self._log.stat().st_size, rows, self.cursor)
        self.cursor, self.rows = cursor, rows

    def choose(self, what: str) -> None:
        """Touch a reason; noted once its tile is shown as chosen, which a touch that could not be
        stored never is."""
        x, y = (part * size for part, size in zip(_REASONS[what], SIZE, strict=True))
        beside = x - _BESIDE * SIZE[0]

        self._machine.touch(x, y)
        wait_for(f"{what} shown as chosen", 60, lambda: self._is_tinted(beside, y))
        log_bytes = self._log.stat().st_size
        cursor, rows = self._kept()
        assert len(rows) == len(self.rows) + 1, f"{what}: {self.rows} became {rows}"
        self._note(what, log_bytes, rows, self.cursor)
        self.cursor, self.rows = cursor, rows

    def _is_tinted(self, x: float, y: float) -> bool:
        red, green, _ = self._machine.colour(x, y)
        return green > red + _TINTED

    def lose_hub(self) -> None:
        """Pull the cable, press, and wait until the page says that it is stored and not sent: it
        has moved by then."""
        self._machine.network(up=False)
        self.call("call without a hub")
        wait_for("the page without a hub", 120, lambda: not self._is_tinted(*_RECEIPTS_AT))

    def mistake(self) -> None:
        """Touch *Pressed by mistake*."""
        self._machine.touch(*_MISTAKE_AT)
        cursor, rows = wait_for("the word of a mistake on the disk", 60, self._has_more)
        self._note("mistake", self._log.stat().st_size, rows, self.cursor)
        self.cursor, self.rows = cursor, rows

    def told_all(self) -> None:
        """Wait until a hub has answered everything."""

        def none_waits() -> tuple[int, dict[str, str]] | None:
            found = self._kept()
            return None if "waiting" in found[1].values() else found

        cursor, self.rows = wait_for("every touch answered", 240, none_waits)
        # What the view has gained since the last touch is on the disk with the next one.
        self._note("all told", self._log.stat().st_size, self.rows, self.notes[-1].cursor)
        self.cursor = cursor


def record(image: Path, ward: Ward, folder: Path) -> Recording:
    """Start the image as the bedside of bed 1 and use it, with and without its hub."""
    folder.mkdir(parents=True)
    copy = prepare(image, folder / "bedside.img")
    put_on_data(copy, ward.enrol("bedside", "1", folder / "files"))
    recording = Recording(folder=str(folder), notes=())
    for part, at, size in (
        (recording.begin, DATA_AT_MIB, DATA_MIB),
        (recording.start, ESP_AT // MIB, ESP_MIB),
    ):
        where = ("bs=1M", f"skip={at}", f"count={size}", "conv=sparse", "status=none")
        run("dd", f"if={copy}", f"of={part}", *where)
    machine = Machine(copy, folder / "machine")
    machine.block_log = recording.log
    with machine:
        drawn(machine)
        wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
        wait_for("its bed on the screen", 300, lambda: shows_call(machine))
        bed = _Bedside(machine, recording.log)
        _use(machine, bed, folder)
        machine.switch_off()
    place = f"driver=raw,offset={DATA_AT_MIB * MIB},size={DATA_MIB * MIB}"
    disk = f"file.driver=qcow2,file.file.driver=file,file.file.filename={machine.disk}"
    run("qemu-img", "convert", "-O", "raw", "--image-opts", f"{place},{disk}", recording.end)
    for file in (copy, machine.disk):
        file.unlink()
    return msgspec.structs.replace(recording, notes=tuple(bed.notes)).save()


def _use(machine: Machine, bed: _Bedside, folder: Path) -> None:
    bed.call("call")
    for reason in ("Pain", "Turn"):
        bed.choose(reason)
    bed.told_all()
    bed.lose_hub()
    for reason in ("Toilet", "Drip", "Pain"):
        bed.choose(reason)
    bed.mistake()
    machine.picture(folder / "without-hub.png")
    machine.network(up=True)
    bed.told_all()
    bed.lose_hub()
    for reason in ("Turn", "Drip"):
        bed.choose(reason)
    for number in (1, 2, 3):
        bed.call(f"call {number} after that")
    machine.picture(folder / "without-hub-again.png")
