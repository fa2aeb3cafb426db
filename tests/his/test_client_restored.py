"""A server that tells older versions: one from a backup is believed, a node that lags is not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smartward.clinical.encounter import Assessment
from smartward.his.fhir.loader import REFRESH
from smartward.his.fhir.walk import OVERLAP
from smartward.his.simulator.dialects import PLAIN
from tests.his.backup import Backup
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Follower, Hospital, Json, flag, heart_rate, patient, stay

pytestmark = pytest.mark.anyio

RESTORED = "older versions than before"
SOON_S = REFRESH.total_seconds() / 3
"""A restore is over within this on a ward that is small."""


def named(text: str) -> Json:
    return patient(name=[{"use": "official", "text": text}])


class Ward(DialectWard):
    """One patient whose rows were changed several times since the backup."""

    follower: Follower

    async def followed(self) -> None:
        self.put(named("甲"), stay(), self.plan("active"), heart_rate("o", self.clock.now(), 50))
        self.clock.advance(60)
        self.backup = Backup.of(self.world.store)
        for n in range(3):
            self.clock.advance(30)
            self.put(named(f"乙{n}"), self.plan("revoked"), flag("f", "isolation", "contact"))
            self.put(heart_rate("o", self.clock.now(), 60 + n), heart_rate("new", self.clock.now()))
        self.follower = Follower(self.his())
        for _ in range(2):
            await self.pass_s(60)

    def plan(self, status: str) -> Json:
        return {
            "resourceType": "ServiceRequest",
            "id": "sr",
            "status": status,
            "intent": "order",
            "code": {"text": "胸部CT"},
            "subject": {"reference": "Patient/p1"},
            "encounter": {"reference": "Encounter/e1"},
            "occurrenceDateTime": (self.clock.now() + timedelta(hours=2)).isoformat(),
        }

    async def pass_s(self, seconds: float, each: float = 30) -> None:
        for _ in range(int(seconds // each)):
            self.clock.advance(each)
            await self.follower.turn()

    def seen(self) -> dict[str, Any]:
        return {**self.follower.documents, **self.follower.encounters()}

    async def truth(self) -> dict[str, Any]:
        """What a client without a past is told."""
        fresh = Follower(self.his())
        await fresh.turn()
        return {**fresh.documents, **fresh.encounters()}

    @property
    def name(self) -> str:
        name = self.follower.encounters()["his.e1"].patient.name
        assert isinstance(name, str)
        return name


EVERY = ("plain", "hapi-like", "sekmet-like", "cerner-like", "openmrs-like")
every = pytest.mark.parametrize("ward", EVERY, indirect=True)


@pytest.fixture(params=["plain", "cerner-like"])
async def ward(request: pytest.FixtureRequest) -> AsyncIterator[Ward]:
    ward = Ward(PLAIN if request.param == "plain" else request.param)
    await ward.followed()
    yield ward
    await ward.close()


@every
@pytest.mark.expects_log(RESTORED)
async def test_restored_from_a_backup_and_changed_since(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    assert ward.name == "乙2"
    ward.backup.restore(ward.world.store)
    ward.clock.advance(10)
    ward.put(named("丙"), heart_rate("o", ward.clock.now(), 99))
    await ward.pass_s(REFRESH.total_seconds() + SOON_S)
    assert ward.name == "丙"
    assert ward.seen() == await ward.truth()
    assert sum(RESTORED in one for one in caplog.messages) == 1


@pytest.mark.expects_log(RESTORED)
async def test_what_goes_on_changing_after_a_restore_is_followed(ward: Ward) -> None:
    """Each look finds another version of it, and none as high as before."""
    ward.backup.restore(ward.world.store)
    for n in range(int((REFRESH.total_seconds() + SOON_S) // 30)):
        # As a row with hundreds of versions, of which the backup has half.
        ward.put(named(f"丁{n}"))
        row = ward.world.store._rows["Patient"]["p1"]
        text = row.text.replace(f'"versionId":"{row.version}"'.encode(), b'"versionId":"2"')
        ward.world.store._rows["Patient"]["p1"] = replace(row, text=text)
        await ward.pass_s(30)
    await ward.pass_s(60)  # some servers are asked each minute
    assert ward.name == f"丁{n}"


async def test_a_node_that_lags_takes_nothing_back(ward: Ward) -> None:
    """Whole looks, by the very turn in which everything is due, and none of them believed."""
    old = ward.world.store._rows["Patient"]["p1"]
    await ward.pass_s(REFRESH.total_seconds() - 60, each=60)
    ward.put(named("新"))
    await ward.pass_s(90)
    new = ward.world.store._rows["Patient"]["p1"]
    for stale_s in (5, 30, OVERLAP.total_seconds() - 10):
        ward.world.store._rows["Patient"]["p1"] = old
        await ward.pass_s(stale_s, each=5)
        assert ward.name == "新"
        ward.world.store._rows["Patient"]["p1"] = new
        ward.put(flag(f"f{stale_s}", "isolation", "droplet", "inactive"))
        await ward.pass_s(300, each=100)
        assert ward.name == "新"


@pytest.mark.expects_log("clock went back")
async def test_the_clock_of_the_server_goes_back(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    ward.clock.step(-3 * 3600)
    ward.world.now = ward.clock.now()
    await ward.pass_s(30)
    ward.world.put(named("戊"))
    ward.world.put(heart_rate("o", ward.clock.now(), 111))
    ward.world.put(flag("f2", "isolation", "droplet"))
    await ward.pass_s(OVERLAP.total_seconds())
    assert ward.name == "戊"
    rates = ward.follower.of("vital_sign")
    assert rates["his.o"].measurements[0].value == 111
    ward.world.now = ward.clock.now()
    ward.world.put(flag("f2", "isolation", "droplet", "inactive"))
    await ward.pass_s(90)
    assert ward.seen() == await ward.truth()
    assert sum("clock went back" in one for one in caplog.messages) == 1


@pytest.mark.expects_log("clock went back")
async def test_what_was_refused_is_asked_for_again_by_the_clock_that_went_back() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay(), flag("f", "isolation", "contact"))
        refused = hospital.refuse()
        refused.add("Flag")
        follower = Follower(hospital.his())
        await follower.turn()
        refused.clear()
        hospital.clock.step(-3 * 3600)
        hospital.world.now = hospital.clock.now()
        for _ in range(3):
            hospital.clock.advance(30)
            told = await follower.turn()
    assert told.rejected == ()
    isolation = follower.encounters()["his.e1"].precautions[1]
    assert isolation.state is Assessment.PRESENT
