"""The hub's side of `smartward bench sync`, alone in its process so that what it uses is its own.

`python -m smartward.bench.sync_hub URL WARD FOLDER POLLS LIVING` prints one line of JSON in the
end. Before each of LIVING polls it prints `next` and waits for a line: somebody moves the ward on.
"""

import asyncio
import ctypes
import dataclasses
import gc
import http.client
import json
import resource
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.http import Http
from smartward.his.reply import Reply
from smartward.hub.facts import WardFacts
from smartward.hub.his_sync import HisSync
from smartward.hub.store.model import Committed
from smartward.hub.store.sqlite import SqliteStore

_BESIDE = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What the hub's side measured. Seconds are real (`…_s`) or of processors (`…_cpu_s`)."""

    load_s: float
    load_cpu_s: float
    polls_s: float
    polls_cpu_s: float
    living_cpu_s: float
    """Of all polls of a ward on which something happens."""
    exposed_s: float
    """Of the load: how long no request was under way, so that the server waited for us."""
    asked_s: float
    """The load's requests once more, two beside each other, by a client that
    throws the answers away: what the server and the way to it take."""
    requests: int
    documents: int
    before_mib: float
    peak_mib: float
    kept_mib: float
    """Resident after the load, when what is not needed any more has been given back."""


class _Meter:
    """Stands before the client's `send`: remembers the requests, and how long there was none."""

    def __init__(self, client: Http) -> None:
        self._send = client.send
        self._under_way = 0
        self._since = time.perf_counter()
        self.idle_s = 0.0
        self.asked: list[tuple[str, str, tuple[tuple[str, str], ...], bytes | None, Any]] = []
        client.send = self.send  # type: ignore[method-assign]  # the meter stands before it

    async def send(
        self,
        method: str,
        url: str,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """See Http.send."""
        if self._under_way == 0:
            self.idle_s += time.perf_counter() - self._since
        self._under_way += 1
        self.asked.append((method, url, tuple(params), body, headers))
        try:
            return await self._send(method, url, params, body, headers)
        finally:
            self._under_way -= 1
            self._since = time.perf_counter()

    def begin(self) -> None:
        """From now on."""
        self.idle_s, self._since = 0.0, time.perf_counter()
        self.asked.clear()

    def end(self) -> float:
        """Seconds without any request since it began."""
        return self.idle_s + time.perf_counter() - self._since


def _again(url: str, asked: Sequence[tuple[Any, ...]]) -> float:
    """Ask all of it once more; real seconds. Nobody looks at the answers."""
    rest = deque(asked)
    parts = urlsplit(url)

    def ask() -> None:
        line = http.client.HTTPConnection(parts.hostname or "", parts.port)
        while rest:
            method, address, params, body, headers = rest.popleft()
            at = urlsplit(address)
            query = "&".join(filter(None, (at.query, urlencode(params))))
            line.request(method, f"{at.path}?{query}" if query else at.path, body, headers or {})
            line.getresponse().read()
        line.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(_BESIDE) as pool:
        for one in [pool.submit(ask) for _ in range(_BESIDE)]:
            one.result()
    return time.perf_counter() - began


class _Hub:
    """Store, facts and poller, as the hub puts them together."""

    def __init__(self, url: str, ward: str, folder: Path) -> None:
        clock = SystemClock()
        self.store = SqliteStore.open(folder / "store", clock)
        self.facts = WardFacts(self.store, Settings().ward)
        self.his = FhirHis(url, ward, "his", load_mapping(), clock=clock)
        self.sync = HisSync(self.store, self.his, clock, Settings(), self.facts)
        self.documents = 0
        self.store.on_commit.append(self._committed)

    def _committed(self, committed: Committed) -> None:
        self.documents += len(committed.changed)
        for stored in committed.changed:
            self.facts.put(stored)
        for kind, id in committed.gone:
            self.facts.drop(kind, id)

    async def turns(self, count: int) -> tuple[float, float]:
        """So many polls; real and processor seconds. Raises RuntimeError when one fails."""
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            if not await self.sync.turn():
                raise RuntimeError("the hospital system did not answer the poll")
        return time.perf_counter() - began, time.process_time() - cpu

    async def close(self) -> None:
        await self.his.close()
        self.store.close()


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _kept_mib() -> float:
    """Resident once everything that is not in use has been given back to the system."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    return _resident_mib()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _measured(url: str, ward: str, folder: Path, polls: int, living: int) -> Told:
    hub = _Hub(url, ward, folder)
    meter = _Meter(hub.his.http)
    before = _kept_mib()
    meter.begin()
    load_s, load_cpu_s = await hub.turns(1)
    exposed_s, asked = meter.end(), list(meter.asked)
    peak, kept, documents = _peak_mib(), _kept_mib(), hub.documents
    asked_s = _again(url, asked)
    await hub.turns(2)
    polls_s, polls_cpu_s = await hub.turns(polls)
    living_cpu_s = 0.0
    for _ in range(living):
        print("next", flush=True)
        sys.stdin.readline()
        living_cpu_s += (await hub.turns(1))[1]
    await hub.close()
    return Told(
        load_s=load_s,
        load_cpu_s=load_cpu_s,
        polls_s=polls_s,
        polls_cpu_s=polls_cpu_s,
        living_cpu_s=living_cpu_s,
        exposed_s=exposed_s,
        asked_s=asked_s,
        requests=len(asked),
        documents=documents,
        before_mib=before,
        peak_mib=peak,
        kept_mib=kept,
    )


def main(argv: Iterable[str]) -> None:
    """See the module."""
    url, ward, folder, polls, living = argv
    told = asyncio.run(_measured(url, ward, Path(folder), int(polls), int(living)))
    print(json.dumps(dataclasses.asdict(told)))


if __name__ == "__main__":
    main(sys.argv[1:])
