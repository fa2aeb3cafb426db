"""Packets between a bedside, the hub and a station come late, out of order and partly not at all: a
call is on the station all the same, once. Real programs on hosts of their own, over TLS."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.faults.hosts import Hosts
from tests.faults.lossy import Faults
from tests.faults.test_switched_off import CLOCK, WardOfHosts

WITHIN_S = 20.0
"""From the touch to the station's frame: TCP sends again what was lost, each time after twice as
long, on the way to the hub and on that to the station; a request is given up after 1.5 s and sent
again on a new connection, which needs four packets before it can."""
BAD = Faults(
    delay_ms=150, jitter_ms=50, loss_percent=10, reorder_percent=10, duplicate_percent=5, seed=7
)
"""Each way: there and back it is 300 ms, and a fifth is lost."""

pytestmark = [pytest.mark.long, pytest.mark.expects_log()]


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[WardOfHosts]:
    with Hosts("hub", "standby", "bedside", "station", "corridor") as hosts:
        made = WardOfHosts(tmp_path, hosts)
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.mark.parametrize(
    "bad", [("bedside",), ("hub",), ("bedside", "hub", "station")], ids="+".join
)
def test_a_call_over_a_line_that_loses_packets_is_drawn_once(
    ward: WardOfHosts, bad: tuple[str, ...]
) -> None:
    for name in bad:
        ward.hosts.slow(name, BAD)
    touched, pressed_at = CLOCK.monotonic(), CLOCK.now()
    call = ward.press()
    seen = ward.drawn("station", call, WITHIN_S) - touched
    print(f"on the station after {seen:.2f} s with a bad line of {' and '.join(bad)}")
    assert seen <= WITHIN_S
    kept = ward.programs["hub"].ask("documents", kind="nurse_call")["documents"]
    assert [(id, one["presses"]) for id, one in kept.items()] == [(call, 1)]
    placed = datetime.fromisoformat(kept[call]["placed_at"])
    assert abs((placed - pressed_at).total_seconds()) < 2, "when it was pressed is kept"
