"""The simulator and the check as real processes."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from smartward.clock import ClockSpec
from smartward.errors import Unreachable
from smartward.harness.program import Program
from smartward.his.simulator.app import settings_from
from tests.fakes.fake_clock import MORNING


def test_a_simulated_hospital_is_driven_through_its_socket(tmp_path: Path) -> None:
    arguments = ["his", "sim", "--seed", "3", "--clock", str(ClockSpec.starting(MORNING, 1.0))]
    program = Program("sim", arguments, tmp_path, {})
    try:
        url = program.ready["url"]
        assert program.ready["ready"] == "his-sim"
        with httpx.Client(base_url=url, trust_env=False) as http:
            before = program.state()
            assert before["patients"] == 38
            assert before["resources"]["Observation"] > 2000
            program.ask("event", name="discharge", bed="12")
            assert program.state()["patients"] == 37
            with pytest.raises(Unreachable, match="nobody lies in bed-12"):
                program.ask("event", name="discharge", bed="12")
            program.ask("clock.advance", seconds=1000)
            program.wait("patients", 38)
            assert http.get("/Location/bed-12").json()["operationalStatus"]["code"] == "H"
            program.ask("fault", name="down", on=True)
            with pytest.raises(httpx.TransportError):
                http.get("/metadata")
            program.ask("fault", name="down", on=False)
            assert http.get("/metadata").status_code == 200
            program.ask("fault", name="refuse", on=True)
            assert http.get("/metadata").status_code == 403
            with pytest.raises(Unreachable, match="no fault"):
                program.ask("fault", name="flood", on=True)
    finally:
        program.stop()
    assert program.process.returncode == 0
    # No patient's name in a log line.
    assert "国" not in program.log.read_text(encoding="utf-8")


def smartward(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smartward", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_check_from_the_command_line(tmp_path: Path) -> None:
    program = Program("sim", ["his", "sim", "--beds", "5"], tmp_path, {})
    try:
        url = program.ready["url"]
        good = smartward("his", "check", url, "--ward", program.ready["ward"])
        assert good.returncode == 0, good.stderr
        assert "5 beds, 5 patients" in good.stdout
        missing = smartward("his", "check", url, "--ward", "ward-9")
        assert missing.returncode == 1
        assert "0 wards named ward-9" in missing.stderr
    finally:
        program.stop()
    away = smartward("his", "check", url, "--ward", "ward-3")
    assert away.returncode == 1
    assert "cannot be reached" in away.stderr
    assert "his_url" in away.stderr, "and what to look at"
    assert smartward("his", "check", "nonsense", "--ward", "x").returncode == 1
    assert smartward("his").returncode == 2


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    program = Program("sim", ["his", "sim", "--beds", "3"], tmp_path, {})
    try:
        port = str(httpx.URL(program.ready["url"]).port)
        second = smartward("his", "sim", "--beds", "3", "--port", port)
    finally:
        program.stop()
    assert second.returncode == 1
    assert f"port {port}" in second.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["--beds", "2"],
        ["--beds", "501"],
        ["--speed", "0"],
        ["--scene", "x"],
        ["--story", "x"],
        ["--clock", "now"],
    ],
)
def test_wrong_arguments_end_with_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        settings_from(wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_the_ready_line_is_one_line_of_json(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "smartward.his.simulator", "--scene", "empty"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert ready["url"].startswith("http://127.0.0.1:")
    assert ready["ward"] == "ward-3"
