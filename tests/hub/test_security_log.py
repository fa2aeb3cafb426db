"""The lines that a hospital's security people search for: each with its id, none with a person."""

import logging
from pathlib import Path

import pytest

from smartward.clinical.audit import About
from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured
from smartward.hub import security_log
from tests.hub.conftest import Ward
from tests.hub.test_pairing import Box, command
from tests.project.repo import ROOT

pytestmark = pytest.mark.anyio

PAGE = ROOT / "packaging" / "fleet.md"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "smartward.security"]


def ids(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line.split()[0] for line in lines(caplog)]


@pytest.mark.expects_log("a second machine has the key")
async def test_a_copied_machine_a_refused_code_and_a_wipe_are_told(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smartward.security")
    box = Box(ward)
    code = await box.code()
    with pytest.raises(Misconfigured):
        await command(ward, "approve", "222222", "--bed", "1")
    assert ids(caplog) == ["SW-1031"]
    await command(ward, "approve", code, "--bed", "1")
    given = await box.paired()
    caplog.clear()
    copy = Box(ward, machine="m2", key=box.key, address="192.0.2.66")
    assert (await copy.ask()).state == "clone"
    (line,) = lines(caplog)
    assert line.startswith("SW-1001 severity=error event=device.clone ")
    assert given.device_id in line
    assert "address=192.0.2.66" in line
    caplog.clear()
    await command(ward, "wipe", given.device_id)
    assert ids(caplog) == ["SW-1020", "SW-1021"]


async def test_the_lines_of_one_approval_name_one_device(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smartward.security")
    box = Box(ward)
    code = await box.code()
    await command(ward, "approve", code, "--bed", "1")
    given = await box.paired()
    assert {"SW-1010", "SW-1011", "SW-1012"} <= set(ids(caplog))
    for line in lines(caplog):
        if line[:7] in ("SW-1010", "SW-1011", "SW-1012"):
            assert f" device={given.device_id} " in line


async def test_who_is_enrolled_is_told_and_other_rows_of_the_audit_are_not(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smartward.security")
    await ward.enrol(ScreenRole.BEDSIDE, "1")
    security_log.tell("sheet.open", "applied", About(kind="bed", id="his.bed-1"), None)
    assert ids(caplog) == ["SW-1010"]


def test_what_a_stranger_calls_itself_is_in_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "smartward.security")
    detail = {"serial": "李红", "machine": "ab12 李红\n", "address": "192.0.2.7"}
    security_log.tell("device.clone", "applied", About(kind="device", id="d", detail=detail), None)
    (line,) = lines(caplog)
    assert "李红" not in line
    assert "machine=ab12?" in line
    assert "address=192.0.2.7" in line


def test_nothing_of_a_row_begins_a_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "smartward.security")
    forged = "x\nSW-1020 severity=warning event=device.revoke device=all"
    about = About(kind="device", id=forged, detail={"order": forged})
    security_log.tell("device.ordered", "refused", about, forged)
    (line,) = lines(caplog)
    assert "\n" not in line
    assert line.count("severity=") == 1


def test_every_id_is_another_and_stands_on_the_operators_page() -> None:
    events = [*security_log.DONE.values(), *security_log.REFUSED.values()]
    found = [event.id for event in events]
    assert len(set(found)) == len(found)
    page = Path(PAGE).read_text(encoding="utf-8")
    for event in events:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{event.id}` "))
        assert f"| {event.severity} |" in row
