"""Whose direct call is believed: nobody's who cannot prove it now, whatever was recorded before."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.nurse_call import CallClass
from smartward.device_key import DeviceKey
from smartward.screen.peer_seal import Greeting, Unproved, greeted
from smartward.screen.peer_wire import MOST_AT_ONCE, MOST_OF_ONE, Unreached, say
from smartward.wire.envelope import ActionKind
from smartward.wire.peer import (
    MOST_BYTES,
    MOST_TOUCHES,
    DirectCall,
    DirectTouch,
    Hello,
    PeerKey,
    Receiver,
    Sealed,
)
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import document
from tests.screen.peer_ward import BED, PeerWard, lied

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PeerWard]:
    made = PeerWard(tmp_path, clock)
    await made.start("station", "bed")
    try:
        yield made
    finally:
        await made.close()


def said(ward: PeerWard, number: int, **more: object) -> DirectCall:
    fields: dict[str, object] = {
        "sender": "bed",
        "receiver": "station",
        "number": number,
        "sent_at": ward.clock.now(),
        "call_id": "call-1",
        "bed_id": BED,
        "call_class": CallClass.NORMAL,
        "touches": (DirectTouch(id="t1", kind=ActionKind.CALL_PLACE, age_ms=2000),),
    }
    return DirectCall(**(fields | more))  # type: ignore[arg-type]  # fields by their own names


def station(ward: PeerWard) -> Receiver:
    found = ward.receiver("station")
    assert found is not None
    return found


async def refused(ward: PeerWard, call: DirectCall, key: DeviceKey | None = None) -> bool:
    """Whether the station hangs up on it, and shows nothing."""
    before = set(ward.station.direct.records)
    try:
        await say(key or ward.bed.key, call, station(ward))
    except Unreached:
        return set(ward.station.direct.records) == before
    return False


async def test_what_is_well_said_is_taken(ward: PeerWard) -> None:
    receipt = await say(ward.bed.key, said(ward, 1), station(ward))
    assert (receipt.kept, receipt.shown, receipt.call_id) == (True, False, "call-1")


async def test_another_key_another_sender_or_bed_or_receiver_is_not_believed(
    ward: PeerWard,
) -> None:
    assert await refused(ward, said(ward, 1), ward.second.key)
    assert await refused(ward, said(ward, 2, sender="nobody"))
    assert await refused(ward, said(ward, 3, bed_id="his.bed-2"))
    assert await refused(ward, said(ward, 4, receiver="second"))
    assert ward.station.net.refused >= 4


async def test_a_revoked_bed_is_not_believed(ward: PeerWard) -> None:
    other = DeviceKey.passing()
    key = PeerKey(device_id="bed", bed_id=BED, public_key=other.public)
    ward.station.tell(document("peer_key", "bed", 9, key))
    assert await refused(ward, said(ward, 1))
    assert not await refused(ward, said(ward, 1), other)


async def test_too_many_touches_or_calls_of_a_bed_are_not_taken(ward: PeerWard) -> None:
    many = tuple(
        DirectTouch(id=str(n), kind=ActionKind.CALL_AGAIN, age_ms=n)
        for n in range(MOST_TOUCHES + 1)
    )
    assert await refused(ward, said(ward, 1, touches=many))
    taken = [not await refused(ward, said(ward, n + 2, call_id=f"c{n}")) for n in range(10)]
    assert taken == [True] * 8 + [False] * 2


async def test_a_recorded_exchange_says_nothing_a_second_time(ward: PeerWard) -> None:
    """Everything that a call put on the cable is sent again, to a station that was started anew."""
    told: list[bytes] = []
    to = station(ward)

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_in, there_out = await asyncio.open_connection(to.address, to.port)
        writer.write(await there_in.readline())
        told.append(await reader.readline())
        there_out.write(told[-1])
        writer.write(await there_in.readline())
        there_out.close()
        writer.close()

    tap = await asyncio.start_server(between, "127.0.0.1", 0)
    at = tap.sockets[0].getsockname()[1]
    assert (await say(ward.bed.key, said(ward, 1), lied(to, port=at))).kept
    tap.close()
    await ward.again("station")
    ward.station.direct.records.clear()
    to = station(ward)
    reader, writer = await asyncio.open_connection(to.address, to.port)
    await reader.readline()
    writer.write(told[0])
    assert await reader.read() == b""
    writer.close()
    assert ward.station.direct.records == {}


async def hung_up(ward: PeerWard, word: bytes) -> bool:
    to = station(ward)
    reader, writer = await asyncio.open_connection(to.address, to.port)
    await reader.readline()
    writer.write(word)
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_nonsense_and_long_lines_end_the_connection_and_nothing_else(ward: PeerWard) -> None:
    assert await hung_up(ward, b"\n")
    assert await hung_up(ward, b'{"box": "AAAA", "key": "AAAA"}\n')
    assert await hung_up(ward, b"x" * (2 * MOST_BYTES) + b"\n")
    assert not await refused(ward, said(ward, 1))


async def test_whoever_comes_too_often_is_turned_away_for_a_while(ward: PeerWard) -> None:
    taken = [not await refused(ward, said(ward, n + 1)) for n in range(MOST_OF_ONE + 2)]
    assert taken == [True] * MOST_OF_ONE + [False] * 2
    ward.clock.advance(11)
    assert not await refused(ward, said(ward, 90))


async def test_only_so_many_are_heard_at_a_time(ward: PeerWard) -> None:
    to, held = station(ward), []
    for _ in range(MOST_AT_ONCE):
        ward.station.net._port._came.clear()  # type: ignore[union-attr]  # it is there in this test
        reader, writer = await asyncio.open_connection(to.address, to.port)
        await reader.readline()
        held.append(writer)
    assert await refused(ward, said(ward, 1))
    for writer in held:
        writer.close()
    await ward.until(lambda: not ward.station.net._port._open, step=0.0)  # type: ignore[union-attr]  # it is there in this test
    assert not await refused(ward, said(ward, 2))


# ------------------------------------------------------------------------- the seal, without a port


KEY, OTHER = DeviceKey.passing(), DeviceKey.passing()


def sealed() -> tuple[Greeting, Sealed]:
    greeting = Greeting(KEY, "station")
    connection, own = greeted(greeting.hello, "station", KEY.public)
    call = msgspec.convert(
        {
            "sender": "bed",
            "receiver": "station",
            "number": 1,
            "sent_at": "2026-11-21T00:00:00Z",
            "call_id": "c",
            "bed_id": BED,
            "call_class": "normal",
        },
        DirectCall,
    )
    return greeting, Sealed(key=own, box=connection.seal_call(OTHER, call))


@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_one_changed_byte_opens_nothing(at: int, flip: int) -> None:
    greeting, word = sealed()
    box = bytearray(word.box)
    box[at % len(box)] ^= flip
    with pytest.raises(Unproved):
        greeting.answered(word).open_call(bytes(box))


def test_a_box_of_one_connection_opens_in_no_other() -> None:
    (first, word), (second, _) = sealed(), sealed()
    opened = first.answered(word).open_call(word.box)
    assert opened.is_of(OTHER.public)
    assert not opened.is_of(KEY.public)
    with pytest.raises(Unproved):
        second.answered(word).open_call(word.box)


def test_a_hello_of_another_key_or_name_is_not_answered() -> None:
    hello = Greeting(OTHER, "station").hello
    for claimed in (hello, msgspec.structs.replace(hello, receiver="door")):
        with pytest.raises(Unproved):
            greeted(claimed, "station", KEY.public)
    mine = Greeting(KEY, "station").hello
    changed = Hello(**{**msgspec.structs.asdict(mine), "key": bytes(32)})
    with pytest.raises(Unproved):
        greeted(changed, "station", KEY.public)
