"""When it is night on which screen, set at the hub's console: kept, audited, listed, and sent to
the screens of the ward."""

from typing import Any

import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.night_hours import NightBy, NightHours
from smartward.clinical.ward import Ward as WardDocument
from smartward.errors import Misconfigured
from smartward.hub.store.model import decode
from tests.hub.conftest import Ward
from tests.hub.staff import admin, told
from tests.hub.test_fleet_cli import as_json, typed
from tests.hub.test_orders import listening
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR = ScreenRole.BEDSIDE, ScreenRole.DOOR


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


async def kept(ward: Ward) -> NightHours:
    stored = await ward.stored("night_hours", "night_hours")
    return NightHours() if stored is None else decode(stored.body, NightHours)


async def test_hours_are_set_for_one_for_a_role_and_for_all_and_listed(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = [await ward.enrol(BEDSIDE, place, label=f"Bed {place}") for place in "12"]
    door = await ward.enrol(DOOR, "R1")
    assert (await typed(ward, capsys, "night")) == (0, "Night on the ward: 22:00-06:00\n")
    for words in (
        ("--ward", "--hours", "21:00-07:00"),
        ("--role", "door", "--hours", "20:30-6:15"),
        (one.id[:30], "--never"),
    ):
        code, text = await typed(ward, capsys, "night", *words)
        assert code == 0
    assert text.splitlines() == [
        "Night on the ward: 22:00-06:00",
        "All screens: 21:00-07:00",
        "Each door screen: 20:30-06:15",
        f"bedside screen Bed 1 ({one.id}): none",
    ]
    rows = {row["device_id"]: row["night"] for row in (await as_json(ward, capsys))["devices"]}
    assert rows == {
        one.id: {"hours": "", "by": "device"},
        other.id: {"hours": "21:00-07:00", "by": "all"},
        door.id: {"hours": "20:30-06:15", "by": "role"},
    }
    listed = (await typed(ward, capsys))[1].splitlines()
    assert [line.split("  ")[-1].strip() for line in listed[-3:]] == [
        *("none (its own)", "21:00-07:00 (all screens')", "20:30-06:15 (its kind's)"),
    ]
    said = [row for row in await told(ward) if row.kind == "device.night"]
    assert [(row.about.id, row.about.detail["hours"]) for row in said] == [
        *(("all", "21:00-07:00"), ("door", "20:30-6:15"), (one.id, "never")),
    ]
    assert {row.by.known for row in said} == {"os_user"}
    for words in (("--ward",), ("--role", "door"), (one.id,)):
        await typed(ward, capsys, "night", *words, "--as-ward")
    assert await kept(ward) == NightHours()


async def test_what_is_no_night_is_refused_with_its_remedy(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = await ward.enrol(ScreenRole.GATEWAY)
    for words, key in (
        (("--ward", "--hours", "21-7"), "night.hours"),
        (("--ward",), "night.no_hours"),
        (("--never",), "order.told.which"),
        (("--ward", "--role", "door", "--never"), "order.told.which"),
        (("nobody", "--never"), "fleet.unknown"),
        ((gateway.id, "--never"), "enrol.unknown_device"),
    ):
        with pytest.raises(Misconfigured) as refused:
            await typed(ward, capsys, "night", *words)
        assert refused.value.key == key, words
    assert await kept(ward) == NightHours()
    said = [row for row in await told(ward) if row.kind == "device.night"]
    assert [(row.outcome, row.key) for row in said] == [
        *(("refused", "night.hours"), ("refused", "enrol.unknown_device")),
    ]


async def test_a_screen_is_told_at_once_and_one_that_is_none_of_ours_has_no_hours(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = await listening(ward, BEDSIDE, "1")
    id = screen.device.id
    await typed(ward, capsys, "night", id, "--hours", "20:00-08:00")
    await screen.until(lambda mirror: ("night_hours", "night_hours") in mirror.documents)
    _, body = screen.mirror.documents["night_hours", "night_hours"]
    nights: Any = decode(body, NightHours)
    hours, by = nights.of(WardDocument(id=WARD, name=""), BEDSIDE, id)
    assert (hours.start.hour, hours.end.hour, by) == (20, 8, NightBy.DEVICE)
    await screen.hang_up()
    # The one that stands in its place has its hours; with the last one they go.
    answer = await admin(ward, "enrol", role="bedside", place="1", replace=True)
    (rule,) = (await kept(ward)).rules
    assert rule.device_id == answer["device_id"]
    await admin(ward, "revoke", device_id=rule.device_id)
    assert await kept(ward) == NightHours()
