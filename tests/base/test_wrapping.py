"""What proves who a device is, wrapped with a key that is not on its disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from smartward import check, storage, wrapping
from smartward.clinical.device_check import How
from smartward.clinical.screen_health import Keys
from smartward.device_key import FILE, DeviceKey
from smartward.errors import StorageFault
from smartward.i18n import of_terminal
from smartward.screen.health import figures
from smartward.screen.keys_kept import keys, keys_kept
from smartward.screen.seal_keys import FILE as KEYS
from smartward.screen.seal_keys import KeyFile
from smartward.wrapping import CREDENTIAL, KEY_BYTES, Closed

Give = Callable[[bytes | None], None]
ONE, OTHER = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)


@pytest.fixture
def give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Give:
    """Hand a key over as the service manager does, or none."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))

    def give(key: bytes | None) -> None:
        (folder / CREDENTIAL).unlink(missing_ok=True)
        if key is not None:
            (folder / CREDENTIAL).write_bytes(key)

    return give


def test_a_file_opens_with_its_key_and_under_its_name_alone(tmp_path: Path, give: Give) -> None:
    file = tmp_path / "secret"
    give(ONE)
    wrapping.write(file, b"who I am")
    assert wrapping.read(file) == b"who I am"
    assert b"who I am" not in file.read_bytes()
    renamed = tmp_path / "other"
    renamed.write_bytes(file.read_bytes())
    with pytest.raises(Closed):
        wrapping.read(renamed)
    file.write_bytes(file.read_bytes()[:25])
    with pytest.raises(Closed):
        wrapping.read(file)
    give(None)
    wrapping.write(file, b"who I am")
    assert file.read_bytes() == b"who I am"


def test_a_devices_key_is_the_same_with_its_wrapping_and_none_without(
    tmp_path: Path, give: Give
) -> None:
    state = tmp_path / "state"
    give(ONE)
    first = DeviceKey.load_or_make(state)
    assert DeviceKey.load_or_make(state).public == first.public
    kept = (state / FILE).read_bytes()
    for key in (None, OTHER):
        give(key)
        with pytest.raises(StorageFault):
            DeviceKey.load_or_make(state)
        assert (state / FILE).read_bytes() == kept, "who lacks the key has spoilt nothing"
    give(ONE)
    assert DeviceKey.to_be_paired(state).public == first.public


@pytest.mark.expects_log("a new key is made")
def test_who_asks_to_be_paired_gets_another_key_where_its_own_is_closed(
    tmp_path: Path, give: Give
) -> None:
    state = tmp_path / "state"
    give(ONE)
    first = DeviceKey.load_or_make(state)
    give(OTHER)
    second = DeviceKey.to_be_paired(state)
    assert second.public != first.public
    assert DeviceKey.load_or_make(state).public == second.public
    assert wrapping.is_wrapped(state / FILE)


def test_a_key_that_lay_there_open_is_wrapped_and_overwritten(tmp_path: Path, give: Give) -> None:
    state = tmp_path / "state"
    give(None)
    first = DeviceKey.load_or_make(state)
    lay = (state / FILE).open("rb")
    plain = lay.read()
    give(ONE)
    assert DeviceKey.load_or_make(state).public == first.public
    assert plain not in (state / FILE).read_bytes()
    lay.seek(0)
    assert lay.read() == bytes(len(plain)), "it is overwritten where it lay"
    lay.close()
    assert [file.name for file in state.iterdir()] == [FILE]


@pytest.mark.expects_log("cannot be wrapped")
@pytest.mark.parametrize("cut", ["write_whole", "overwrite"])
def test_after_a_power_cut_the_next_start_goes_on(
    tmp_path: Path, give: Give, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    state = tmp_path / "state"
    give(None)
    first = DeviceKey.load_or_make(state)
    lay = (state / FILE).open("rb")
    plain = lay.read()
    give(ONE)

    def fails(*_: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as during:
        during.setattr(storage, cut, fails)
        assert DeviceKey.load_or_make(state).public == first.public
    assert DeviceKey.load_or_make(state).public == first.public
    lay.seek(0)
    assert lay.read() == bytes(len(plain))
    lay.close()
    assert [file.name for file in state.iterdir()] == [FILE]


def test_no_key_in_the_open_where_there_is_none(tmp_path: Path, give: Give) -> None:
    give(ONE)
    wrapping.take_over(tmp_path / FILE)
    assert not (tmp_path / FILE).exists()


def test_check_tells_of_each_file_whether_the_disk_alone_opens_it(
    tmp_path: Path, give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"

    def told() -> list[str]:
        capsys.readouterr()
        check.main(["--data-dir", str(state)])
        lines = capsys.readouterr().out.splitlines()
        return [line.removeprefix(FILE).strip() for line in lines if line.startswith(FILE)]

    assert keys_kept(state) is Keys.UNKNOWN
    give(None)
    DeviceKey.load_or_make(state)
    assert (keys(state).how, keys(state).key) == (How.OK, "check.keys_weaker")
    for key in ("check.keys_weaker", "fleet.keys.weaker"):
        assert "one of its key files" in of_terminal().text(key), "it says of what"
    assert figures(state).keys is Keys.WEAKER, "as the hub is told"
    (weaker,) = told()
    assert weaker.startswith("weaker: whoever has this disk can speak as this screen")
    give(ONE)
    DeviceKey.load_or_make(state)
    (wrapped,) = told()
    assert figures(state).keys is Keys.WRAPPED
    before = wrapping.former(state / FILE)
    before.write_bytes(bytes(32))
    assert keys_kept(state) is Keys.WEAKER, "what a power cut kept from being overwritten"
    assert told() == [weaker]
    before.unlink()
    KeyFile(state / KEYS).close()
    assert keys_kept(state) is Keys.UNKNOWN, "no key in one of them"
    (state / KEYS).unlink()
    assert wrapped.startswith("wrapped")
