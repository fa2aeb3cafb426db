"""Orders to screens: each to one device only, judged, settled and told."""

import asyncio
import gzip
import os
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartward.clinical.audit import AuditRecord
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.device_check import Checked, CheckLine, CheckWish, fault, ok
from smartward.errors import BadData, Misconfigured
from smartward.hub import audit, order_desk
from smartward.hub.device_bundles import FOLDER, KEPT
from smartward.hub.enrol import ask
from smartward.hub.fleet_cli import main
from smartward.tasks import Tasks
from smartward.wire.order import CHECK_LIVES_S, LIVES_S, LONGEST, Order, Ordered
from tests.hub.conftest import Ward
from tests.hub.screens import TestScreen
from tests.hub.test_hung import until
from tests.hub.ward_docs import room_id

pytestmark = pytest.mark.anyio


class Listening(TestScreen):
    """Keeps the orders that come down its feed."""

    def __init__(self, device: Device) -> None:
        super().__init__(device)
        self.orders: list[Order] = []
        applied = self.mirror.apply

        def apply(event: Any) -> None:
            if event.name == "order":
                self.orders.append(msgspec.json.decode(event.data, type=Order))
            else:
                applied(event)

        self.mirror.apply = apply  # type: ignore[method-assign]  # a mirror knows no orders


async def listening(ward: Ward, role: ScreenRole, place: str | None = None) -> Listening:
    screen = Listening(await ward.enrol(role, place))
    screen.connect(ward.hub.feed)
    await until(ward, screen.device, lambda found: found.online)
    await screen.until(lambda mirror: mirror.current)  # while its line is full it takes no order
    return screen


async def ordered(screen: Listening, count: int = 1) -> Order:
    async with asyncio.timeout(10):
        while len(screen.orders) < count:
            await asyncio.to_thread(lambda: None)
    return screen.orders[-1]


async def typed(ward: Ward, do: str, device_id: str, **more: Any) -> dict[str, Any]:
    said = {"do": f"device_{do}", "device_id": device_id, **more}
    return await asyncio.to_thread(ask, ward.hub.admin.path, **said)


def began(command: Coroutine[Any, Any, dict[str, Any]]) -> asyncio.Task[dict[str, Any]]:
    return Tasks().spawn(command, "a command")


async def done(ward: Ward, screen: Listening, order: Order, **more: Any) -> None:
    told = Ordered(id=order.id, **{"done": True, **more})
    body = msgspec.json.encode(told)
    await ward.hub.orders.answer(screen.device, body, ward.hub.bundles.keep)


async def rows(ward: Ward) -> list[AuditRecord]:
    found = await ward.hub.store.read(lambda reader: list(audit.rows_of(reader)))
    return [audit.told(one) for one in found]


async def test_an_order_reaches_one_screen_alone_and_is_told_what_became_of_it(ward: Ward) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    beside = await listening(ward, ScreenRole.BEDHEAD, "1")
    station = await listening(ward, ScreenRole.STATION)
    asked = began(typed(ward, "identify", one.device.id[:13]))
    order = await ordered(one)
    assert (order.do, order.device_id, order.at) == ("identify", one.device.id, ward.clock.now())
    await done(ward, one, order)
    answer = await asked
    assert (answer["outcome"], answer["device_id"]) == ("done", one.device.id)
    asked = began(typed(ward, "restart", one.device.id))
    await done(ward, one, await ordered(one, 2), done=False, why="order.no_service")
    answer = await asked
    assert (answer["outcome"], answer["why"]) == ("refused", "order.no_service")
    assert beside.orders == station.orders == []
    assert not any(kind == "device_order" for kind, _ in station.mirror.documents)
    told = [(one.kind, one.outcome, one.key) for one in await rows(ward) if "." in one.kind][-4:]
    assert told == [
        ("device.identify", "applied", None),
        ("device.ordered", "applied", None),
        ("device.restart", "applied", None),
        ("device.ordered", "refused", "order.no_service"),
    ]
    for screen in (one, beside, station):
        await screen.hang_up()


