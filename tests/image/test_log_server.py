"""What a bedside of the image tells the hospital's log server: by TLS, as RFC 5424 has it, and
nothing of a patient.

In the order of a device's day; each test leaves the machine running for the next.
"""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import CALL_AT, DRAWN_S, drawn, shows_call
from tests.image.hung import wait_for_shell
from tests.image.kept import kept
from tests.image.log_server import LogServer, certificate
from tests.image.vm import ESP_AT, Machine, prepare, run, wait_for
from tests.image.ward import HOST, Ward
from tests.privacy_search import search

BED = "3"
NAME = "siem.example.org"
_LINE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)) "
    r"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128}) (?P<id>[!-~]{1,32}) "
    r"(?P<data>-|(\[[^]]*\])+)( (?P<text>.*))?",
    re.DOTALL,
)
"""RFC 5424, 6: the head of each message."""
_HOST = "smartward-525400535701"
"""By the address of the machine's card."""
_DAEMON, _WARNING = 3 * 8, 4
_AGAIN_S = 300
"""Until a log server that is back is spoken to: it is tried again every half minute."""


@pytest.fixture(scope="module")
def siem(folder: Path) -> Iterator[LogServer]:
    """The hospital's log server."""
    _, shown, key = certificate(folder / "hospital", NAME)
    server = LogServer(shown, key)
    yield server
    server.close()
    (folder / "lines.txt").write_text("\n".join(server.lines))


@pytest.fixture(scope="module")
def bedside(image: Path, folder: Path, ward: Ward, siem: LogServer) -> Iterator[Machine]:
    """A bedside whose start partition names the log server, and lists what is no number of USB."""
    copy = prepare(image, folder / "bedside.img")
    ward.name_on_start(copy, folder / "seed")
    settings, authority = folder / "seed/device.toml", folder / "seed/log-ca.pem"
    settings.write_text(f'log_server = "{NAME}:{siem.port}"\n[usb]\nkeyboards = ["reader"]\n')
    authority.write_bytes((folder / "hospital/ca.pem").read_bytes())
    run("mcopy", "-o", "-i", f"{copy}@@{ESP_AT}", settings, authority, "::")
    machine = Machine(copy, folder / "bedside")
    usb = ("-audiodev", "none,id=silence", "-device", "qemu-xhci,id=usb")
    machine.panel = (*machine.panel, *usb)
    with machine:
        wait_for_shell(machine, DRAWN_S)
        # What the house's name server would know.
        machine.shell(f"echo {HOST} {NAME} >> /etc/hosts")
        drawn(machine)
        yield machine


def has(siem: LogServer, *words: str) -> str | None:
    """The first line that has all these words, if one came."""
    return next((one for one in list(siem.lines) if all(word in one for word in words)), None)


def plug(machine: Machine, driver: str, id: str, **more: str | bool) -> None:
    """As if somebody plugged it in now."""
    machine.ask("device_add", driver=driver, id=id, bus="usb.0", **more)


def test_lines_of_the_screen_and_its_events_arrive(
    bedside: Machine, ward: Ward, siem: LogServer
) -> None:
    (asks,) = wait_for("its code at the hub", 300, ward.waiting)
    ward.approve(asks["code"], bed=BED)
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
    wait_for("its bed on the screen", 300, lambda: shows_call(bedside))
    wait_for("what its list leaves out", 300, lambda: has(siem, "SW-1105 severity=error"))
    assert has(siem, " kernel - - "), "all of the journal goes there"
    plug(bedside, "usb-kbd", "keys")
    told = wait_for("the keyboard", 120, lambda: has(siem, "SW-1101", "kind=keyboard"))
    assert "severity=warning event=usb.new" in told
    heads = [_LINE.fullmatch(one) for one in list(siem.lines)]
    assert None not in heads
    assert {head["host"] for head in heads if head} == {_HOST}
    head = _LINE.fullmatch(told)
    assert head
    assert (head["pri"], head["app"]) == (str(_DAEMON + _WARNING), "smartward-screen")


def test_it_speaks_to_its_own_log_server_alone_and_forgets_nothing_meanwhile(
    bedside: Machine, siem: LogServer, folder: Path
) -> None:
    siem.close()
    bedside.ask("chardev-add", id="line", backend={"type": "null", "data": {}})
    plug(bedside, "usb-serial", "serial", chardev="line", **{"always-plugged": True})
    other = LogServer(*certificate(folder / "somebody", NAME)[1:], siem.port)
    try:
        wait_for("that it came and went", _AGAIN_S, lambda: other.left)
    finally:
        other.close()
    assert other.lines == []
    siem.open()
    wait_for("what came meanwhile", _AGAIN_S, lambda: has(siem, "SW-1101", "usb=0403:6001"))


def test_nothing_of_a_patient_and_no_secret_is_told(
    bedside: Machine, ward: Ward, siem: LogServer, folder: Path
) -> None:
    before = kept(bedside, ward, BED)
    bedside.touch(*CALL_AT)
    wait_for("the call at the hub", 60, ward.calls)
    bedside.network(up=False)
    bedside.touch(*CALL_AT)
    down = "journalctl -b -u smartward-screen -o cat --no-pager | grep -c ' is down'"
    wait_for("that the screen knows it", 120, lambda: bedside.shell(down) != "0")
    bedside.network(up=True)
    ward.happen("discharge", BED)
    wait_for("that the hub knows it", 120, lambda: ward.house.bed(BED)["occupants"] == [])
    wait_for("the feed's return", _AGAIN_S, lambda: has(siem, " is up again after "))
    told = folder / "told"
    told.mkdir()
    (told / "lines.txt").write_text("\n".join(siem.lines))
    own = bedside.shell("cd /var/lib/smartward-screen; cat token; echo; base64 -w0 device.key")
    secrets = [word for word in own.split() if len(word) > 8]
    secrets += [form for key in before.keys for form in (key.hex(), base64.b64encode(key).decode())]
    assert len(secrets) >= 4
    assert [one.word for one in search(told, [*before.texts, *secrets])] == []
