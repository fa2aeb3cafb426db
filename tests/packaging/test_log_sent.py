"""Whether the image's log goes to the hospital's log server: tried against a real listener."""

from pathlib import Path

import pytest

from smartward.device.fault_keys import LOG_FAULT
from smartward.device.log_server import LogServerWatch
from tests.fakes.fake_clock import ManualClock
from tests.image.log_server import LogServer, certificate
from tests.packaging.image_program import Image

NAME = "localhost"
HOUR_S = 3600
DAYS_S = 172_800


class Logged:
    """A device whose hub is known, and what its screen is told of its log server."""

    def __init__(self, folder: Path) -> None:
        self.image = Image.below(folder)
        self.image.write("house/screen.toml", 'hub = "https://127.0.0.1:8700"\n')
        self.said = ""

    def name(self, host: str, port: int, ca: Path) -> None:
        """In device.toml, with the authority beside it."""
        self.image.write("house/device.toml", f'log_server = "{host}:{port}"\n')
        self.image.write("house/log-ca.pem", ca.read_text())

    def why(self, after_s: int) -> str:
        """One look, so long after the first: what the screen finds then."""
        self.image.write("uptime", f"{DAYS_S + after_s}.00 100.00\n")
        done = self.image.run("open_firewall.py")
        assert done.returncode == 0, done.stderr
        self.said = done.stderr
        told = self.image.folder / "log/why"
        return told.read_text() if told.exists() else ""


def test_a_log_server_that_is_away_for_long_is_told_and_one_that_is_well_left_alone(
    tmp_path: Path,
) -> None:
    ca, shown, key = certificate(tmp_path / "hospital", NAME)
    device = Logged(tmp_path)
    assert device.why(0) == "", "none is named"
    server = LogServer(shown, key)
    device.name(NAME, server.port, ca)
    try:
        assert (device.why(0), device.said) == ("", "")
        server.close()
        assert (device.why(HOUR_S - 1), device.said) == ("", ""), "nobody is asked again so soon"
        assert device.why(HOUR_S) == "", "it may be starting anew"
        assert f"{NAME}:{server.port}: no log goes there" in device.said
        assert device.why(HOUR_S + 900) == "away\n"
        server.open()
        assert device.why(HOUR_S + 901) == ""
    finally:
        server.close()


@pytest.mark.expects_log("SW-1106")
def test_what_keeps_it_from_being_believed_is_told_at_once(tmp_path: Path) -> None:
    """As rsyslog has it: a certificate's names letter by letter, and none of its addresses."""
    ca, shown, key = certificate(tmp_path / "hospital", NAME)
    other = certificate(tmp_path / "somebody", NAME)
    device = Logged(tmp_path)
    server, stranger = LogServer(shown, key), LogServer(*other[1:])
    try:
        for host, port, says in (
            ("127.0.0.1", server.port, "certificate names localhost, log server; write that"),
            ("LOCALHOST", server.port, "certificate names localhost"),
            (NAME, stranger.port, "not of the authority in log-ca.pem"),
        ):
            device.name(host, port, ca)
            assert device.why(0) == "certificate\n", says
            assert says in device.said
        device.image.write("house/log-ca.pem", "none")
        assert device.why(0) == "authority\n"
        (tmp_path / "run").mkdir()
        (tmp_path / "run/smartward-log-server").symlink_to(device.image.folder / "log")
        screen = LogServerWatch(ManualClock(), tmp_path)
        screen.look()
        assert screen.faults == {LOG_FAULT}
        device.image.write("house/device.toml", "log_server = 5\n")
        assert device.why(0) == "setting\n"
        device.image.write("house/device.toml", "")
        assert device.why(0) == "", "none is wanted any more"
    finally:
        server.close()
        stranger.close()
