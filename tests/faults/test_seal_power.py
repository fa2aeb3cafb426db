"""The power goes while stays come, leave and are forgotten: on the disk as it would be then, the
real program loses no touch that waits, opens what it keeps, and has no key of who had left."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from smartward.bench.chaos.disks import STRACE, missing
from smartward.bench.chaos.power import try_cuts
from smartward.bench.chaos.written import WATCHED, Call, recorded
from smartward.errors import StorageFault
from smartward.screen.cache import Cache, Mirrored, TouchRow
from smartward.screen.kept import FILE
from smartward.screen.seal import STAY_KIND
from smartward.wire.envelope import Gone
from tests.screen.sealed_ward import doc, raw, touch

STAYS = 12
CUTS = 60


def row(id: str, stay: int, state: str = "waiting") -> TouchRow:
    return touch(id, f"stay-{stay}", state)


class Lived:
    """A screen whose bed gets one patient after the other, and what it promises meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.cache = Cache(folder / "state" / FILE)
        self._told = os.open(folder / "ledger", os.O_WRONLY | os.O_CREAT, 0o600)

    def tell(self, what: str) -> None:
        os.write(self._told, f"{what}\n".encode())

    async def run(self) -> None:
        for n in range(STAYS):
            stay = f"stay-{n}"
            bed = doc("bed", "bed-1", 2 * n, id="bed-1", occupants=[stay])
            call = doc("nurse_call", f"c-{n}", 2 * n, encounter_id=stay)
            here = (bed, doc(STAY_KIND, stay, 2 * n, id=stay), doc("alert", f"a-{n}", 2 * n), call)
            await self.cache.mirror([Mirrored(here, meta=(("cursor", str(2 * n)),))])
            for each in ("waits", "answered"):
                self.cache.put_touch(row(f"{each}-{n}", n))
                self.tell(f"durable {each}-{n}")
            self.tell(f"over answered-{n}")
            await self.cache.put_touches([row(f"answered-{n}", n, "kept")])
            await self._leaves(n)
            if n >= 2:
                self.tell(f"over waits-{n - 2}")
                await self.cache.put_touches([row(f"waits-{n - 2}", n - 2, "answered")])
                # With its last row, long after the stay, the key goes that was made for these.
                await self.cache.mirror([Mirrored(gone=(Gone("nurse_call", f"c-{n - 2}"),))])
        self.cache.close()

    async def _leaves(self, n: int) -> None:
        key = self.cache._keys.find(f"stay-{n}")
        assert key is not None
        empty = doc("bed", "bed-1", 2 * n + 1, id="bed-1", occupants=[])
        gone = (Gone(STAY_KIND, f"stay-{n}"), Gone("alert", f"a-{n}"))
        await self.cache.mirror([Mirrored((empty,), gone, (("cursor", str(2 * n + 1)),))])
        self.tell(f"forgot {n} {key.secret.hex()}")


def promised(calls: list[Call], ledger: Path) -> list[tuple[int, str]]:
    lines = [(call.began, call.data.decode()) for call in calls if call.path == str(ledger)]
    return [(began, line.strip()) for began, line in lines]


def broken(folder: Path, told: set[str]) -> set[str]:
    """What a screen that is started on this disk has not kept of what it told."""
    found: dict[str, set[str]] = {}
    for line in told:
        what, _, rest = line.partition(" ")
        found.setdefault(what, set()).add(rest)
    wrong = set()
    left = {each.partition(" ")[0] for each in found.get("forgot", ())}
    for n, _, secret in (each.partition(" ") for each in found.get("forgot", ())):
        if bytes.fromhex(secret) in raw(folder):
            wrong.add(f"the key of stay-{n}")
    cache = Cache(folder / FILE)
    if cache.fault is not None or cache.rebuilt:
        wrong.add("the file")
    try:
        here = {one.id for one in cache.documents_of((STAY_KIND,))}
        wrong |= {each for each in here if each.removeprefix("stay-") in left}
        asyncio.run(cache.mirror([Mirrored()]))
        cache.documents()
    except StorageFault as fault:
        wrong.add(str(fault))
    kept = {each.id for each in cache.touches() if each.body}
    must = found.get("durable", set()) - found.get("over", set())
    wrong |= must - kept
    after = Mirrored((doc(STAY_KIND, "stay-next", 99, id="stay-next"),))
    asyncio.run(cache.mirror([after]))
    cache.put_touch(row("next", 99))
    if "next" not in {each.id for each in cache.touches() if each.body}:
        wrong.add("a new touch")
    cache.close()
    return wrong


@pytest.mark.long
@pytest.mark.expects_log
def test_a_power_cut_loses_no_touch_and_brings_no_key_back(tmp_path: Path) -> None:
    if missing():
        pytest.skip(missing())
    assert STRACE is not None
    (tmp_path / "state").mkdir()
    record = tmp_path / "record"
    begin = "import sys; from tests.faults.test_seal_power import main; main(sys.argv[1])"
    subprocess.run(
        [STRACE, "-f", "--seccomp-bpf", "-y", "-xx", "-s", "10000000", "-o", str(record),
         "-e", "trace=" + ",".join(WATCHED), sys.executable, "-c", begin, str(tmp_path)],
        check=True, timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    calls = recorded(record)
    told = promised(calls, tmp_path / "ledger")
    assert len(told) == STAYS * 4 + STAYS - 2
    tried = try_cuts(calls, tmp_path / "state", {}, told, broken, CUTS, Random(1))
    assert tried.lost == []
    assert tried.disks >= 3 * CUTS
    assert tried.promised == len(told)


def main(folder: str) -> None:
    """What is watched."""
    lived = Lived(Path(folder))
    asyncio.run(lived.run())
