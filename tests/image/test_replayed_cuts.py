"""A bedside is used, all that it writes is noted, and the power goes at 200 moments of that.

`SMARTWARD_TEST_SEED=2` draws other moments. The last recording stays in build/image/recorded:
with `SMARTWARD_TEST_RECORDED=1` it is played again, without a machine.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.image.block_log import Drive, Entry, Loss, entries_of, within
from tests.image.conftest import BUILD
from tests.image.opened import Opened, open_anew
from tests.image.recording import Recording, load, record
from tests.image.vm import ESP_AT, MIB, run
from tests.image.ward import DATA_AT_MIB, DATA_MIB, ESP_MIB, Ward

SEED = int(os.environ.get("SMARTWARD_TEST_SEED", "1"))
CUTS = 200
OF_THE_START = 60
"""So many of them before the first touch."""
FORGETFUL = 8
"""Cuts of a drive that forgets what it said was flushed."""
AT_ONCE = 2
KEPT = BUILD / "recorded"
_SECTORS_OF_A_MIB = 2048


@dataclass(frozen=True, slots=True)
class Cut:
    """One moment, and how the drive takes it. `flushed`: where it does not keep its word."""

    number: int
    point: int
    loss: Loss
    flushed: int | None = None

    def __str__(self) -> str:
        """As a failure names it."""
        return f"seed {SEED}, cut {self.number}: after entry {self.point}, lost: {self.loss}"


@pytest.fixture(scope="module")
def recording(request: pytest.FixtureRequest, folder: Path) -> Recording:
    """A bedside of the image in use; recorded anew unless that of before is asked for."""
    if os.environ.get("SMARTWARD_TEST_RECORDED"):
        return load(KEPT)
    shutil.rmtree(KEPT, ignore_errors=True)
    ward = Ward(folder / "ward")
    try:
        return record(request.getfixturevalue("image"), ward, KEPT)
    finally:
        ward.close()


def _written(recording: Recording, at_mib: int, size_mib: int) -> list[Entry]:
    """What was written to one partition, and all flushes."""
    first, count = at_mib * _SECTORS_OF_A_MIB, size_mib * _SECTORS_OF_A_MIB
    return within(entries_of(recording.log), first, count)


@pytest.fixture(scope="module")
def entries(recording: Recording) -> list[Entry]:
    """Of the data partition."""
    return _written(recording, DATA_AT_MIB, DATA_MIB)


def _entries_before(entries: list[Entry], log_bytes: int) -> int:
    """How many of them lie in so many bytes of the log."""
    return sum(one.end <= log_bytes for one in entries)


def _promised(recording: Recording, entries: list[Entry], point: int) -> tuple[set[str], int]:
    """Touches that must be on the disk after so many entries (those that a hub has answered need
    not), and how far the view must have come."""
    told = entries[point - 1].end if point else 0
    notes = [note for note in recording.notes if note.log_bytes <= told]
    touches = {id for note in notes for id in note.touches}
    at_hub = {id for note in notes for id in note.at_hub}
    return touches - at_hub, max((note.cursor for note in notes), default=0)


def _tried(
    recording: Recording, entries: list[Entry], cuts: list[Cut], folder: Path
) -> Iterator[tuple[Cut, Opened]]:
    """What each cut left, in their order."""
    medium = folder / "medium.img"
    with (
        Drive(recording.begin, recording.log, entries, medium) as drive,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        running: list[tuple[Cut, Future[Opened]]] = []
        for cut in cuts:
            left = folder / f"cut-{cut.number}.img"
            drive.cut(left, cut.point, cut.loss, Random(f"{SEED} {cut.number}"), cut.flushed)
            running.append((cut, pool.submit(open_anew, left, folder / f"cut-{cut.number}")))
            if len(running) > AT_ONCE:
                done, found = running.pop(0)
                yield done, found.result()
                _forget(folder, done)
        for done, found in running:
            yield done, found.result()
            _forget(folder, done)
    medium.unlink()


def _forget(folder: Path, cut: Cut) -> None:
    (folder / f"cut-{cut.number}.img").unlink()
    shutil.rmtree(folder / f"cut-{cut.number}")


def _judged(recording: Recording, entries: list[Entry], cut: Cut, found: Opened) -> list[str]:
    """What is not as it must be after a cut."""
    touches, cursor = _promised(recording, entries, cut.point)
    wrong = [*found.wrong, *(f"touch {id} is lost" for id in sorted(touches - found.touches))]
    if found.rebuilt:
        return wrong  # and it said so: the view comes anew from the hub
    if found.cursor < cursor:
        wrong.append(f"the view is at {found.cursor}, it was stored up to {cursor}")
    return wrong


def test_what_was_played_is_what_the_machine_had(
    recording: Recording, entries: list[Entry], folder: Path
) -> None:
    """The recorder and the player understand the log as QEMU wrote it."""
    played = folder / "played.img"
    with Drive(recording.begin, recording.log, entries, folder / "medium.img") as drive:
        drive.cut(played, len(entries), Loss.NONE, Random(0))
    run("cmp", played, recording.end)
    (folder / "medium.img").unlink()


def test_the_power_goes_at_any_moment(
    recording: Recording, entries: list[Entry], folder: Path
) -> None:
    """It starts and draws, no touch that was shown as stored is lost, and the cache is whole or was
    begun anew and the screen says so."""
    random = Random(SEED)
    # Most of what a start writes is before its first frame: less hangs on that than on a touch.
    used = _entries_before(entries, recording.notes[0].log_bytes)
    points = [random.randrange(used) for _ in range(OF_THE_START)]
    points += [random.randrange(used, len(entries) + 1) for _ in range(CUTS - OF_THE_START)]
    cuts = [Cut(n, point, random.choice(list(Loss))) for n, point in enumerate(sorted(points))]
    wrong, rebuilt, most = [], 0, 0
    for cut, found in _tried(recording, entries, cuts, folder):
        wrong += [f"{cut}: {one}" for one in _judged(recording, entries, cut, found)]
        rebuilt += found.rebuilt
        most = max(most, len(found.touches))
    (folder / "cuts.txt").write_text(
        f"seed {SEED}: {CUTS} cuts in {len(entries)} entries, {len(recording.notes)} notes, up to"
        f" {most} touches; {rebuilt} caches begun anew, {len(wrong)} wrong\n" + "\n".join(wrong)
    )
    assert wrong == []
    assert most == len(recording.notes[-1].touches)


def _starts(partition: Path) -> set[tuple[str, ...]]:
    """What can be started from it: of each entry the files that it names, all of which are there.
    One that names none is left out, as systemd-boot leaves it out. Raises CalledProcessError where
    a file is not there."""
    found = set()
    for name in run("mdir", "-b", "-i", partition, "::loader/entries").split():
        lines = [line.split() for line in run("mtype", "-i", partition, name).splitlines()]
        files = [words[1] for words in lines if words and words[0] in ("linux", "initrd")]
        for file in files:
            run("mdir", "-b", "-i", partition, f"::{file}")
        found.add(tuple(files))
    return found - {()}


def test_the_start_partition_has_its_start_at_any_moment(
    recording: Recording, folder: Path
) -> None:
    """The tries of a start are counted in the name of its entry, by the firmware's program before
    the system runs, and by the system once it has drawn."""
    before = _starts(recording.start)
    written = _written(recording, ESP_AT // MIB, ESP_MIB)
    left = folder / "left.img"
    names, wrong = set(), []
    with Drive(recording.start, recording.log, written, folder / "medium.img") as drive:
        for point in range(1, len(written) + 1):
            if not written[point - 1].count:
                continue
            for loss in Loss:
                drive.cut(left, point, loss, Random(f"{SEED} {point}"))
                if _starts(left) != before:
                    wrong.append(f"seed {SEED}: after entry {point}, lost: {loss}")
                names.add(run("mdir", "-b", "-i", left, "::loader/entries").strip())
    assert wrong == []
    assert before
    assert len(names) > 1, "no count was ever written"


def test_a_drive_that_forgets_what_it_flushed_is_found(
    recording: Recording, entries: list[Entry], folder: Path
) -> None:
    """Else the test above could not fail: such a drive loses touches that were shown as stored."""
    first, late = recording.notes[0].log_bytes, recording.notes[-3].log_bytes
    begun, from_here = _entries_before(entries, first), _entries_before(entries, late)
    random = Random(SEED)
    points = sorted(random.randrange(from_here, len(entries) + 1) for _ in range(FORGETFUL))
    losses = [Loss.ALL, Loss.WRITES] * (FORGETFUL // 2)
    cuts = [
        Cut(CUTS + n, point, loss, begun)
        for n, (point, loss) in enumerate(zip(points, losses, strict=True))
    ]
    noticed = {Loss.ALL: 0, Loss.WRITES: 0}
    for cut, found in _tried(recording, entries, cuts, folder):
        wrong = _judged(recording, entries, cut, found)
        noticed[cut.loss] += any("is lost" in one for one in wrong)
    assert noticed[Loss.ALL] == FORGETFUL // 2
    assert noticed[Loss.WRITES] > 0
