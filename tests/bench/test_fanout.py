"""The benches of the hub's speed, with small counts: that they measure, not what they find."""

import asyncio
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smartward.bench import commit, fanout, fanout_mosquitto, fanout_redis, load
from smartward.bench.fanout_systems import Floor, compiled

needs_cc = pytest.mark.skipif(
    shutil.which("cc") is None, reason="no C compiler is installed: apt-get install gcc"
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = compiled(tmp_path_factory.mktemp("floor"))
    assert built is not None
    return built


def noted(program: Path, out: Path, messages: list[list[bytes]]) -> dict[int, list[int]]:
    """What the sink noted, by system: one socket each, to which its messages were sent."""
    pairs = [socket.socketpair() for _ in messages]
    numbers = [mine.fileno() for mine, _ in pairs]
    with subprocess.Popen(
        [str(program), "sink", str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=numbers,
    ) as sink:
        assert sink.stdin is not None
        assert sink.stdout is not None
        sink.stdin.write(b"".join(b"%d %d\n" % pair for pair in enumerate(numbers)) + b"\n")
        sink.stdin.flush()
        assert sink.stdout.readline() == b"ready\n"
        for (mine, other), sent in zip(pairs, messages, strict=True):
            for data in sent:
                other.sendall(data)
            mine.close()
            other.close()
        sink.stdin.close()
        sink.wait(20)
    found: dict[int, list[int]] = {}
    for system, number, _ in fanout.NOTE.iter_unpack(out.read_bytes()):
        found.setdefault(system, []).append(number)
    return found


@needs_cc
def test_the_sink_notes_each_number_once_whatever_is_around_it(
    program: Path, tmp_path: Path
) -> None:
    feed = b"1f\r\nevent: write\nid: 0a-b-7\ndata: x\n\n\r\nevent: write\nid: 0a-b-8\n\n"
    beat = b"event: beat\nid: 0a-b-8\ndata: {}\n\n"
    found = noted(program, tmp_path / "notes", [[feed + beat], [b"id: floor-3\n....", b"no id"]])
    assert found == {0: [7, 8], 1: [3]}


@needs_cc
def test_the_floor_writes_before_it_answers_and_tells_all(program: Path, tmp_path: Path) -> None:
    floor = Floor(program, tmp_path, 3)
    try:
        for turn in (1, 2):
            sent, answered, number = floor.publish()
            assert (number, answered > sent) == (turn, True)
            for one in floor.subscribers:
                got = one.recv(512)
                assert got.startswith(b"id: floor-%d\n" % turn)
        kept = (tmp_path / "floor.data").read_bytes()
        assert kept.startswith(b"id: floor-1\n")
        assert kept[4096:].startswith(b"id: floor-2\n")
    finally:
        floor.close()


@pytest.mark.may_skip("systems of others to compare with")
@pytest.mark.long
@pytest.mark.parametrize(
    "module, package",
    [(fanout_redis, "redis-server"), (fanout_mosquitto, "mosquitto")],
    ids=["redis", "mosquitto"],
)
def test_another_system_tells_each_of_all_that_is_published(
    module: Any, package: str, tmp_path: Path
) -> None:
    """Each message once and in order, though each but the last was asked for, or acknowledged."""
    program = module.program()
    if program is None:
        pytest.skip(f"{package} is not installed: apt-get install {package}")
    made = {fanout_redis: fanout_redis.Redis, fanout_mosquitto: fanout_mosquitto.Mosquitto}
    system = made[module](program, tmp_path / "its", 3)
    try:
        for number in (1, 2, 3):
            sent, answered, told = system.publish()
            assert (told, answered > sent) == (number, True)
        for one in system.subscribers:
            read, last = b"", b"id: %s-3\n" % system.name.encode()
            while last not in read:
                read += one.recv(65536)
            assert [read.count(b"-%d\n" % number) for number in (1, 2, 3)] == [1, 1, 1]
    finally:
        system.close()


def test_deliveries_are_counted_from_the_sending_to_the_last(tmp_path: Path) -> None:
    class Two:
        subscribers = (None, None)

    taken = fanout.Taken(sent=[(10.0, 1), (11.0, 2)])
    notes = [(0, 1, 10.002), (0, 1, 10.005), (0, 2, 11.001)]
    (tmp_path / "notes").write_bytes(b"".join(fanout.NOTE.pack(*one) for one in notes))
    fanout.deliveries(tmp_path / "notes", [Two()], [taken])  # type: ignore[list-item]  # what it reads of a listener
    assert taken.first == pytest.approx([2.0])
    assert taken.last == pytest.approx([5.0])
    assert taken.missed == 1


def test_a_list_is_in_order_only_with_all_its_calls() -> None:
    hour = "2026-11-22T08"
    calls = {"a": {"placed_at": f"{hour}:00:59Z"}, "b": {"placed_at": f"{hour}:00:59.001Z"}}
    assert load.in_order(calls, ["alert:x", "call:a", "call:b"])
    assert not load.in_order(calls, ["call:b", "call:a"])
    assert not load.in_order(calls, ["call:a"])


def test_a_commit_is_measured_beside_the_disk(tmp_path: Path) -> None:
    found = asyncio.run(commit.measure(tmp_path, 20, 1))
    for name in ("raw", "commit", "store"):
        assert 0 < found[f"{name}_p50_ms"] <= found[f"{name}_p99_ms"]
    assert found["alone_a_second"] > 0
    assert found["together_a_second"] > 0


# ---------------------------------------------------------------------- with real programs


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    return tmp_path / "figures.json"


def read(figures: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(figures.read_text())
    return found


@needs_cc
@pytest.mark.long
def test_a_small_fan_out_reaches_everybody(figures: Path) -> None:
    words = ["--screens", "20", "--rounds", "2", "--warm-up", "1", "--bare", "--rate", "20"]
    code = fanout.main([*words, "--json", str(figures)])
    assert code in (0, 1)
    found = read(figures)
    assert {row["system"] for row in found["systems"]} == {"hub", "floor"}
    for row in found["systems"]:
        assert row["missed"] == 0
        assert 0 < row["first_p50_ms"] <= row["last_p50_ms"]
    assert found["kib_a_screen"] < 16


@pytest.mark.long
def test_64_calls_at_once_and_50_presses_a_second_are_all_taken(
    figures: Path,
) -> None:
    load.main(["--seconds", "3", "--json", str(figures)])
    found = read(figures)
    assert found["in_order"] is True
    assert (found["open"], found["refused"]) == (64, 0)
    assert found["presses"] == 150
