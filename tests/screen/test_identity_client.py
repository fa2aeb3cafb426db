"""Proofs over real sockets: the hub asked, its refusals, and the screen alone while it is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from smartward.clinical.ward import Roster, Ward
from smartward.screen.feed import credential_mark
from smartward.screen.identity_client import IdentityClient, Post
from smartward.screen.link import Phase
from smartward.screen.offline_proof import FILE, OfflineProofs, badge_key
from smartward.screen.who_acts import NotProved, Proved, shift_end
from smartward.wire.envelope import Identified, Identify, Person
from tests.screen.documents import document, roster, ward
from tests.screen.fake_hub import FakeHub, fake_hub
from tests.screen.test_hub_link import CLOCK, TOKEN, Screen, until

pytestmark = pytest.mark.expects_log()

BADGE = Identify(badge="90417733")
PIN = Identify(staff_id="his.li", pin="4019")
LI = Person(known="badge", id="his.li", name="Li Min", family="Li", session="s-1")


class At:
    """A screen with a hub, and who is proved at it."""

    def __init__(self, hub: FakeHub, screen: Screen, folder: Path) -> None:
        self.hub = hub
        self.screen = screen
        self.proofs = OfflineProofs(
            folder / FILE,
            credential_mark(TOKEN),
            badge_key(TOKEN),
            tries=3,
            lock_s=300,
            longest_h=12,
        )
        self.client = self.with_post(screen.hub_link.ask)

    def with_post(self, post: Post) -> IdentityClient:
        return IdentityClient(
            post=post,
            proofs=self.proofs,
            replica=self.screen.replica,
            link=self.screen.link,
            clock=CLOCK,
            tasks=self.screen.tasks,
        )

    async def prove(self, ask: Identify) -> Proved | NotProved:
        told: asyncio.Future[Proved | NotProved] = asyncio.get_running_loop().create_future()
        self.client.prove(ask, told.set_result)
        return await asyncio.wait_for(told, 20)

    async def kept(self) -> None:
        """The slow hash of what the hub has believed is on the disk."""
        await self.proofs.check(Identify(staff_id="nobody", pin="0000"), CLOCK.now())

    async def hub_away(self) -> None:
        await self.hub.stop()
        await until(lambda: self.screen.link.phase in (Phase.STALE, Phase.OFFLINE))


def knows(hub: FakeHub, hours: float = 12) -> None:
    until_ = CLOCK.now() + timedelta(hours=8)
    away = CLOCK.now() + timedelta(hours=hours)
    hub.badges["90417733"] = Identified(person=LI, role="nurse", until=until_, offline_until=away)
    pin = msgspec.structs.replace(LI, known="pin")
    hub.pins["his.li", "4019"] = Identified(
        person=pin, role="nurse", until=until_, offline_until=away
    )


@asynccontextmanager
async def at(folder: Path) -> AsyncIterator[At]:
    hub = fake_hub(CLOCK)
    hub.write(document("roster", "roster", 0, roster()))
    knows(hub)
    await hub.start()
    screen = Screen(folder, hub)
    made = At(hub, screen, folder)
    beats = asyncio.get_running_loop().create_task(_beat(hub))
    try:
        await screen.live()
        yield made
    finally:
        beats.cancel()
        await screen.close()
        made.proofs.close()
        await hub.stop()


async def _beat(hub: FakeHub) -> None:
    while True:
        hub.beat()
        await CLOCK.sleep(0.1)


def during(folder: Path, work: Callable[[At], Awaitable[None]]) -> None:
    async def run() -> None:
        async with at(folder) as made:
            await work(made)

    asyncio.run(run())


def test_the_hub_says_who_it_is(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        assert await at.prove(BADGE) == Proved(LI, at.hub.badges["90417733"].until)
        assert at.hub.identified == [BADGE]
        by_pin = await at.prove(PIN)
        assert isinstance(by_pin, Proved)
        assert by_pin.person.known == "pin"

    during(tmp_path, work)


def test_its_refusal_comes_with_its_values(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        at.hub.refusal = (
            b'{"error": "identity.refused.locked", "values": {"until": "2026-11-21T01:00:00Z"}}'
        )
        assert await at.prove(Identify(badge="0000")) == NotProved(
            "identity.refused.locked", {"until": "2026-11-21T01:00:00Z"}
        )

    during(tmp_path, work)


@pytest.mark.parametrize("fault", ["401", "404", "503", "garbage"])
def test_a_hub_that_says_something_else_has_not_answered(fault: str, tmp_path: Path) -> None:
    async def work(at: At) -> None:
        at.hub.fault = fault
        assert await at.prove(BADGE) == NotProved("who.no_answer")

    during(tmp_path, work)


def test_while_the_hub_is_away_the_screen_believes_whom_it_has_seen(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(BADGE)
        await at.kept()
        await at.hub_away()
        alone = await at.prove(BADGE)
        assert isinstance(alone, Proved)
        assert (alone.person.id, alone.person.session) == ("his.li", "offline")
        assert await at.prove(Identify(badge="0000")) == NotProved("identity.refused.badge")
        assert await at.prove(PIN) == NotProved("who.no_hub"), "a PIN was never proved here"

    during(tmp_path, work)


def test_with_the_hub_there_it_alone_decides(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(BADGE)
        await at.kept()
        del at.hub.badges["90417733"]
        assert await at.prove(BADGE) == NotProved("identity.refused.badge")

    during(tmp_path, work)


def test_a_changed_pin_is_over_here_once_the_hub_has_refused_it(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(PIN)
        await at.kept()
        del at.hub.pins["his.li", "4019"]
        at.hub.refusal = b'{"error": "identity.refused.pin"}'
        assert await at.prove(PIN) == NotProved("identity.refused.pin")
        await at.kept()
        await at.hub_away()
        assert await at.prove(PIN) == NotProved("who.no_hub")

    during(tmp_path, work)


def test_a_session_without_the_hub_ends_with_the_shift(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        at.hub.write(document("ward", "ward", 0, ward()))
        await at.prove(BADGE)
        await at.kept()
        await until(lambda: at.screen.replica.one("ward", Ward) is not None)
        await at.hub_away()
        alone = await at.prove(BADGE)
        assert isinstance(alone, Proved)
        assert alone.until == shift_end(ward(), CLOCK.now())

    during(tmp_path, work)


def test_who_left_the_roster_is_not_believed_while_the_hub_is_away(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(BADGE)
        await at.kept()
        at.hub.write(document("roster", "roster", 0, Roster()))
        await until(lambda: not at.screen.replica.one("roster", Roster).members)  # type: ignore[union-attr]  # it is there in this test
        await at.hub_away()
        assert await at.prove(BADGE) == NotProved("identity.refused.off_roster")

    during(tmp_path, work)


def test_a_connection_that_breaks_while_the_link_is_well_is_no_absence(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(BADGE)
        await at.kept()
        at.hub.fault = "drop_before"
        assert await at.prove(BADGE) == NotProved("who.no_answer")

    during(tmp_path, work)


def test_a_hub_that_dies_while_it_is_asked_is_away(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(PIN)
        await at.kept()

        async def dying(path: str, body: bytes) -> None:
            await at.hub_away()

        at.client = at.with_post(dying)
        alone = await at.prove(PIN)
        assert isinstance(alone, Proved)
        assert alone.person.session == "offline"

    during(tmp_path, work)


def test_a_screen_that_is_not_enrolled_believes_nobody(tmp_path: Path) -> None:
    async def work(at: At) -> None:
        await at.prove(BADGE)
        await at.kept()
        at.screen.link.phase = Phase.NOT_ENROLLED
        assert await at.prove(BADGE) == NotProved("screen.link.not_enrolled")
        at.screen.link.phase = Phase.STALE
        await at.hub.stop()
        assert await at.prove(BADGE) == NotProved("who.no_hub"), "and it has forgotten them"

    during(tmp_path, work)
