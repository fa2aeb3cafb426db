"""What rules about the ward may know of the alerts of the shift: counted once, from its start."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert_budget import AlertTally, shift_began, tally
from smartward.clinical.rules import Look, Mode, Needs, WardLook, WardRule
from smartward.clinical.rules.alert_budget import AlertBudgetSettings
from smartward.clinical.ward import Shift, Ward
from smartward.hub.alerting import Alerting
from smartward.hub.deciding import Decider
from smartward.hub.his_stays import end_stay
from smartward.hub.shift_tally import ShiftTally
from smartward.hub.store.alert_table import LogRow
from tests.fakes.fake_clock import MORNING
from tests.hub_deciding.alert_engine import DRY, LI, SCORE, Engine, W, bed, drip, score, stay


class Budget(WardRule):
    """Remembers what it is given."""

    number = 52
    id = "budget"
    needs = Needs(kinds=frozenset({"alert"}), hours_back=24)

    def __init__(self) -> None:
        self.seen: list[AlertTally] = []

    def look(self, ward: WardLook, settings: object, now: object) -> Look:
        assert ward.log is not None
        counted = {"per_bed": dict(ward.log.per_bed), "per_patient": dict(ward.log.per_patient)}
        self.seen.append(replace(ward.log, **counted))
        return Look()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    made = Engine(tmp_path / "hub.db", DRY, shadow=[SCORE])
    yield made
    await made.stop()


def watched(engine: Engine) -> Budget:
    alerting: Alerting = engine.decider._alerting
    rule = Budget()
    alerting._ward_asking.rules = (rule,)
    alerting.modes = {**alerting.modes, rule.id: Mode.ON}
    return rule


@pytest.mark.anyio
async def test_who_leaves_ends_what_was_told_of_their_alerts(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "hub.db", DRY, "alert_budget")
    small = AlertBudgetSettings(per_bed=50, patient_least=1)
    engine.rules = engine.rules.with_(small)
    engine.decider = Decider(engine.store, engine.clock, engine.settings, None, engine.rules)
    await engine.start(stay("e1"), stay("e2", "b2"))

    async def told(*numbers: str) -> None:
        """Of which beds it tells in the end: an alert is counted after the write that opens it."""
        for _ in range(100):
            found = await engine.alerts("alert_budget")
            if tuple(one.why.values["bed"] for one in found) == numbers:
                return
            await engine.rest()
        raise AssertionError(found)

    await engine.tell(drip(engine.clock.now(), 20))
    await told("1")
    await engine.put("bed", "b1", replace(bed("b1", "e1"), number="12"), "b1")
    await told("12")
    await engine.write(lambda tx: end_stay(tx, W, "e1"))
    await told()
    await engine.stop()


@pytest.mark.anyio
async def test_alerts_of_the_shift_are_counted_once_and_anew_with_the_next(engine: Engine) -> None:
    rule = watched(engine)
    await engine.start()
    await engine.tell(drip(engine.clock.now(), 20), score("s", engine.clock.now(), 5))
    assert (rule.seen[-1].total, rule.seen[-1].per_bed) == (1, {"b1": 1}), "none of a shadow"
    assert (rule.seen[-1].per_patient, rule.seen[-1].bed_count) == ({"e1": 1}, 1)

    await engine.answer(await engine.one(), lambda a: lifecycle.acknowledge(a, a.opened_at, LI))
    assert rule.seen[-1].total == 1, "answered is not told again"

    await engine.put("bed", "b2", bed("b2"), "b2")
    await engine.stop()
    engine._open()
    rule = watched(engine)
    await engine.decider.start()
    await engine.rest()
    assert (rule.seen[-1].total, rule.seen[-1].per_bed, rule.seen[-1].bed_count) == (
        1,
        {"b1": 1},
        2,
    )

    await engine.pass_time(hours=11, minutes=30)
    assert (rule.seen[-1].total, rule.seen[-1].per_bed) == (0, {}), "at 20:00 the shift is over"


def opened(id: str, at: datetime, bed: str | None = "b1", stay: str = "e1") -> LogRow:
    return LogRow(
        at=at, ward="w", alert=id, subject=f"encounter:{stay}", bed=bed, rule=DRY, version="1",
        mode="on", event="opened", alert_class="U", priority="medium", step=0,
    )  # fmt: skip


ROWS = st.lists(
    st.builds(
        opened,
        st.sampled_from([f"a{n}" for n in range(9)]),
        st.integers(0, 60 * 26).map(lambda minutes: MORNING + timedelta(minutes=minutes)),
        st.sampled_from(["b1", "b2", None]),
        st.sampled_from(["e1", "e2"]),
    ),
    max_size=12,
    unique_by=lambda row: row.alert,
)
WARDS = st.sampled_from(
    [
        None,
        Ward(id="w", name="w", shifts=(Shift(id="day", start=time(8), end=time(20)),)),
        Ward(
            id="w",
            name="w",
            shifts=(
                Shift(id="n", start=time(20), end=time(8)),
                Shift(id="d", start=time(8), end=time(20)),
            ),
        ),
    ]
)


@settings(max_examples=60, deadline=None)
@given(ROWS, WARDS, st.lists(st.integers(0, 60 * 26), min_size=1, max_size=4))
def test_kept_up_it_is_as_counted_anew(
    rows: list[LogRow], ward: Ward | None, moments: list[int]
) -> None:
    kept = ShiftTally()
    for number, minutes in enumerate(sorted(moments)):
        kept.load(rows[: 4 * (number + 1)])
        now = MORNING + timedelta(minutes=minutes)
        anew = tally(rows[: 4 * (number + 1)], shift_began(ward, now), 5)
        found = kept.at(ward, now, 5)
        assert found == anew
        turn = kept.changes_at(ward, now)
        assert turn is None or turn > now