async def test_what_is_not_heard_dies_and_what_nobody_was_ordered_is_no_answer(ward: Ward) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    other = await listening(ward, ScreenRole.BEDSIDE, "2")
    asked = began(typed(ward, "identify", one.device.id))
    order = await ordered(one)
    with pytest.raises(BadData):
        await done(ward, other, order)
    ward.clock.advance(LIVES_S)
    assert (await asked)["outcome"] == "unheard"
    with pytest.raises(BadData):
        await done(ward, one, order)
    last = (await rows(ward))[-1]
    assert (last.kind, last.key, last.about.detail["became"]) == (
        *("device.ordered", "order.unheard"),
        "unheard",
    )
    for screen in (one, other):
        await screen.hang_up()


async def test_what_is_told_twice_is_heard_twice(ward: Ward) -> None:
    """The answer to the first was lost: a screen that hears none does not start anew."""
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    asked = began(typed(ward, "restart", one.device.id))
    order = await ordered(one)
    for _ in range(2):
        await done(ward, one, order)
    assert (await asked)["outcome"] == "done"
    with pytest.raises(BadData):
        await done(ward, one, order, done=False, why="order.no_service")
    assert [row.kind for row in await rows(ward)].count("device.ordered") == 1
    await one.hang_up()


async def test_a_log_is_waited_for_as_long_as_its_order_lives(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_desk, "_WAITS_S", 0.0)
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    assert (await typed(ward, "identify", one.device.id))["outcome"] == "unheard"
    asked = began(typed(ward, "log", one.device.id))
    await done(ward, one, await ordered(one, 2), bundle=b"packed")
    assert (await asked)["outcome"] == "done"
    await one.hang_up()


@pytest.mark.parametrize(
    "packed",
    [
        b"packed",
        gzip.compress(b"no JSON"),
        gzip.compress(b"[1]"),
        gzip.compress(b'{"masked": "\\u001b[2J"}'),
        gzip.compress(bytes(20 << 20)),
        gzip.compress(b'{"masked": 0}')[:-4],
    ],
    ids=["not packed", "no JSON", "no object", "no figure", "far too long", "cut off"],
)
async def test_what_is_no_log_is_not_written(ward: Ward, packed: bytes, tmp_path: Path) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    file = tmp_path / "log.json"
    words = ["log", one.device.id, "--out", str(file), "--admin", str(ward.hub.admin.path)]

    async def command() -> str:
        with pytest.raises(Misconfigured) as refused:
            await asyncio.to_thread(main, words)
        return refused.value.key

    asked = Tasks().spawn(command(), "a command")
    await done(ward, one, await ordered(one), bundle=packed)
    assert await asked == "order.told.no_bundle"
    assert not await asyncio.to_thread(file.exists)
    await one.hang_up()


async def test_nobody_keeps_a_bundle_that_was_not_asked_for(ward: Ward) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    asked = began(typed(ward, "identify", one.device.id))
    await done(ward, one, await ordered(one), bundle=b"packed")
    assert "bundle" not in await asked
    await one.hang_up()


