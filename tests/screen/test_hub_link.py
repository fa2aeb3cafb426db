"""A screen and its hub over real sockets, while everything between them fails."""

import asyncio
import gc
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
import qasync

from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.options import Options
from smartward.hub.tls import make_certificates
from smartward.i18n import Catalogue
from smartward.screen import hub_link
from smartward.screen.banner import banner, identity_current
from smartward.screen.cache import Cache, Mirrored
from smartward.screen.feed import Feed, credential_mark
from smartward.screen.hub_address import Hub
from smartward.screen.hub_link import HubLink
from smartward.screen.hubs import Hubs
from smartward.screen.kept import FILE, Kept, Machine, open_cache
from smartward.screen.link import LinkState, Phase
from smartward.screen.mirror import MirrorQueue
from smartward.screen.outbox import boot_id
from smartward.screen.replica import Replica
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Beat, Gone
from tests.screen.documents import bed, document
from tests.screen.fake_hub import FakeHub, another_history, fake_hub

STALE_S = 0.4
TOKEN = "the token"
CLOCK = SystemClock()
MACHINE = "id:board:cards"
TEXTS = Catalogue("en", ZoneInfo("UTC"))

pytestmark = pytest.mark.expects_log()


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    end = CLOCK.monotonic() + within_s
    while not condition():
        assert CLOCK.monotonic() < end, "it did not come to be in time"
        await CLOCK.sleep(0.005)


class Screen:
    """Everything of a screen but the window."""

    def __init__(
        self,
        folder: Path,
        hub: FakeHub,
        role: ScreenRole = ScreenRole.STATION,
        ca: Path | None = None,
    ) -> None:
        self.replica = Replica(role)
        self.link = LinkState()
        self.told: list[tuple[str, str | None]] = []
        self.tasks = Tasks()
        self.kept: Kept = open_cache(
            folder=folder,
            token=TOKEN,
            place=None,
            replica=self.replica,
            link=self.link,
            clock=CLOCK,
            rate=1.0,
            machine=Machine(boot=boot_id(), synchronized=folder / "never", mark=MACHINE),
        )
        self.outbox = self.kept.outbox
        self.mirror = MirrorQueue(self.kept.cache, CLOCK)
        self.feed = Feed(
            replica=self.replica,
            link=self.link,
            mirror=self.mirror,
            outbox=self.outbox,
            clock=CLOCK,
            credential=credential_mark(TOKEN),
            meta=self.kept.meta,
            machine=self.kept.machine,
        )
        self.hub_link = HubLink(
            hub=Hub(url=hub.url, token=TOKEN, ca=ca),
            feed=self.feed,
            outbox=self.outbox,
            link=self.link,
            clock=CLOCK,
            stale_s=STALE_S,
            tell=lambda action, answer: self.told.append((action.id, answer.key)),
            noise=Random(1),
        )
        self.tasks.spawn(self.mirror.run(), "mirror")
        self.hub_link.start(self.tasks)

    async def live(self) -> None:
        await until(lambda: self.link.phase is Phase.LIVE)

    def touch(self, number: int, kind: str = ActionKind.CALL_PLACE) -> Action:
        made = Action(id=f"a{number}", kind=kind, subject=f"s{number}", made_at=CLOCK.now())
        self.outbox.put(made)
        return made

    async def close(self) -> None:
        await self.tasks.stop()
        assert self.tasks.failures == {}
        await self.mirror.flush()
        await self.hub_link.close()
        self.kept.cache.close()


@asynccontextmanager
async def ward(folder: Path) -> AsyncIterator[tuple[FakeHub, Screen]]:
    """A hub with two beds and a screen that is live."""
    hub = fake_hub(CLOCK)
    hub.write(document("bed", "his.bed-1", 0, bed(1)), document("bed", "his.bed-2", 0, bed(2)))
    await hub.start()
    screen = Screen(folder, hub)
    try:
        await screen.live()
        yield hub, screen
    finally:
        await screen.close()
        await hub.stop()


