"""One suite, two servers: the fake one in `make test`, the real one by `make test-gnuhealth`.

What the README says was verified is recorded of the real one only: `make verified` runs that.
"""

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
collect_ignore = [] if REAL else ["test_running.py"]
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
def gnuhealth(request: pytest.FixtureRequest) -> Iterator[Running]:
    """The real one, brought up once; says what that took."""
    if not BIN.is_dir():
        pytest.fail("GNU Health is not installed: make test-gnuhealth")
    with scratch() as folder, GnuHealth(folder) as server:
        told = ", ".join(f"{step} {took:.1f} s" for step, took in server.took_s.items())
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\nGNU Health from its packages: {told}")
        yield Running(server.url, (USER, PASSWORD), SystemClock())


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """The one that this run is about."""
    if REAL:
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
    """A hospital on the server that this run is about."""
    async for one in _site(server, monkeypatch):
        yield one


@pytest.fixture
async def fake_site(faked: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """A hospital on the fake one."""
    async for one in _site(faked, monkeypatch):
        yield one
