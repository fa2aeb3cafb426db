"""The programs as people start them against a real GNU Health: `make test-gnuhealth` only."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from smartward.clinical.his_write import WriteKind
from smartward.clock import SystemClock
from smartward.harness.house import House
from smartward.his.connect import SECRET
from tests.his.gnuhealth.server import PASSWORD
from tests.his.gnuhealth.site import ROUNDING, Site, Ward
from tests.his.suite.programs import desk, log_of, until, values

pytestmark = pytest.mark.anyio


async def smartward(*arguments: str) -> tuple[int, str]:
    """Its exit code and all that it says."""
    command = [sys.executable, "-m", "smartward", *arguments]
    done = await anyio.run_process(command, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def settings(ward: Ward) -> dict[str, str]:
    return {"his_kind": "gnuhealth", "his_url": ward.site.url, "his_ward": str(ward.id),
            "his_auth": "basic", "his_user": "admin"}  # fmt: skip


def arguments(ward: Ward) -> list[str]:
    return [part for name, value in settings(ward).items() for part in ("--set", f"{name}={value}")]


async def roundings(site: Site, stay: int) -> list[dict[str, Any]]:
    """What is charted there of a stay, the oldest first."""
    clause = [["registration", "=", stay]]
    names = ["bpm", "temperature"]
    found = await site.rpc.model(ROUNDING, "search_read", clause, 0, 100, [["id", "ASC"]], names)
    return [{name: one[name] for name in names} for one in found]


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "programs: a running hub, there and back")
async def test_a_hub_runs_on_it(site: Site, tmp_path: Path) -> None:
    ward = await site.ward("1", "2", "3")
    stay = await ward.somebody("1")
    # The password is in the environment, as `site` has put it there.
    with House(tmp_path / "house") as house:
        hub = house.start_hub(his_poll_s="0.5", **settings(ward))
        hub.wait("his_up", True)
        hub.wait("encounters", 1)
        assert hub.state()["beds"] == 3
        # There -> here.
        await ward.round(stay, bpm=64)
        until(lambda: {"heart_rate": 64} in values(house).values(), "the rounding is here")
        # A screen -> there, from the disk of a hub that was killed right after its answer.
        (id,) = house.documents("encounter")
        with desk(house) as station:
            station.enter(id, temperature="37.2")
            hub.kill()
            hub = house.restart_hub()
            async with asyncio.timeout(30):
                while not [one for one in await roundings(site, stay) if one["temperature"]]:
                    assert hub.running
            hub.wait("his_up", True)
        there = await roundings(site, stay)
        assert [one["bpm"] for one in there if one["bpm"]] == [64]
        assert [one["temperature"] for one in there if one["temperature"]] == [37.2]
        other = await ward.somebody("2")
        hub.wait("encounters", 2)
        await ward.discharge(stay)
        await ward.discharge(other)
        hub.wait("encounters", 0)
        assert values(house) == {}
        hub.stop()
        log = log_of(house)
    assert "明" not in log
    assert PASSWORD not in log


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "his check from the command line")
async def test_the_check_from_the_command_line(site: Site) -> None:
    ward = await site.ward("1", "2")
    command = ["his", "check", "--kind", "gnuhealth"]
    for more, word in (([], "2 beds, 0 patients"), (["--wards"], ward.name)):
        code, said = await smartward(*command, site.url, *arguments(ward), *more)
        assert code == 0, said
        assert word in said
    code, said = await smartward(*command, "http://127.0.0.1:9/x", *arguments(ward))
    assert (code, "cannot be reached" in said) == (1, True)


@pytest.mark.verifies("GNU Health 5.0.6 over JSON-RPC", "a user with a nurse's rights")
async def test_a_nurses_rights_are_enough_but_for_allergies(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = await site.ward("1")
    stay = await ward.somebody("1")
    await ward.round(stay, bpm=64)
    await ward.order(stay, 8, 20)
    nurses = await site.one("res.group", "name", "=", "Health Nurse")
    house = site.rpc.context["company"]
    user = await site.make(
        "res.user", name="Hub", login="hub", password=PASSWORD, groups=[["add", [nurses]]],
        companies=[["add", [house]]], company=house,
    )  # fmt: skip
    party = await site.make(
        "party.party", name="Hub", gender="u", is_person=True, is_healthprof=True,
        fed_country="CHN", internal_user=user,
    )  # fmt: skip
    await site.make("gnuhealth.healthprofessional", party=party, institution=site.institution)
    monkeypatch.setenv(SECRET, PASSWORD)
    his = ward.his(his_user="hub")
    report = await his.check()
    assert (report.beds, report.encounters) == (1, 1)
    denied = {one.resource_type for one in report.rows if one.offered == "his.gnuhealth.denied"}
    assert denied == {"condition"}
    assert await his.takes() == {WriteKind.OBSERVATION}
    await his.close()


async def test_what_a_poll_costs_is_told(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """A ward of 20 with 10 roundings and 2 medicines each: figures for people, and a bound that
    only a defect reaches."""
    numbers = [str(number) for number in range(1, 21)]
    ward = await site.ward(*numbers)
    for number in numbers:
        stay = await ward.somebody(number)
        for _ in range(10):
            await ward.round(stay, systolic=120, diastolic=80, bpm=70, osat=97, temperature=36.5)
        for _ in range(2):
            await ward.order(stay, 6, 12, 18)
    clock, his = SystemClock(), ward.his()
    began = clock.monotonic()
    census = await his.census()
    looked = clock.monotonic()
    told = await his.changes([one.id for one in census.encounters], None)
    loaded = clock.monotonic()
    before = his._rpc.http.requests
    census = await his.census()
    quiet = await his.changes([one.id for one in census.encounters], told.watermark)
    ended = clock.monotonic()
    with capsys.disabled():
        print(
            f"\n20 beds: census {looked - began:.2f} s, load of {len(told.items)} documents "
            f"{loaded - looked:.2f} s, quiet poll {ended - loaded:.2f} s in "
            f"{his._rpc.http.requests - before} requests"
        )
    assert quiet.items == ()
    assert ended - loaded < 5
    await his.close()
