"""What a screen proves itself by lies wrapped where its machine has a key for that: it is known by
it over TLS as ever; who has the folder without that key is nobody; a key that comes back helps."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from smartward.clinical.device_check import How
from smartward.device_key import FILE, DeviceKey
from smartward.hub.enrol import ask
from smartward.screen import enrolled
from smartward.screen.hub_address import Hub as HubAddress
from smartward.screen.hub_check import certificate_line
from smartward.screen.standing import DONE, WAITING
from smartward.wrapping import CREDENTIAL, KEY_BYTES, is_wrapped
from tests.hub.tls_house import House
from tests.screen.test_damaged import started
from tests.screen.test_pairing import Hurried, Machine, house, machine

pytestmark = pytest.mark.anyio
__all__ = ["house"]

Give = Callable[[bool], None]
OWN = (FILE, enrolled.CERTIFICATE)


@pytest.fixture
def give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Give:
    """Hand the key over as the service manager does, or none."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))

    def give(there: bool) -> None:
        (folder / CREDENTIAL).unlink(missing_ok=True)
        if there:
            (folder / CREDENTIAL).write_bytes(bytes(range(KEY_BYTES)))

    return give


def again(one: Machine) -> Machine:
    """The same machine at a later start."""
    return replace(one, shown=[], waits=asyncio.Event())


@pytest.mark.long
@pytest.mark.expects_log("a new key is made", "cannot be read now")
async def test_a_screen_with_a_wrapping_key_is_known_and_without_it_is_nobody(
    house: House, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(True)
    one = machine(house)
    one.clock = Hurried()
    paired = await one.approved(role="bedside", place="1")
    own = DeviceKey.load_or_make(one.folder).public
    assert all(is_wrapped(one.folder / name) for name in OWN)
    assert not [file for file in one.folder.iterdir() if b"PRIVATE KEY" in file.read_bytes()]
    found, _ = started(one, monkeypatch)
    assert found is not None
    assert not found.bare
    HubAddress(url=house.url, token="t", ca=found.ca, certificate=found.shown).check()
    line = certificate_line(found.certificate, house.ward.clock.now())
    assert line.how is How.OK
    device_id = paired.what.device_id
    await asyncio.to_thread(ask, house.ward.hub.admin.path, do="trust", device_id=device_id)
    # The hub gives the next certificate over TLS to who shows this one, and to nobody else.
    later = again(one)
    await later.pair()
    assert later.shown[-1].state == DONE
    assert is_wrapped(found.certificate)
    before = {name: (one.folder / name).read_bytes() for name in OWN}
    give(False)
    found, _ = started(one, monkeypatch)
    assert found is not None
    assert found.bare
    assert found.shown is None
    assert {name: (one.folder / name).read_bytes() for name in OWN} == before
    thief = again(one)
    pairing = thief.tasks.spawn(thief.pair(), "pairing")
    assert (await thief.told()).state == WAITING
    pairing.cancel()
    assert DeviceKey.load_or_make(one.folder).public != own
    give(True)
    found, _ = started(one, monkeypatch)
    assert found is not None
    assert not found.bare, "nobody paired it meanwhile: it is what it was"
    assert DeviceKey.load_or_make(one.folder).public != own, "as the hub allows to the same machine"
    assert all(is_wrapped(one.folder / name) for name in OWN)


async def test_a_pairing_that_lay_open_is_wrapped_at_the_next_start(
    house: House, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(False)
    one = machine(house)
    paired = await one.approved(role="bedside", place="1")
    lay = paired.certificate.open("rb")
    secret = lay.read()
    give(True)
    own = DeviceKey.load_or_make(one.folder).public
    found, _ = started(one, monkeypatch)
    assert found is not None
    assert not found.bare
    assert all(is_wrapped(one.folder / name) for name in OWN)
    lay.seek(0)
    assert lay.read() == bytes(len(secret)), "it is overwritten where it lay"
    lay.close()
    assert DeviceKey.load_or_make(one.folder).public == own
