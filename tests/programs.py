"""Programs that end by themselves, run without the half second of imports that each would cost.

One process has imported them and forks for each run: what runs is the whole command line, in a
process of its own, with its own working folder and what it says kept apart. Tests of how a program
starts, is killed or holds a port start a real one (`harness.Program`).
"""

import atexit
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOON_S = 60

_SERVER = """
import atexit, json, os, signal, sys, traceback

from smartward import cli
import smartward.hub.enrol, smartward.hub.process, smartward.his.main, smartward.screen.process


def child(asked):
    signal.alarm(asked["within_s"])
    os.chdir(asked["folder"])
    for number, path in ((0, os.devnull), (1, asked["said"]), (2, asked["complained"])):
        os.dup2(os.open(path, os.O_RDWR), number)
    sys.argv = ["smartward", *asked["arguments"]]
    code = 1
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        child(json.loads(line))
    status = os.waitpid(pid, 0)[1]
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class _Forking:
    """The process that forks, and a folder for what its children say."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="smartward-programs-")
        self._numbers = itertools.count()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        atexit.register(self.close)

    def run(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        number = next(self._numbers)
        paths = [Path(self.folder.name) / f"{number}.{name}" for name in ("out", "err")]
        for path in paths:
            path.touch()
        asked = {
            "arguments": arguments,
            "folder": os.getcwd(),
            "said": str(paths[0]),
            "complained": str(paths[1]),
            "within_s": SOON_S,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        said, complained = (path.read_text("utf-8") for path in paths)
        return subprocess.CompletedProcess(arguments, code, said, complained)

    def close(self) -> None:
        self._process.communicate()
        self.folder.cleanup()


_forking: list[_Forking] = []


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`smartward ARGUMENTS…` to its end: its exit code, what it said and what it complained of.

    One that does not end is killed after `SOON_S` seconds and has a negative code.
    """
    if not _forking:
        _forking.append(_Forking())
    return _forking[0].run(arguments)
