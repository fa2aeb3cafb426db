"""What holds for every test: no display, one way to draw, and no warning passes unseen."""

import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt. The software renderer is what the displays use.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"
os.environ.setdefault("LC_ALL", "C.UTF-8")
# Fonts without the machine's rules about families (says why). Name another file to use that.
os.environ.setdefault("FONTCONFIG_FILE", str(Path(__file__).with_name("fonts.conf")))

import hypothesis
import pytest
from argon2 import PasswordHasher

from smartward import log, secret, storage

# Programs let the disk finish each write, as a hospital needs it. A test ends no machine's power:
# its files may lie in memory, where nobody waits, if there is enough of it.
MEMORY, ROOMY = "/dev/shm", 2**30
if os.path.isdir(MEMORY) and os.access(MEMORY, os.W_OK):
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ROOMY and not found.f_flag & os.ST_NOEXEC:
        tempfile.tempdir = os.environ.setdefault("TMPDIR", MEMORY)

pytest_plugins = ["tests.whole", "tests.crashed"]

# "ci" is the same on every run; "desk" searches further and with new examples each time:
# SMARTWARD_HYPOTHESIS=desk make test
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=60, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.register_profile("desk", deadline=None, max_examples=500)
hypothesis.settings.load_profile(os.environ.get("SMARTWARD_HYPOTHESIS", "ci"))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no need to look through it for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests are marked `anyio` and run on asyncio, as the programs do."""
    return "asyncio"


@pytest.fixture(scope="session")
def qapp_cls() -> type[object]:
    """A process has one application, whichever test asked first: the kind that the screens are."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication


SLOW_HASHER = secret._HASHER
"""What the programs hash PINs with; `tests/base/test_secret.py` has it do its work."""


@pytest.fixture(scope="session", autouse=True)
def quick_pins() -> Iterator[None]:
    """PINs are hashed as everywhere, only not slowly: a guess shall cost a thief, not a test."""
    secret._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    secret._HASHER = SLOW_HASHER


GROWN_LOG = storage._PRE_GROWN_WAL_BYTES
"""How far the programs grow the log of a file; `tests/base/test_storage.py` has them do it."""


@pytest.fixture(scope="session", autouse=True)
def short_logs() -> Iterator[None]:
    """A log is grown as everywhere, only not by 4 MiB for each of thousands of files."""
    storage._PRE_GROWN_WAL_BYTES = 64 * 1024
    yield
    storage._PRE_GROWN_WAL_BYTES = GROWN_LOG


class _Warnings(logging.Handler):
    """Keeps what logger "smartward" says at WARNING and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def a_programs_log_ends_with_its_test() -> Iterator[None]:
    """A program's `main` run in a test writes its log to that test's standard error, which is
    closed after it: the next tests would be told of lines that have nowhere to go."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [one for one in root.handlers if isinstance(one.formatter, log.Line)]:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning nobody expected fails the test, and so does an expected one that never came.

    `@pytest.mark.expects_log("words", ...)`: each of the words must appear in some warning;
    warnings without any of them still fail. Without words every warning is allowed.
    """
    handler = _Warnings()
    logger = logging.getLogger("smartward")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    marker = request.node.get_closest_marker("expects_log")
    words: tuple[str, ...] = marker.args if marker else ()
    unexpected = [text for text in handler.texts if not any(word in text for word in words)]
    if unexpected and (marker is None or words):
        pytest.fail("unexpected log records:\n" + "\n".join(unexpected), pytrace=False)
    missing = [word for word in words if not any(word in text for text in handler.texts)]
    if missing:
        pytest.fail(f"no warning was logged with {missing!r}; logged: {handler.texts}")
