"""The files of an authority: whole or not there, whenever the power goes."""

import os
from pathlib import Path

import pytest

from smartward.clock import SystemClock
from smartward.hub import tls


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
