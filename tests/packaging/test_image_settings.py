"""What the image's programs, which run as root, make of settings that are wrong or hostile: each
bad part is told with its remedy and left out, the rest holds."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.packaging.image_program import FOLDER, Image

LOG_AND_CLOCK = ("rsyslog.d/80-smartward.conf", "timesyncd.d/smartward.conf")
GOOD = "https://192.0.2.1:8700"


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """A machine of this test."""
    return Image.below(tmp_path)


def test_what_is_wrong_in_a_file_shuts_out_no_other_hub_and_not_the_log_server(
    image: Image,
) -> None:
    image.write("house/screen.toml", f'hub = ["https://192.0.2.9:70000", 5, "{GOOD}"]\n')
    image.write("own/smartward.toml", 'hub = { at = "https://me:secret@a" }\nsettings = 7\n')
    image.write("own/screen.toml", '[settings]\nhub_urls = "https://[192.0.2.3,https://192.0.2.2"')
    image.write("own/enrolment.json", json.dumps({"hubs": ["https://me:secret@192.0.2.4:0"]}))
    image.write("house/device.toml", 'log_server = "[::1]"\n')
    done = image.run("open_firewall.py")
    assert done.returncode == 0, done.stderr
    assert image.let_through == ["192.0.2.1 . 8700", "192.0.2.2 . 443", "::1 . 6514"]
    told = done.stderr.splitlines()
    assert len(told) == 7
    for words in (
        ("screen.toml", "192.0.2.9", "no port 70000", "1 to 65535"),
        ("house/screen.toml", "5 is no", "https://HOST:PORT"),
        ("smartward.toml: hub", "https://HOST:PORT"),
        ("smartward.toml: settings", "hub_urls"),
        ("own/screen.toml", "192.0.2.3", "https://HOST:PORT"),
        ("enrolment.json", "192.0.2.4", "no port 0"),
        ("::1:6514: no log goes there", "log-ca.pem", "lay it beside"),
    ):
        assert [line for line in told if all(word in line for word in words)], (words, told)
    assert "secret" not in done.stderr
    image.write("house/device.toml", "log_server = 5\n")
    done = image.run("open_firewall.py")
    assert image.let_through == ["192.0.2.1 . 8700", "192.0.2.2 . 443"]
    assert "device.toml: log_server is left out" in done.stderr


def test_a_name_that_nobody_knows_just_now_keeps_its_addresses_for_a_day(image: Image) -> None:
    image.write("house/screen.toml", f'hub = ["{GOOD}", "https://hub-b.invalid:8700"]\n')
    image.write("house/device.toml", 'log_server = "log.invalid:6514"\n')
    old, new = (
        {"at_s": 172800.0 - hours * 3600, "addresses": [one]}
        for hours, one in ((25, "192.0.2.6"), (23, "192.0.2.2"))
    )
    before = {"hub-b.invalid": new, "log.invalid": old, "asked.once.invalid": new}
    image.write("kept/addresses.json", json.dumps(before))
    done = image.run("open_firewall.py")
    assert done.returncode == 0, done.stderr
    assert image.let_through == ["192.0.2.1 . 8700", "192.0.2.2 . 8700"]
    assert "hub-b.invalid" in done.stderr
    kept = json.loads((image.folder / "kept/addresses.json").read_text())
    assert sorted(kept) == ["192.0.2.1", "hub-b.invalid", "log.invalid"]
    assert kept["hub-b.invalid"] == new  # its day has not begun anew
    image.write("uptime", f"{172800 + 2 * 3600}.00 100.00\n")
    assert image.run("open_firewall.py").returncode == 0
    assert image.let_through == ["192.0.2.1 . 8700"]


def test_what_nft_refuses_is_told_and_tried_again(image: Image) -> None:
    image.write("house/screen.toml", f'hub = "{GOOD}"\n')
    takes = (image.folder / "nft").read_text()
    image.write("nft", "#!/bin/sh\necho no such table >&2\nexit 1\n")
    done = image.run("open_firewall.py")
    assert done.returncode == os.EX_TEMPFAIL
    assert "no such table" in done.stderr
    assert "systemctl status nftables" in done.stderr.splitlines()[-1]
    image.write("nft", takes)
    assert image.run("open_firewall.py").returncode == 0
    assert image.let_through == ["192.0.2.1 . 8700"]


def test_a_screen_that_was_broken_into_has_few_ways_out(image: Image) -> None:
    image.write("house/screen.toml", 'hub = "https://192.0.2.1:636"\n')  # the house may
    image.write("house/secret", 'hub = "https://192.0.2.66:8700"\n')
    (image.folder / "own/smartward.toml").symlink_to(image.folder / "house/secret")
    os.mkfifo(image.folder / "own/screen.toml")
    hubs = ["https://192.0.2.7:22", "https://224.0.0.1", "https://0.0.0.0", "http://192.0.2.8"]
    image.write("own/enrolment.json", json.dumps({"hubs": hubs}))
    done = image.run("open_firewall.py")
    assert image.let_through == ["192.0.2.1 . 636", "192.0.2.8 . 80"]
    for words in (
        "no hub has port 22",
        "224.0.0.1",
        "0.0.0.0",
        "lay the file itself",
        "no ordinary",
    ):
        assert words in done.stderr
    large = json.dumps({"hubs": hubs, "x": "x" * 66000})
    for bad, why in (("[" * 60000, "recursion"), (large, "more than 65536 bytes; take out")):
        image.write("own/enrolment.json", bad)
        done = image.run("open_firewall.py")
        assert "enrolment.json is left out" in done.stderr
        assert why in done.stderr
        assert image.let_through == ["192.0.2.1 . 636"]
    many = [f"https://192.0.2.{number}:8700" for number in range(10, 200)]
    image.write("own/enrolment.json", json.dumps({"hubs": many}))
    done = image.run("open_firewall.py")
    assert image.let_through == ["192.0.2.1 . 636", *(f"192.0.2.{n} . 8700" for n in range(10, 17))]
    assert len(done.stderr.splitlines()) == 4


def applied(image: Image, text: str) -> tuple[int, str, str, str]:
    """What the programs for the log and the clock are told of this device.toml, and the journal."""
    image.write("house/device.toml", text)
    files = [image.folder / name for name in LOG_AND_CLOCK]
    for file in files:
        file.unlink(missing_ok=True)
    done = image.run("apply_device.py", str(image.folder / "house/device.toml"))
    log, clock = (file.read_text() if file.exists() else "" for file in files)
    return done.returncode, log, clock, done.stderr


def test_a_log_server_without_a_port_has_that_of_its_standard(image: Image) -> None:
    _, log, _, told = applied(image, 'log_server = "siem.example.org"\n')
    assert 'target="siem.example.org" port="6514"' in log
    assert "house/log-ca.pem" in log
    assert told == ""
    _, log, _, told = applied(image, 'log_server = "[2001:db8::6]:99"\nlog_ca = "a.pem"\n')
    assert 'target="2001:db8::6" port="99"' in log
    assert "house/a.pem" in log
    assert "write that name" in told, "rsyslog does not ask a certificate for addresses"


def test_each_device_sends_its_log_under_a_name_of_its_own(tmp_path: Path) -> None:
    """By the first card whose address is its own: no loopback, no bridge, no adapter's that
    changes."""
    cards = tmp_path / "net"
    for name, type, address in (
        ("br0", "3", "02:00:00:00:00:01"),
        ("enp0s1", "1", "02:00:00:00:00:02"),
        ("enp0s2", "0", "52:54:00:ab:cd:ef"),
        ("enp0s3", "0", "52:54:00:ab:cd:f0"),
        ("lo", "0", "00:00:00:00:00:00"),
    ):
        (cards / name).mkdir(parents=True)
        (cards / name / "addr_assign_type").write_text(f"{type}\n")
        (cards / name / "address").write_text(f"{address}\n")
        if name.startswith("en"):
            (cards / name / "device").mkdir()
    named = tmp_path / "log.conf"
    subprocess.run([FOLDER / "name-log", cards, named], check=True)
    assert named.read_text() == 'global(localHostname="smartward-525400abcdef")\n'
    named.unlink()
    subprocess.run([FOLDER / "name-log", tmp_path / "none", named], check=True)
    assert not named.exists(), "without a card it has the name of all"


def test_what_is_wrong_in_device_toml_is_left_out_and_the_rest_applied(image: Image) -> None:
    clock = 'time_servers = ["ntp.example.org", 5, "a b", "2001:db8::1"]\n'
    for wrong, said in (
        ('"siem:700000"', "no port 700000"),
        ("'a\" b:1'", "HOST:PORT"),
        ("5", "HOST:PORT"),
        ('"siem:1"\nlog_ca = "../a.pem"', "log_ca is no file's name"),
    ):
        code, log, times, told = applied(image, f"log_server = {wrong}\n{clock}")
        assert (code, log) == (0, "")
        assert times == "[Time]\nNTP=ntp.example.org 2001:db8::1\n"
        assert "device.toml: log_server is left out: " in told
        assert said in told
        assert told.count("One of time_servers is left out") == 2
    _, log, times, _ = applied(image, 'log_server = "siem"\ntime_servers = "ntp.example.org"\n')
    assert log != ""
    assert times == "[Time]\nNTP=ntp.example.org\n"
    code, *written, told = applied(image, "log_server = \n")
    assert (code, written) == (os.EX_DATAERR, ["", ""])
    assert "device.toml is left out" in told
