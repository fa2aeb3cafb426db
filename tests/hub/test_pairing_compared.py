"""The hub's side of a screen that does not know whom to believe: nobody can name it before it has
shown what its code is made of, and what it was shown is what this hub gives."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from smartward.device_key import DeviceKey, tls_request
from smartward.errors import BadData, Misconfigured
from smartward.hub.offered import authorities
from smartward.hub.options import Options
from smartward.hub.pairing_requests import MOST, MOST_OF_ONE
from smartward.hub.pairing_waiting import MOST_NEW
from smartward.hub.tls import make_certificates
from smartward.i18n import of_terminal
from smartward.wire import pairing as wire
from smartward.wire.pairing import Compared, PairingAnswer
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.test_pairing import command, kinds, waiting

pytestmark = pytest.mark.anyio

GIVEN = "what this hub gives"
OURS = wire.fingerprint(GIVEN)


class Stranger:
    """A screen that was told by nobody whom to believe."""

    def __init__(
        self, ward: Ward, nonce: str = "5" * 32, authority: str = OURS, address: str = "192.0.2.7"
    ) -> None:
        self.address = address
        self.machine = "m1:-:-"
        ward.hub.pairing.offered = GIVEN
        self.ward = ward
        self.key = DeviceKey.passing()
        self.csr = tls_request()[1]
        self.compared = Compared(authority, nonce)
        self.salt = ""
        self.denied = ""

    async def ask(self, shows: str | None = None) -> PairingAnswer:
        """Once; `shows`: another nonce than the one it is bound to."""
        asked = wire.asked(
            self.key,
            self.csr,
            self.machine,
            serial="S-1",
            version="1",
            salt=self.salt,
            compared=self.compared,
            denied=self.denied,
        )
        if shows is not None:
            asked = msgspec.structs.replace(asked, nonce=shows, proof="")
            asked = msgspec.structs.replace(asked, proof=self.key.sign(asked.signed()).hex())
        found = await self.ward.hub.pairing.ask(msgspec.json.encode(asked), self.address)
        self.salt = found.salt
        return found

    def code(self) -> str:
        return wire.code_of(self.key.public, self.salt, self.compared)


async def codes(ward: Ward) -> list[str]:
    """By which people can name those that wait."""
    return [one["code"] for one in await waiting(ward)]


async def test_it_can_be_named_once_it_has_shown_what_its_code_is_made_of(
    ward: Ward, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    one = Stranger(ward)
    assert (await one.ask()).state == "waiting"
    assert await codes(ward) == []
    with pytest.raises(BadData, match="nonce"):
        await one.ask(shows="6" * 32)
    assert await codes(ward) == []
    await one.ask()
    (told,) = await waiting(ward)
    assert (told["code"], told["compares"]) == (one.code(), True)
    parts = {
        one.code(),
        wire.code_of(one.key.public, one.salt),
        wire.code_of(one.key.public, one.salt, replaced(one.compared, nonce="6" * 32)),
        wire.code_of(one.key.public, one.salt, replaced(one.compared, authority="7" * 64)),
    }
    assert len(parts) == 4
    capsys.readouterr()
    assert await command(ward, "approve", one.code(), "--bed", "1", "--role", "bedhead") == 0
    said = capsys.readouterr()
    given = await one.ask()
    assert (given.state, wire.promise(given.word)) == ("paired", one.salt)
    number = wire.number_of(one.key.public, one.compared, given.word)
    answer = json.loads(said.out)
    assert answer["number"] == number
    assert len(number) == 4
    assert f"Type {number} at the screen that shows {one.code()}, within 10 minutes" in said.err
    assert "smartward enrol waiting" in said.err
    # Whoever reads it late reads it again, until the screen asks no more.
    ward.clock.advance(240)
    assert await command(ward, "waiting") == 0
    again = capsys.readouterr()
    assert json.loads(again.out).items() <= (answer | {"left_s": 360}).items()
    assert again.err == said.err.replace("10 minutes", "6 minutes")
    ward.clock.advance(359)
    assert await command(ward, "waiting") == 0
    assert "within a minute" in capsys.readouterr().err
    ward.clock.advance(1)
    assert await command(ward, "waiting") == 0
    assert capsys.readouterr().err == f"{of_terminal().text('enrol.nobody_waits')}\n"
    # A moment later it lost what it was given, but knows the authority by now.
    one.compared, one.salt = wire.KNOWN, ""
    assert (await one.ask()).state == "waiting"
    assert (await one.ask()).state == "paired"


async def test_the_word_is_told_with_the_approval_and_not_before(ward: Ward) -> None:
    """Or whoever stands between had requests approved of which it knows the number."""
    one = Stranger(ward)
    found = [await one.ask(), await one.ask(), await one.ask()]
    assert {(each.state, each.word) for each in found} == {("waiting", "")}
    assert (await waiting(ward))[0].keys().isdisjoint({"word", "number"})
    parts = {
        wire.number_of(key, compared, word)
        for key in ("a", "b")
        for compared in (one.compared, Compared(OURS, "6" * 32), Compared("7" * 64, "5" * 32))
        for word in ("c", "d")
    }
    assert len(parts) == 12


@pytest.mark.expects_log("a screen was not told the number of this hub")
async def test_who_says_that_the_number_was_wrong_is_told_of_once_and_marked(ward: Ward) -> None:
    one = Stranger(ward)
    one.denied = OURS
    for _ in range(2):
        await one.ask()
    (told,) = await waiting(ward)
    assert told["denied"] is True
    assert (await kinds(ward)).count("device.denied") == 1


def replaced(compared: Compared, **what: str) -> Compared:
    return msgspec.structs.replace(compared, **what)


async def test_who_binds_itself_anew_has_another_salt_and_nobodys_word_any_more(ward: Ward) -> None:
    """As after a power cut, or of one who looks for a code: what was approved was another code."""
    one = Stranger(ward)
    await one.ask()
    await one.ask()
    before, salt = one.code(), one.salt
    assert await command(ward, "approve", before, "--bed", "1", "--role", "bedhead") == 0
    one.compared, one.salt = Compared(OURS, "8" * 32), ""
    assert (await one.ask()).state == "waiting"
    assert one.salt != salt
    assert (await one.ask()).state == "waiting"
    assert await codes(ward) == [one.code()] != [before]
    assert await command(ward, "refuse", one.code()) == 0
    one.compared, one.salt = Compared(OURS, "9" * 32), ""
    assert (await one.ask()).state == "refused"


async def test_a_key_that_begins_anew_and_anew_shuts_nobody_out(ward: Ward) -> None:
    one = Stranger(ward)
    states = []
    for turn in range(MOST_NEW + 1):
        one.compared, one.salt = Compared(OURS, f"{turn:032x}"), ""
        states.append((await one.ask()).state)
    assert states == ["waiting"] * MOST_OF_ONE + ["full"] * (MOST_NEW + 1 - MOST_OF_ONE)
    assert (await Stranger(ward, address="192.0.2.8").ask()).state == "waiting"


@pytest.mark.expects_log("too many screens ask")
async def test_whom_nobody_could_refuse_takes_no_place_for_long(ward: Ward) -> None:
    """They never show what their code is made of, and so stand in no list."""
    states = [(await Stranger(ward).ask()).state for _ in range(MOST_OF_ONE + 1)]
    assert states == ["waiting"] * MOST_OF_ONE + ["full"]
    assert await codes(ward) == []
    ward.clock.advance(61)
    late = Stranger(ward)
    assert (await late.ask()).state == "waiting"
    await late.ask()
    assert await codes(ward) == [late.code()]


@pytest.mark.expects_log("a screen was shown other authorities than ours")
async def test_who_was_shown_something_else_waits_nowhere(ward: Ward) -> None:
    one = Stranger(ward, authority=wire.fingerprint("another house"))
    for _ in range(2):
        with pytest.raises(BadData, match="other_authority"):
            await one.ask()
    assert await codes(ward) == []


@pytest.mark.expects_log("a screen was shown other authorities", "a second machine has the key")
async def test_many_tales_of_somebody_between_hide_no_copy(ward: Ward) -> None:
    for turn in range(MOST):
        one = Stranger(ward, authority=wire.fingerprint("another house"))
        one.machine = f"m{turn}:-:-"
        with pytest.raises(BadData, match="other_authority"):
            await one.ask()
    one = Stranger(ward)
    one.machine = "m1:1:1"
    assert (await one.ask()).state == "waiting"
    one.machine = "m2:2:2"
    assert (await one.ask()).state == "clone"
    assert (await kinds(ward)).count("device.clone") == 1


def test_a_hub_gives_the_authority_that_signed_its_certificate_and_no_other(
    tmp_path: Path,
) -> None:
    options = Options(
        settings=SETTINGS,
        data_dir=tmp_path / "d",
        clock=None,
        control=None,
        init=True,
        restored=False,
        names=(),
    )
    assert authorities(SETTINGS, tmp_path / "d") == ""
    made = make_certificates(options, ManualClock().now())
    other = make_certificates(replace(options, data_dir=tmp_path / "o"), ManualClock().now())
    settings = replace(SETTINGS, tls_cert=made["tls_cert"], tls_key=made["tls_key"])
    given = Path(made["ca"]).read_text()
    assert authorities(settings, tmp_path / "d") == given
    assert authorities(settings, tmp_path / "o") == ""  # a certificate of the hospital's own
    # A key that lies in the same file is nobody's business.
    both = tmp_path / "both.pem"
    both.write_text(Path(made["tls_key"]).read_text() + given)
    assert authorities(replace(settings, tls_ca=str(both)), tmp_path / "o") == given
    for wrong in (other["ca"], made["tls_key"]):
        with pytest.raises(Misconfigured, match=r"hub\.tls_ca"):
            authorities(replace(settings, tls_ca=wrong), tmp_path / "d")
    with pytest.raises(Misconfigured, match=r"hub\.tls_file"):
        authorities(replace(settings, tls_ca=str(tmp_path / "lost.pem")), tmp_path / "d")
