"""What the hospital system tells of one thing takes the place of what it told before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from smartward.clinical.bed_state import BedSensor, BedState
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.lab_result import Analyte, LabResult
from smartward.clinical.observation import VitalSign
from smartward.config import Settings
from smartward.his.port import Changes, Clinical, Kind, Value, Watermark
from smartward.hub.his_applying import Applying
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub_deciding.alert_engine import score, stay

pytestmark = pytest.mark.anyio

W = Settings().ward
TAKEN = MORNING - timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = SqliteStore.open(tmp_path / "hub.db", ManualClock())
    yield opened
    opened.close()


async def hear(store: Store, kind: Kind, body: Clinical, now: datetime = MORNING) -> list[str]:
    """Apply what is told of one thing; gives the ids of its kind that are known then."""
    changes = Changes(
        items=(Value(kind=kind, id=body.id, version="1", body=body),),
        watermark=Watermark(),
        server_time=MORNING,
        complete=True,
    )

    def write(tx: Tx) -> list[str]:
        tx.put(W, "encounter", "e1", stay())
        Applying(ManualClock(), Settings(), None).changes(tx, changes, [], now)
        return [one.id for one in tx.all(W, str(kind))]

    return await store.write(write)


@pytest.mark.parametrize(
    "kind, told",
    [
        (Kind.VITAL_SIGN, score("his.o", TAKEN, 7)),
        (
            Kind.LAB_RESULT,
            LabResult(
                id="his.o", encounter_id="e1", analyte=Analyte.POTASSIUM, value=6.4,
                taken_at=TAKEN, received_at=TAKEN,
            ),
        ),
        (
            Kind.BED_STATE,
            BedState(
                id="his.o", encounter_id="e1", sensor=BedSensor.OCCUPIED, on=False,
                taken_at=TAKEN, received_at=TAKEN,
            ),
        ),
    ],
)  # fmt: skip
async def test_what_is_put_right_to_days_ago_leaves_with_its_old_time_and_value(
    store: Store, kind: Kind, told: VitalSign | LabResult | BedState
) -> None:
    assert await hear(store, kind, told) == ["his.o"]
    assert await hear(store, kind, replace(told, taken_at=TAKEN - timedelta(days=3))) == []


async def test_an_old_copy_under_another_stay_takes_a_sign_of_ours_from_nobody(
    store: Store,
) -> None:
    ours = score("ward.set-1.heart_rate.1", TAKEN, 0, "e2")
    await store.write(lambda tx: tx.put(W, "vital_sign", ours.id, ours))
    copy = replace(ours, encounter_id="e1", taken_at=TAKEN - timedelta(days=3))
    assert await hear(store, Kind.VITAL_SIGN, copy) == [ours.id]


async def test_since_when_an_order_tells_its_rate_is_kept_until_it_tells_another(
    store: Store,
) -> None:
    drip = Infusion(
        id="his.d", encounter_id="e1", status=InfusionStatus.RUNNING, total_ml=500.0,
        left_ml=400.0, rate_ml_h=100.0, source=VolumeSource.MEASURED, measured_at=TAKEN,
        ordered_ml_h=100.0,
    )  # fmt: skip
    halved = replace(drip, ordered_ml_h=50.0)
    told = (drip, drip, halved, replace(halved, left_ml=390.0), drip)
    since = []
    for minutes, body in enumerate(told):
        await hear(store, Kind.INFUSION, body, MORNING + timedelta(minutes=minutes))
        (kept,) = await store.read(lambda r: r.all(W, "infusion"))
        since.append(decode(kept.body, Infusion).ordered_since)
    changed, back = (MORNING + timedelta(minutes=minutes) for minutes in (2, 4))
    assert since == [None, None, changed, changed, back]


async def test_since_when_a_drip_runs_again_is_kept_until_it_is_paused_anew(store: Store) -> None:
    drip = Infusion(
        id="his.d", encounter_id="e1", status=InfusionStatus.RUNNING, total_ml=500.0,
        left_ml=400.0, rate_ml_h=100.0, source=VolumeSource.MEASURED, measured_at=TAKEN,
        ordered_ml_h=100.0,
    )  # fmt: skip
    paused = replace(drip, status=InfusionStatus.PAUSED)
    told = (drip, paused, drip, replace(drip, left_ml=390.0), paused, drip)
    since = []
    for minutes, body in enumerate(told):
        await hear(store, Kind.INFUSION, body, MORNING + timedelta(minutes=minutes))
        (kept,) = await store.read(lambda r: r.all(W, "infusion"))
        since.append(decode(kept.body, Infusion).running_since)
    first, again = (MORNING + timedelta(minutes=minutes) for minutes in (2, 5))
    assert since == [None, None, first, first, first, again]