async def test_a_round_of_restarts_ends_where_one_may_still_start_anew(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(order_desk, "_WAITS_S", 0.0)
    screens = [await listening(ward, ScreenRole.BEDSIDE, place) for place in ("1", "2")]
    words = ["restart", "--ward", "--admin", str(ward.hub.admin.path)]
    assert await asyncio.to_thread(main, words) == 1
    assert sum(len(one.orders) for one in screens) <= 1
    given = [row for row in await rows(ward) if row.kind == "device.restart"]
    assert len(given) == 1
    for screen in screens:
        await screen.hang_up()


@pytest.mark.parametrize(
    "why",
    [
        "order.call_open\nSW-1020 severity=warning event=device.revoke device=x",
        "All calls are answered",
        "\x1b[2Jall is well",
        "station.no_calls",
        "order." + "x" * 80,
    ],
)
async def test_a_reason_that_is_no_key_of_an_order_is_no_answer(ward: Ward, why: str) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    asked = began(typed(ward, "identify", one.device.id))
    order = await ordered(one)
    with pytest.raises(BadData) as refused:
        await done(ward, one, order, done=False, why=why)
    assert refused.value.key == "order.bad_answer"
    ward.clock.advance(LIVES_S)
    answer = await asked
    assert (answer["outcome"], answer["why"]) == ("unheard", "")
    assert not any(row.key and why in row.key for row in await rows(ward))
    await one.hang_up()


async def test_no_screen_starts_anew_that_a_call_needs_unless_forced(ward: Ward) -> None:
    bedside = await listening(ward, ScreenRole.BEDSIDE, "1")
    door = await listening(ward, ScreenRole.DOOR, room_id(1))
    elsewhere = await listening(ward, ScreenRole.BEDSIDE, "4")
    station = await listening(ward, ScreenRole.STATION)
    await ward.press(bedside.device)
    for screen, why in (
        (bedside, "order.call_open"),
        (door, "order.call_open"),
        (station, "order.last_one"),
    ):
        with pytest.raises(Misconfigured) as refused:
            await typed(ward, "restart", screen.device.id)
        assert refused.value.key == why
        assert screen.orders == []
        last = (await rows(ward))[-1]
        assert (last.kind, last.outcome, last.key) == ("device.restart", "refused", why)
    second = await listening(ward, ScreenRole.STATION)
    for screen, more in ((elsewhere, {}), (station, {}), (bedside, {"force": True})):
        asked = began(typed(ward, "restart", screen.device.id, **more))
        order = await ordered(screen)
        assert order.forced == bool(more)
        await done(ward, screen, order)
        assert (await asked)["outcome"] == "done"
    for screen in (bedside, door, elsewhere, station, second):
        await screen.hang_up()


async def test_who_is_away_who_shows_no_pages_and_who_is_named_by_nobody(ward: Ward) -> None:
    away = await ward.enrol(ScreenRole.BEDSIDE, "1")
    gateway = await ward.enrol(ScreenRole.GATEWAY)
    for id, why in (
        (away.id, "order.away"),
        (gateway.id, "order.no_screen"),
        ("nobody-at-all", "enrol.unknown_device"),
        (away.id[:3], "enrol.unknown_device"),
    ):
        with pytest.raises(Misconfigured) as refused:
            await typed(ward, "identify", id)
        assert refused.value.key == why


async def test_a_log_is_kept_for_a_week_and_readable_by_the_hub_alone(ward: Ward) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    asked = began(typed(ward, "log", one.device.id))
    order = await ordered(one)
    await done(ward, one, order, bundle=b"packed")
    answer = await asked
    assert answer["bundle"] == "cGFja2Vk"
    [kept] = (ward.hub.admin.path.parent / FOLDER).iterdir()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    half = kept.with_suffix(".part")
    half.touch()
    os.utime(half, (ward.clock.now().timestamp(),) * 2)
    ward.clock.advance((KEPT + timedelta(hours=1)).total_seconds())
    # Nobody asks for another one.
    async with asyncio.timeout(10):
        while kept.exists() or half.exists():
            await asyncio.to_thread(lambda: None)
    await one.hang_up()


FOUND = Checked(
    lines=(ok("clock", "clock", s=0.1), fault("display", "no_display")), serial="SN-4711"
)


async def test_what_a_check_found_comes_to_who_ordered_it(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setattr(order_desk, "_WAITS_S", 0.0)
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    admin = ["--admin", str(ward.hub.admin.path)]
    words = ["check", one.device.id[:13], "--bed", "1", "--touch", "--no-call", *admin]
    asked = Tasks().spawn(asyncio.to_thread(main, words), "a command")
    order = await ordered(one)
    assert (order.do, order.check) == ("check", CheckWish(place="1", call=False, touch=True))
    # It looks itself over: nothing else takes the place of that, but what was forced.
    for do in ("identify", "check"):
        with pytest.raises(Misconfigured) as refused:
            await typed(ward, do, one.device.id)
        assert refused.value.key == "order.checks_itself"
    ward.clock.advance(LIVES_S + 1)
    await done(ward, one, order, found=FOUND)
    assert await asked == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["ok", "FAULT", "Check"]
    given, became = (await rows(ward))[-4], (await rows(ward))[-1]
    assert (given.kind, given.outcome) == ("device.check", "applied")
    assert became.about.detail == {"order": "check", "became": "done", "faults": "1"}

    asked = began(typed(ward, "check", one.device.id))
    await done(ward, one, await ordered(one, 2), found=FOUND)
    report = (await asked)["report"]
    assert report["which"] == {
        **{"serial": "SN-4711", "device_id": one.device.id, "role": "bedside", "place": "1"},
        "ward": report["which"]["ward"],
    }
    asked = began(typed(ward, "check", one.device.id))
    await ordered(one, 3)
    forced = began(typed(ward, "restart", one.device.id, force=True))
    # Its place is taken: nobody waits three minutes for what no screen will tell any more.
    assert (await asked)["outcome"] == "unheard"
    assert (await forced)["outcome"] == "unheard"
    await one.hang_up()


async def test_a_screen_that_knows_no_check_or_tells_nothing_is_said_in_words(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    words = ["check", one.device.id, "--admin", str(ward.hub.admin.path)]
    asked = Tasks().spawn(asyncio.to_thread(main, words), "a command")
    await done(ward, one, await ordered(one), done=False, why="order.not_known")
    assert await asked == 1
    assert "does not know this order. Update the screen." in capsys.readouterr().out
    asked = Tasks().spawn(asyncio.to_thread(main, words), "a command")
    order = await ordered(one, 2)
    with pytest.raises(BadData):
        await done(ward, one, order)
    ward.clock.advance(CHECK_LIVES_S)
    assert await asked == 1
    assert "no result within three minutes" in capsys.readouterr().out
    # No part that draws is here: that is said before the screen is ordered anything.
    with pytest.raises(Misconfigured) as refused:
        await asyncio.to_thread(main, [*words, "--to", "report.pdf"])
    assert (refused.value.key, len(one.orders)) == ("check.draws_elsewhere", 2)
    await one.hang_up()


async def test_no_screen_is_checked_that_a_call_needs(ward: Ward) -> None:
    bedside = await listening(ward, ScreenRole.BEDSIDE, "1")
    station = await listening(ward, ScreenRole.STATION)
    await ward.press(bedside.device)
    for screen in (bedside, station):
        with pytest.raises(Misconfigured) as refused:
            await typed(ward, "check", screen.device.id, force=True)
        assert refused.value.key == "order.call_first"
        assert screen.orders == []
    second = await listening(ward, ScreenRole.STATION)
    asked = began(typed(ward, "check", station.device.id))
    await done(ward, station, await ordered(station), found=FOUND)
    assert (await asked)["outcome"] == "done"
    for screen in (bedside, station, second):
        await screen.hang_up()


@pytest.mark.parametrize(
    "found",
    [
        Checked(lines=FOUND.lines * 17),
        Checked(lines=(CheckLine("clock\n", FOUND.lines[0].how, "check.clock"),)),
        Checked(lines=(CheckLine("clock", FOUND.lines[0].how, "station.no_calls"),)),
        Checked(lines=(ok("clock", "clock", s="\x1b[2Jall is well"),)),
        Checked(lines=(ok("clock", "clock", s="x" * (LONGEST + 1)),)),
        Checked(lines=(ok("clock", "clock", **{f"s_{'x' * n}": 1 for n in range(13)}),)),
        Checked(lines=FOUND.lines, serial="SN\n4711"),
        Checked(lines=(), serial="x" * (LONGEST + 1)),
    ],
    ids=["lines", "part", "key", "sign", "long", "many", "serial", "long serial"],
)
async def test_what_no_check_finds_is_no_answer(ward: Ward, found: Checked) -> None:
    one = await listening(ward, ScreenRole.BEDSIDE, "1")
    asked = began(typed(ward, "check", one.device.id))
    order = await ordered(one)
    with pytest.raises(BadData) as refused:
        await done(ward, one, order, found=found)
    assert refused.value.key == "order.bad_answer"
    await done(ward, one, order, found=FOUND)
    assert (await asked)["outcome"] == "done"
    await one.hang_up()