async def beating(hub: FakeHub) -> None:
    while True:
        hub.beat()
        await CLOCK.sleep(STALE_S / 4)


def test_the_view_comes_and_each_write_is_one_change(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            assert sorted(screen.replica.docs("bed")) == ["his.bed-1", "his.bed-2"]
            changes: list[dict[str, set[str]]] = []
            screen.replica.subscribe(lambda each: changes.append(each.ids))
            hub.write(document("bed", "his.bed-3", 0, bed(3)), gone=(Gone("bed", "his.bed-1"),))
            await until(lambda: screen.replica.seq == hub.seq)
            assert changes == [{"bed": {"his.bed-1", "his.bed-3"}}]
            assert sorted(screen.replica.docs("bed")) == ["his.bed-2", "his.bed-3"]

    asyncio.run(run())


def test_the_hub_makes_the_clock_of_a_machine_started_anew_known(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await until(lambda: screen.mirror.idle)
            await screen.close()
            cache = Cache(tmp_path / FILE)
            await cache.mirror([Mirrored(meta=(("boot", "another run"),))])
            cache.close()
            await hub.stop()
            again = Screen(tmp_path, hub)
            assert not identity_current(again.link, Settings(), CLOCK.now())
            await hub.start()
            await again.live()
            assert identity_current(again.link, Settings(), CLOCK.now())
            await until(lambda: again.mirror.idle)
            assert again.kept.cache.meta()["boot"] == again.outbox.boot
            assert again.kept.cache.meta()["machine"] == MACHINE
            screen.__dict__.update(again.__dict__)

    asyncio.run(run())


def test_a_restarted_screen_goes_on_from_its_cursor(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await until(lambda: screen.mirror.idle)
            await screen.close()
            hub.write(document("bed", "his.bed-3", 0, bed(3)))
            again = Screen(tmp_path, hub)
            assert sorted(again.replica.docs("bed")) == ["his.bed-1", "his.bed-2"], "from the cache"
            await again.live()
            assert hub.asked[-1]["last-event-id"] == "e1-1"
            assert hub.asked[-1]["smartward-view"] == "v1"
            assert hub.asked[-1]["authorization"] == f"Bearer {TOKEN}"
            assert len(again.replica.docs("bed")) == 3
            screen.__dict__.update(again.__dict__)

    asyncio.run(run())


def test_a_view_that_comes_anew_in_an_open_stream_is_kept(tmp_path: Path) -> None:
    """As when the patient has left: a screen that starts without its hub knows its bed."""

    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            hub.another_view(document("bed", "his.bed-1", 0, bed(1)))
            await until(lambda: screen.replica.seq == hub.seq and screen.mirror.idle)
            assert list(screen.replica.docs("bed")) == ["his.bed-1"]
            assert [each.id for each in screen.kept.cache.documents()] == ["his.bed-1"]
            assert screen.kept.cache.meta()["cursor"] == str(hub.seq)
            await screen.close()
            await hub.stop()
            again = Screen(tmp_path, hub)
            assert list(again.replica.docs("bed")) == ["his.bed-1"]
            screen.__dict__.update(again.__dict__)

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "503", "404", "garbage", "silence"])
def test_a_touch_arrives_once_whatever_fails(tmp_path: Path, fault: str) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            screen.hub_link._clients.here.timeout = 0.3
            hub.fault = fault
            hub.error = b"<html>no such page</html>"
            touched = screen.touch(1)
            screen.touch(2, ActionKind.ALERT_ACKNOWLEDGE)
            if fault in ("drop_after", "garbage"):
                await until(lambda: len(hub.applied) >= 1)
            elif fault in ("503", "404"):
                await until(lambda: hub.turned_away >= 1)
            else:
                await until(lambda: screen.link.phase is not Phase.LIVE)
            assert screen.outbox.waiting == 2
            hub.fault = ""
            await until(lambda: screen.outbox.waiting == 0, 20)
            await until(lambda: screen.outbox.pending() == ())
            assert sorted(r.action.id for r in hub.applied) == ["a1", "a2"]
            assert next(r.action for r in hub.applied if r.action.id == "a1") == touched

    asyncio.run(run())


def test_calls_placed_while_the_hub_is_away_arrive_with_their_age(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await hub.stop()
            pressed = CLOCK.monotonic()
            screen.touch(1)
            await until(lambda: screen.link.phase is Phase.OFFLINE)
            assert screen.link.lost_at is not None
            await hub.start()
            await until(lambda: len(hub.applied) == 1, 20)
            age = hub.applied[0].age_ms
            waited = (CLOCK.monotonic() - pressed) * 1000
            assert age is not None
            assert STALE_S * 900 < age <= waited
            assert hub.applied[0].clock_skew_ms is not None
            await screen.live()
            assert screen.link.lost_at is None

    asyncio.run(run())


def test_silence_is_told_and_ends_with_the_next_beat(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            told: list[Phase] = []
            screen.link.listeners.append(lambda: told.append(screen.link.phase))
            beats = Tasks()
            beats.spawn(beating(hub), "beats")
            heard = screen.link.last_heard
            await until(lambda: screen.link.last_heard != heard)
            assert screen.link.phase is Phase.LIVE
            await beats.stop()
            await until(lambda: screen.link.phase is Phase.STALE)
            assert len(hub.feeds) == 1, "the connection itself still stands"
            hub.beat()
            await screen.live()
            assert told[-1] is Phase.LIVE

    asyncio.run(run())


def test_a_hub_that_cannot_store_is_known_with_its_beat_until_it_can_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            assert screen.link.hub_stores, "a hub that says nothing of it is well"
            for stores in (False, True):
                hub.beat(Beat(CLOCK.now(), CLOCK.now(), True, stores=stores))
                await until(lambda stores=stores: screen.link.hub_stores is stores)
                assert screen.link.told_of_calls is stores

    asyncio.run(run())


def test_a_hub_of_another_history_is_taken_whole_and_told_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            screen.touch(1)
            await until(lambda: screen.outbox.pending() == () and len(hub.applied) == 1)
            await hub.stop()
            another_history(hub)
            hub.documents.clear()
            hub.seq = 0
            hub.write(document("bed", "his.bed-9", 0, bed(9)))
            await hub.start()
            await until(lambda: list(screen.replica.docs("bed")) == ["his.bed-9"], 20)
            await until(lambda: [r.action.id for r in hub.applied] == ["a1"])
            assert screen.told == []

    asyncio.run(run())


def test_a_refusal_is_told_and_does_not_hold_up(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            hub.outcome = "refused"
            screen.touch(1)
            await until(lambda: len(screen.told) == 1)
            hub.fault = "403"
            screen.touch(2)
            await until(lambda: len(screen.told) == 2)
            assert screen.told == [("a1", "screen.refused.unknown"), ("a2", "access.forbidden")]
            hub.fault, hub.outcome = "", "applied"
            screen.touch(3)
            await until(lambda: screen.outbox.pending() == ())
            assert [r.action.id for r in hub.applied] == ["a1", "a3"]

    asyncio.run(run())


def test_an_unknown_device_shows_and_keeps_no_patient(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await hub.stop()
            hub.fault = "401"
            await hub.start()
            await until(lambda: screen.link.phase is Phase.NOT_ENROLLED)
            assert screen.replica.docs("bed") == {}
            assert screen.link.his_as_of is None
            await until(lambda: screen.mirror.idle)
            assert screen.kept.cache.documents() == []
            screen.touch(1)
            hub.fault = ""
            await screen.live()
            await until(lambda: len(hub.applied) == 1)
            assert len(screen.replica.docs("bed")) == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    "said, why",
    [
        (b'{"error": "certificate.expired"}', "certificate.expired"),
        (b'{"error": "certificate.unknown"}', "certificate.unknown"),
        (b"<html>a gateway's words</html>", ""),
    ],
)
def test_what_is_about_the_certificate_empties_no_cache(
    tmp_path: Path, said: bytes, why: str
) -> None:
    """A hub whose clock was set ahead by a month says so to every screen of the ward."""

    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await until(lambda: screen.mirror.idle)
            kept = screen.kept.cache.documents()
            await hub.stop()
            hub.fault, hub.disowns = "401", said
            await hub.start()
            asked = len(hub.asked)
            await until(lambda: len(hub.asked) > asked and screen.link.phase is Phase.OFFLINE)
            await until(lambda: screen.link.refused == why)
            assert len(screen.replica.docs("bed")) == 2
            assert screen.kept.cache.documents() == kept
            assert identity_current(screen.link, Settings(), CLOCK.now())
            told = banner(screen.link, Settings(), TEXTS, CLOCK.now(), "station")
            lost = TEXTS.text("screen.link.lost", since="@", at="@").partition("@")[0]
            assert told.kind == "hub"
            assert told.text.startswith(f"{TEXTS.text(why)} {lost}" if why else lost)
            hub.fault = ""
            await screen.live()
            assert screen.link.refused == ""

    asyncio.run(run())


def test_a_call_outlasts_a_certificate_and_all_else_is_refused_with_its_reason(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            hub.fault, hub.error = "401", b'{"error": "certificate.expired"}'
            call = screen.touch(1)
            screen.touch(2, ActionKind.OBSERVATION_ENTER)
            await until(lambda: len(screen.told) == 1)
            assert screen.told == [("a2", "certificate.expired")]
            assert screen.outbox.pending() == (call,)
            hub.fault = ""
            await until(lambda: [one.action for one in hub.applied] == [call])

    asyncio.run(run())


def test_a_screen_given_to_another_bed_forgets_the_first(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await until(lambda: screen.mirror.idle)
            await hub.stop()
            screen.touch(1)
            hub.hello = msgspec.structs.replace(hub.hello, place="his.bed-7", view="v2")
            hub.documents.clear()
            hub.write(document("bed", "his.bed-7", 0, bed(7)))
            await hub.start()
            await until(lambda: list(screen.replica.docs("bed")) == ["his.bed-7"], 20)
            assert screen.link.place == "his.bed-7"
            await until(lambda: screen.mirror.idle)
            assert [d.id for d in screen.kept.cache.documents()] == ["his.bed-7"]
            assert [row.state for row in screen.kept.cache.touches()] == ["foreign"]
            assert hub.applied == []

    asyncio.run(run())


def test_with_each_touch_goes_the_place_that_the_screen_knows_of(tmp_path: Path) -> None:
    """A restarted one goes by what it kept, until it has heard more."""

    async def run() -> None:
        hub = fake_hub(CLOCK)
        hub.hello = msgspec.structs.replace(hub.hello, place="his.bed-7")
        await hub.start()
        screen = Screen(tmp_path, hub)
        assert screen.feed.place is None
        await screen.live()
        screen.touch(1)
        await until(lambda: len(hub.applied) == 1)
        assert hub.applied[0].place == "his.bed-7"
        await until(lambda: screen.mirror.idle)
        await screen.close()
        again = Screen(tmp_path, hub)
        assert again.feed.place == "his.bed-7"
        await again.close()
        await hub.stop()

    asyncio.run(run())


def test_a_screen_paired_anew_at_its_bed_sends_what_waited_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await until(lambda: screen.mirror.idle)
            await hub.stop()
            screen.touch(1)
            hub.hello = msgspec.structs.replace(hub.hello, device_id="paired anew", view="v2")
            await hub.start()
            await until(lambda: len(hub.applied) == 1, 20)
            assert [request.action.id for request in hub.applied] == ["a1"]
            assert screen.link.device_id == "paired anew"

    asyncio.run(run())


def test_a_device_enrolled_as_something_else_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        hub = fake_hub(CLOCK)
        hub.write(document("bed", "his.bed-1", 0, bed(1)))
        await hub.start()
        screen = Screen(tmp_path, hub, ScreenRole.DOOR)
        await until(lambda: screen.link.phase is Phase.WRONG_PLACE)
        assert screen.replica.docs("bed") == {}
        await screen.close()
        await hub.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    "nonsense,again",
    [
        (b"event: write\nid: e1-9\ndata: {broken\n\n", 1),
        (b'event: write\nid: nonsense\ndata: {"seq":9,"at":"2026-11-21T00:00:00Z"}\n\n', 1),
        (b'event: write\nid: e7-9\ndata: {"seq":9,"at":"2026-11-21T00:00:00Z"}\n\n', 1),
        (b"\xff\xfe\x00event\n\n", 0),
    ],
    ids=["no JSON", "no cursor", "another epoch", "no event"],
)
def test_nonsense_in_the_feed_loses_nothing(tmp_path: Path, nonsense: bytes, again: int) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            connections = len(hub.asked)
            hub.raw(nonsense)
            hub.write(document("bed", "his.bed-3", 0, bed(3)))
            await until(lambda: screen.replica.seq == hub.seq)
            assert sorted(screen.replica.docs("bed")) == ["his.bed-1", "his.bed-2", "his.bed-3"]
            assert len(hub.asked) == connections + again

    asyncio.run(run())


def test_event_kinds_of_a_newer_hub_are_left_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            hub.raw(b"event: horoscope\ndata: {}\n\n: a comment\n\n")
            hub.write(document("bed", "his.bed-3", 0, bed(3)))
            await until(lambda: screen.replica.seq == hub.seq)
            assert len(hub.asked) == 1

    asyncio.run(run())


def test_a_failing_disk_stops_no_news_and_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            await until(lambda: screen.mirror.idle)
            screen.kept.cache._connection.execute("pragma query_only = on")
            hub.write(document("bed", "his.bed-3", 0, bed(3)))
            await until(lambda: screen.mirror.failing)
            assert len(screen.replica.docs("bed")) == 3
            screen.kept.cache._connection.execute("pragma query_only = off")

    asyncio.run(run())


def test_a_disk_turned_read_only_keeps_no_screen_from_being_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            screen.touch(1)
            await until(lambda: screen.outbox.pending() == () and screen.mirror.idle)
            await hub.stop()
            await until(lambda: screen.link.phase is not Phase.LIVE)
            screen.kept.cache._connection.execute("pragma query_only = on")
            another_history(hub)
            await hub.start()
            await screen.live()
            hub.write(document("bed", "his.bed-3", 0, bed(3)))
            await until(lambda: len(screen.replica.docs("bed")) == 3)
            await until(lambda: [r.action.id for r in hub.applied] == ["a1"])
            await until(lambda: screen.outbox.pending() == ())
            assert screen.outbox.failing
            assert screen.link.phase is Phase.LIVE
            screen.kept.cache._connection.execute("pragma query_only = off")

    asyncio.run(run())


def tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """The hub's side of TLS, and the certificate that its screens trust."""
    options = Options(
        settings=Settings(),
        data_dir=folder,
        clock=None,
        control=None,
        init=True,
        restored=False,
        names=(),
    )
    made = make_certificates(options, CLOCK.now())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made["tls_cert"], made["tls_key"])
    return context, Path(made["ca"])


def test_a_hub_of_the_house_is_trusted_and_a_strange_one_is_not(tmp_path: Path) -> None:
    async def run() -> None:
        hub = fake_hub(CLOCK)
        hub.write(document("bed", "his.bed-1", 0, bed(1)))
        hub.tls, ca = tls(tmp_path / "house")
        await hub.start()
        screen = Screen(tmp_path / "screen", hub, ca=ca)
        await screen.live()
        screen.touch(1)
        await until(lambda: len(hub.applied) == 1)
        await screen.close()
        _, other_ca = tls(tmp_path / "another house")
        stranger = Screen(tmp_path / "stranger", hub, ca=other_ca)
        stranger.touch(2)
        await until(lambda: stranger.link.phase is Phase.OFFLINE)
        assert stranger.replica.docs("bed") == {}
        assert len(hub.applied) == 1
        await stranger.close()
        await hub.stop()

    asyncio.run(run())


def test_a_bad_certificate_file_stops_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    hub = Hub(url="https://hub.example", token=TOKEN, ca=tmp_path / "ca.pem")
    with pytest.raises(Misconfigured) as raised:
        hub.client()
    assert (raised.value.key, raised.value.values["file"]) == (
        "screen.bad_ca",
        str(tmp_path / "ca.pem"),
    )


@pytest.mark.parametrize("url", ["hub:8700", "ftp://hub", "http://", "", "http://hub:port"])
def test_an_address_that_can_never_work_stops_the_start(url: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        Hub(url=url, token=TOKEN).client()
    assert (raised.value.key, raised.value.values) == ("screen.bad_hub", {"url": url})


def test_a_screen_of_another_role_fills_no_log(
    loop: qasync.QEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt is given up in the middle of the feed: the connection is closed in order, and
    nothing is left to the collector, which tells of each with pages of tracebacks."""
    found: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: found.append(str(args.object)))

    async def run() -> None:
        hub = fake_hub(CLOCK)
        await hub.start()
        screen = Screen(tmp_path, hub, role=ScreenRole.DOOR)
        await until(lambda: len(hub.asked) >= 3)
        assert screen.link.phase is Phase.WRONG_PLACE
        await screen.close()
        await hub.stop()

    loop.run_until_complete(run())
    gc.collect()
    assert found == []


def test_a_reset_that_was_cut_short_is_asked_for_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            seen = screen.feed.view
            await screen.hub_link.close()
            changed = msgspec.structs.replace(hub.hello, view="another")
            await screen.feed.event("reset", "", msgspec.json.encode(changed).decode())
            screen.feed.dropped()
            # With the new view's name the hub would go on where only the old view is held.
            assert screen.feed.view == seen != "another"
            assert len(screen.replica.docs("bed")) == 2

    asyncio.run(run())


def test_a_beat_is_told_where_it_is_news_or_the_census_could_be_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with ward(tmp_path) as (_, screen):
            screen.feed.census_old = timedelta(seconds=30)
            skew = screen.link.skew
            assert skew is not None
            # The hub's time goes on here, and the device's stands still: no clock was set.
            monkeypatch.setattr(screen.feed._hub_clock, "heard", lambda *_: skew)
            heard, told = CLOCK.now(), list[int]()
            screen.link.listeners.append(lambda: told.append(1))

            async def beat(age_s: float, **said: object) -> int:
                """How often it is told, of a census of `heard` that is so old."""
                now = heard + timedelta(seconds=age_s)
                one = msgspec.structs.replace(Beat(now, heard, True), **said)
                told.clear()
                await screen.feed.event("beat", "", msgspec.json.encode(one).decode())
                return len(told)

            await beat(0.0)
            assert [await beat(1.0), await beat(29.9)] == [0, 0]
            assert [await beat(30.0), await beat(31.0)] == [1, 1]
            # A hub's clock that was set back: no name is shown by a census of a time to come.
            assert [await beat(-70.0), await beat(-69.0), await beat(1.5)] == [1, 1, 0]
            assert [await beat(2.0, stores=False), await beat(3.0, stores=False)] == [1, 0]
            assert await beat(4.0, his_up=False) == 1
            assert await beat(5.0, his_as_of=heard + timedelta(seconds=4)) == 1
            assert [await beat(6.0, his_as_of=None), await beat(7.0, his_as_of=None)] == [1, 1]

    asyncio.run(run())


def test_at_the_first_hub_nobody_looks_for_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def earlier(hubs: Hubs) -> tuple[str, ...]:
        looked.append(hubs.here)
        return ()

    monkeypatch.setattr(Hubs, "earlier", earlier)
    monkeypatch.setattr(hub_link, "_LOOK_BACK_S", 0.0)

    async def run() -> None:
        async with ward(tmp_path) as (hub, screen):
            for _ in range(3):
                heard = screen.link.last_heard
                hub.beat()
                await until(lambda heard=heard: screen.link.last_heard != heard)
            assert len(looked) == 1

    asyncio.run(run())
