"""One suite, two servers: the fake one always, the real one by `make test-gnuhealth`."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from smartward.clock import Clock, SystemClock
from smartward.his.connect import SECRET
from tests.fakes.fake_clock import ManualClock
from tests.his.gnuhealth import fake as faking
from tests.his.gnuhealth.server import BIN, PASSWORD, USER, GnuHealth
from tests.his.gnuhealth.site import Site
from tests.his.hub import scratch
from tests.his.scripted import HOST, Line, lines

REAL = os.environ.get("SMARTWARD_TEST_GNUHEALTH") == "1"
BOTH = [
    pytest.param("fake", id="fake"),
    *([pytest.param("real", id="real")] if REAL else []),
]
URL = f"http://{HOST}/gnu/health"


@dataclass
class Running:
    """A server that answers; `fake` and `line` are there where it is in this process."""

    url: str
    login: tuple[str, str]
    clock: Clock
    fake: faking.FakeGnuHealth | None = None
    line: Line | None = None
    furnished: int | None = None
    illness: int = 0


@pytest.fixture(scope="session")
def gnuhealth() -> Iterator[Running]:
    """The real one, brought up once; says what that took."""
    if not BIN.is_dir():
        pytest.fail("GNU Health is not installed: make test-gnuhealth")
    with scratch() as folder, GnuHealth(folder) as server:
        print("GNU Health:", {step: round(s, 1) for step, s in server.took_s.items()})
        yield Running(server.url, (USER, PASSWORD), SystemClock())


@pytest.fixture(params=BOTH)
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Each of the two in turn."""
    if request.param == "real":
        yield request.getfixturevalue("gnuhealth")
        return
    yield from _fake()


@pytest.fixture
def faked() -> Iterator[Running]:
    """The fake one alone."""
    yield from _fake()


def _fake() -> Iterator[Running]:
    clock = ManualClock()
    app = faking.FakeGnuHealth(clock)
    line = Line(app, clock)
    with lines({HOST: line}):
        yield Running(URL, (faking.USER, faking.PASSWORD), clock, app, line)


async def _site(running: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setenv(SECRET, running.login[1])
    site = Site(running.url, running.login, running.clock, real=running.fake is None)
    try:
        if running.furnished is None:
            await site.furnish()
            running.furnished, running.illness = site.institution, site.illness
        site.institution, site.illness = running.furnished, running.illness
        yield site
    finally:
        await site.close()


@pytest.fixture
async def site(server: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """A hospital on each server."""
    async for one in _site(server, monkeypatch):
        yield one


@pytest.fixture
async def fake_site(faked: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """A hospital on the fake one."""
    async for one in _site(faked, monkeypatch):
        yield one
