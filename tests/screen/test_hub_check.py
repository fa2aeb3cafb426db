"""What a screen's own check hears of its hubs, asked in the ward's order."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smartward.check_words import remedy, said
from smartward.clinical.device import ScreenRole
from smartward.clinical.device_check import CheckLine, How
from smartward.hub.app import Hub
from smartward.hub.http_server import HttpServer
from smartward.i18n import LANGUAGES
from smartward.screen.device_sheet import both_languages
from smartward.screen.hub_address import Hub as HubAddress
from smartward.screen.hub_check import Seen, all_of, clock_line
from smartward.wire.own_test import OwnTest
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import bed_id

pytestmark = pytest.mark.anyio

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[Ward, str]]:
    """A ward whose hub is on a port of this machine."""
    clock = ManualClock()
    hub = Hub(SETTINGS, tmp_path / "hub", clock, None)
    server = HttpServer(hub)
    await hub.start()
    await server.start()
    try:
        await docs.furnish(hub.store)
        yield Ward(hub, clock), server.url
    finally:
        await server.stop()
        await hub.stop()


async def checked(hub: HubAddress, ward: Ward, expected: str = "") -> dict[str, CheckLine]:
    _, lines = await all_of(hub, ward.clock, expected, call=False)
    return {line.what: line for line in lines}


def words(line: CheckLine) -> list[str]:
    return [said(line, one) for one in both_languages()]


async def test_with_the_ward_on_its_standby_that_one_is_asked(house: tuple[Ward, str]) -> None:
    ward, url = house
    device = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    hub = HubAddress(url=NOBODY, others=(url,), token=ward.tokens[device.id])
    found = await checked(hub, ward, "3")
    assert (found["hub"].how, found["hub"].values["url"]) == (How.OK, url)
    assert found["place"].key == "check.place"
    # The first that answers is believed: the order is the ward's.
    again = await checked(HubAddress(url=url, others=(NOBODY,), token=hub.token), ward)
    assert again["hub"].how is How.OK


async def test_where_none_answers_the_first_is_told_with_the_command_that_shows_it(
    house: tuple[Ward, str],
) -> None:
    ward, _ = house
    hub = HubAddress(url=NOBODY, others=("http://127.0.0.1:1",), token="t")
    away = (await checked(hub, ward))["hub"]
    assert (away.key, away.values["url"]) == ("check.hub_away", NOBODY)
    assert all(f"curl {NOBODY}/health" in remedy(away, one) for one in both_languages())
    line = CheckLine(
        away.what, away.how, away.key, {**away.values, "ca": " --cacert /var/lib/x/hub-ca.pem"}
    )
    assert f"curl --cacert /var/lib/x/hub-ca.pem {NOBODY}/health" in remedy(
        line, both_languages()[0]
    )


async def test_a_station_is_of_no_bed_and_no_dash_stands_for_one(house: tuple[Ward, str]) -> None:
    ward, url = house
    device = await ward.enrol(ScreenRole.STATION)
    hub = HubAddress(url=url, token=ward.tokens[device.id])
    found = await checked(hub, ward)
    assert (found["hub"].how, found["place"].how) == (How.OK, How.OK)
    told = [*words(found["hub"]), *words(found["place"])]
    assert len(told) == 2 * len(LANGUAGES)
    assert not any(" -" in one or "- " in one or "-。" in one for one in told), told
    wrong = (await checked(hub, ward, "3"))["place"]
    assert (wrong.key, wrong.how) == ("check.not_of_a_bed", How.FAULT)
    assert all("3" in one for one in words(wrong))


@pytest.mark.parametrize(
    "skew_s, way_s, how",
    [
        (-4.0, 0.2, How.OK),
        (-6.0, 0.2, How.FAULT),
        (-6.0, 11.5, How.NOT_TESTED),  # the same clock, and all of the time lost on the way back
        (4.0, 11.5, How.NOT_TESTED),
        (60.0, 11.5, How.FAULT),
    ],
)
async def test_a_hub_that_answers_late_makes_no_clock_wrong(
    skew_s: float, way_s: float, how: How
) -> None:
    told = OwnTest(
        now=ManualClock().now(),
        device_id="d",
        role=ScreenRole.BEDSIDE,
        place=None,
        label="",
        ward="w",
        state="none",
    )
    line = clock_line(Seen(hub=told, skew_s=skew_s, way_s=way_s))
    assert line.how is how
    assert all(str(round(way_s, 1)) in text for text in words(line)) or how is not How.NOT_TESTED
