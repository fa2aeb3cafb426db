"""A screen tells that its log does not reach the hospital's log server."""

from pathlib import Path

import pytest

from smartward.device.fault_keys import LOG_FAULT
from smartward.device.log_server import LogServerWatch
from tests.fakes.fake_clock import ManualClock


@pytest.mark.expects_log("SW-1106")
def test_each_reason_is_told_once_and_is_a_fault_until_the_log_goes_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    why = tmp_path / "run/smartward-log-server/why"
    why.parent.mkdir(parents=True)
    one = LogServerWatch(ManualClock(), tmp_path)
    one.look()
    assert one.faults == frozenset(), "none is named, or all is well"
    for word in ("away\n", "away\n", "certificate\n", "certificate\n"):
        why.write_text(word)
        one.look()
        assert one.faults == {LOG_FAULT}
    assert caplog.messages == [
        f"SW-1106 severity=error event=log.server why={word}" for word in ("away", "certificate")
    ]
    for words in ("", "away name=A\n"):
        why.write_text(words)
        one.look()
        assert one.faults == frozenset(), "what no program of ours writes is no word of a log"
