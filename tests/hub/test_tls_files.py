"""The files of an authority: whole or not there, whenever the power goes."""

import os
from pathlib import Path

import pytest

from smartward.clock import SystemClock
from smartward.errors import Misconfigured
from smartward.hub import tls
from smartward.hub.options import parse

NOW = SystemClock().now()


@pytest.mark.parametrize("at", range(4))
def test_an_authority_whose_making_broke_off_is_made_anew_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    now, real, calls = SystemClock().now(), os.fsync, []

    def cut(number: int) -> None:
        calls.append(number)
        if len(calls) == at + 1:
            raise OSError("the power is cut")
        real(number)

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(OSError, match="cut"):
        tls.authority(tmp_path, now)
    _, made = tls.authority(tmp_path, now)
    _, kept = tls.authority(tmp_path, now)
    assert made == kept
    assert tmp_path.joinpath("ca.pem").read_bytes() == tls.pem(made)
    assert tmp_path.joinpath("ca.key").stat().st_mode & 0o077 == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ca.key", "ca.pem"]


@pytest.mark.parametrize(
    "name", ["https://hub.example.org", "hub.example.org:8700", "hub example", "医院", ""]
)
def test_a_name_that_no_screen_can_call_makes_no_certificate(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        tls.make_certificates(parse(["--data-dir", str(tmp_path), "--name", name]), NOW)
    assert (refused.value.key, refused.value.values) == ("hub.tls_name", {"name": name})
    assert not list(tmp_path.iterdir())
